import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CodelessError } from '../../src/core/errors/app-error.js';
import type { FileStore } from '../../src/platform/files/file-store.js';

/** A store under test, and how to take it down. */
export interface StoreUnderTest {
  readonly store: FileStore;
  remove(): Promise<void>;
}

const ROOMY = { maxBytes: 10_000_000 };
const HOSTILE_KEYS = [
  '',
  '/',
  '/etc/passwd',
  '..',
  '../up',
  'a/../b',
  'a/./b',
  'a//b',
  'a/',
  '.',
  'a\\b',
  'a\0b',
  'a\nb',
  '\ud800',
];

function bytesOf(content: string): Readable {
  return Readable.from([Buffer.from(content)]);
}

/** What every adapter of the FileStore port promises. */
export function describeFileStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${name}, as a file store`, () => {
    let underTest: StoreUnderTest;
    let store: FileStore;

    beforeEach(async () => {
      underTest = await make();
      store = underTest.store;
    });

    afterEach(async () => {
      await underTest.remove();
    });

    async function read(key: string): Promise<string | null> {
      const opened = await store.openRead(key);
      return opened === null ? null : text(opened.stream);
    }

    async function stagedTree(): Promise<string> {
      const { path } = await store.stage();
      const tree = join(path, 'tree');
      await mkdir(join(tree, 'scripts'), { recursive: true });
      await writeFile(join(tree, 'blueprint.yaml'), 'a: 1');
      await writeFile(join(tree, 'scripts', 'run.sh'), 'echo');
      await writeFile(join(tree, 'scripts.md'), 'beside');
      await chmod(join(tree, 'scripts', 'run.sh'), 0o700);
      return tree;
    }

    it('gives back what was put, with its size, digest and time', async () => {
      const before = Date.now();
      const stored = await store.putStream('blueprints/1/a/archive.zip', bytesOf('content'), ROOMY);
      expect(stored).toEqual({ bytes: 7, sha256: createHash('sha256').update('content').digest('hex') });

      const opened = await store.openRead('blueprints/1/a/archive.zip');
      expect(opened).toMatchObject({ size: 7, isExecutable: false });
      expect(Math.abs((opened?.modifiedAt.getTime() ?? 0) - before)).toBeLessThan(60_000);
      expect(await text(opened?.stream ?? bytesOf(''))).toBe('content');
    });

    it('stores many chunks, and none', async () => {
      const chunks = Array.from({ length: 300 }, (_, index) => Buffer.alloc(8192, index));
      expect(await store.putStream('many', Readable.from(chunks), ROOMY)).toMatchObject({ bytes: 300 * 8192 });
      expect((await store.openRead('many'))?.stream.destroy()).toBeDefined();
      expect(await store.putStream('none', Readable.from([]), ROOMY)).toMatchObject({ bytes: 0 });
      expect(await read('none')).toBe('');
    });

    it('replaces a file, and readers of the old one still get it whole', async () => {
      await store.putStream('icon.png', bytesOf('old'), ROOMY);
      const old = await store.openRead('icon.png');
      await store.putStream('icon.png', bytesOf('new'), ROOMY);
      expect(await text(old?.stream ?? bytesOf(''))).toBe('old');
      expect(await read('icon.png')).toBe('new');
    });

    it('keeps the old file when the new one is too large or breaks off', async () => {
      await store.putStream('kept', bytesOf('old'), ROOMY);
      const tooLarge = store.putStream('kept', bytesOf('12345678'), { maxBytes: 7 });
      await expect(tooLarge).rejects.toBeInstanceOf(CodelessError);
      await expect(tooLarge).rejects.toMatchObject({ status: 413 });

      const broken = new Readable({
        read() {
          this.push('begun');
          this.destroy(new Error('line cut'));
        },
      });
      await expect(store.putStream('kept', broken, ROOMY)).rejects.toThrow('line cut');
      expect(await read('kept')).toBe('old');
      expect((await store.list('.')).map(({ path }) => path)).toEqual(['kept']);
    });

    it('gives every caller a private empty folder, and takes it back', async () => {
      const [one, two] = [await store.stage(), await store.stage()];
      expect(one.path).not.toBe(two.path);
      expect(await readdir(one.path)).toEqual([]);
      expect((await stat(one.path)).mode & 0o777).toBe(0o700);
      await writeFile(join(one.path, 'x'), 'x');
      await one.discard();
      await one.discard();
      await expect(lstat(one.path)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await readdir(two.path)).toEqual([]);
      await two.discard();
    });

    it('publishes a staged folder as a whole, and lists it in order', async () => {
      const tree = await stagedTree();
      await store.publishFolder(tree, 'blueprints/1/a/tree');
      expect(await read('blueprints/1/a/tree/scripts/run.sh')).toBe('echo');
      const listed = await store.list('blueprints/1/a/tree');
      expect(listed.map(({ path, size, isExecutable }) => [path, size, isExecutable])).toEqual([
        ['blueprint.yaml', 4, false],
        ['scripts.md', 6, false],
        ['scripts/run.sh', 4, true],
      ]);
      expect(listed.every(({ modifiedAt }) => modifiedAt.getTime() > 0)).toBe(true);
      await expect(lstat(tree)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('does not publish a folder over another', async () => {
      await store.publishFolder(await stagedTree(), 'tree');
      await expect(store.publishFolder(await stagedTree(), 'tree')).rejects.toThrow('stored under the key already');
      expect(await store.list('tree')).toHaveLength(3);
    });

    it('publishes a staged file over another', async () => {
      await store.putStream('file', bytesOf('old'), ROOMY);
      const staging = await store.stage();
      await writeFile(join(staging.path, 'upload'), 'new');
      await store.publishFile(join(staging.path, 'upload'), 'file');
      await staging.discard();
      expect(await read('file')).toBe('new');
    });

    it('tells files, folders and nothing apart', async () => {
      await store.putStream('a/b/c', bytesOf('x'), ROOMY);
      expect(await store.exists('a/b/c')).toBe(true);
      expect(await store.exists('a/b')).toBe(true);
      expect(await store.exists('a/b/d')).toBe(false);
      expect(await store.exists('a/b/c/d')).toBe(false);
      expect(await read('a/b')).toBeNull();
      expect(await read('a/b/c/d')).toBeNull();
      expect(await store.list('a/b/c')).toEqual([]);
      expect(await store.list('nowhere')).toEqual([]);
    });

    it('removes files and folders, what is missing too', async () => {
      await store.publishFolder(await stagedTree(), 'blueprints/1/a/tree');
      await store.putStream('blueprints/1/b', bytesOf('x'), ROOMY);
      const open = await store.openRead('blueprints/1/a/tree/blueprint.yaml');
      await store.remove('blueprints/1/a');
      await store.remove('blueprints/1/a');
      await store.remove('never/was');
      expect(await text(open?.stream ?? bytesOf(''))).toBe('a: 1');
      expect(await store.exists('blueprints/1/a')).toBe(false);
      expect((await store.list('blueprints')).map(({ path }) => path)).toEqual(['1/b']);
      await store.remove('blueprints/1/b');
      expect(await store.exists('blueprints/1/b')).toBe(false);
    });

    it.each(HOSTILE_KEYS)('reads nothing and writes nothing under the key %j', async (key) => {
      await store.putStream('a/b', bytesOf('mine'), ROOMY);
      expect(await store.openRead(key)).toBeNull();
      expect(await store.exists(key)).toBe(false);
      await expect(store.putStream(key, bytesOf('x'), ROOMY)).rejects.toThrow('malformed');
      await expect(store.remove(key)).rejects.toThrow('malformed');
      await expect(store.publishFolder(await stagedTree(), key)).rejects.toThrow('malformed');
      expect((await store.list('.')).map(({ path }) => path)).toEqual(['a/b']);
    });

    it('reads nothing and writes nothing under keys that are too long', async () => {
      for (const key of ['x'.repeat(256), 'ü'.repeat(128), 'a/'.repeat(1024) + 'b']) {
        expect(await store.exists(key)).toBe(false);
        await expect(store.putStream(key, bytesOf('x'), ROOMY)).rejects.toThrow('malformed');
      }
      await store.putStream('ü'.repeat(127), bytesOf('fits'), ROOMY);
      expect(await read('ü'.repeat(127))).toBe('fits');
    });

    it('takes parallel writers of one key, and one of them wins whole', async () => {
      const contents = Array.from({ length: 8 }, (_, index) => String(index).repeat(50_000));
      await Promise.all(contents.map((content) => store.putStream('contested', bytesOf(content), ROOMY)));
      expect(contents).toContain(await read('contested'));
    });

    it('publishes only what was staged', async () => {
      await expect(store.publishFolder('/etc', 'stolen')).rejects.toThrow('Only staged');
      await expect(store.publishFile('/etc/passwd', 'stolen')).rejects.toThrow('Only staged');
      expect(await store.exists('stolen')).toBe(false);
    });
  });
}
