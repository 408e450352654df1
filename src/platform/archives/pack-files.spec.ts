import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { filesBelow, packFiles, type PackedFile } from './pack-files.js';
import { unpackArchive } from './unpack-archive.js';

let home: string;
let folder: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-pack-'));
  folder = join(home, 'folder');
  await mkdir(join(folder, 'b', 'deep'), { recursive: true });
  await writeFile(join(folder, 'b', 'deep', 'größe.txt'), 'ü'.repeat(200_000));
  await writeFile(join(folder, 'b-side'), 'not inside b');
  await writeFile(join(folder, 'a.sh'), '#!/bin/sh\n');
  await writeFile(join(folder, 'empty'), '');
  await chmod(join(folder, 'a.sh'), 0o700);
  await symlink('/etc/passwd', join(folder, 'link'));
  for (const path of ['b/deep/größe.txt', 'b-side', 'a.sh', 'empty']) await utimes(join(folder, path), 1e9, 1e9);
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function entriesOf(bytes: Buffer): Promise<Array<{ name: string; mtime: Date | undefined }>> {
  const entries: Array<{ name: string; mtime: Date | undefined }> = [];
  const reader = extract();
  reader.end(gunzipSync(bytes));
  for await (const entry of reader) {
    entries.push({ name: entry.header.name, mtime: entry.header.mtime });
    entry.resume();
  }
  return entries;
}

function fileOf(path: string, open: () => Promise<Readable>, size: number): PackedFile {
  return { path, size, modifiedAt: new Date(0), isExecutable: false, open };
}

describe('packFiles(filesBelow)', () => {
  it('packs files in the order of their paths, and leaves links out', async () => {
    const entries = await entriesOf(await buffer(packFiles(filesBelow(folder))));
    expect(entries.map(({ name }) => name)).toEqual(['a.sh', 'b-side', 'b/deep/größe.txt', 'empty']);
  });

  it('gives what unpacks to the same files', async () => {
    await writeFile(join(home, 'archive'), await buffer(packFiles(filesBelow(folder))));
    await mkdir(join(home, 'back'));
    await unpackArchive(join(home, 'archive'), join(home, 'back'));
    expect(await readFile(join(home, 'back/b/deep/größe.txt'), 'utf8')).toBe('ü'.repeat(200_000));
    expect((await stat(join(home, 'back/a.sh'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(home, 'back/b-side'))).mode & 0o777).toBe(0o600);
  });

  it('gives the same bytes for the same files', async () => {
    const first = await buffer(packFiles(filesBelow(folder)));
    expect(first.equals(await buffer(packFiles(filesBelow(folder))))).toBe(true);
  });

  it('keeps long names and the time of a change', async () => {
    const long = `${'n'.repeat(120)}/${'m'.repeat(120)}`;
    await mkdir(join(folder, 'n'.repeat(120)));
    await writeFile(join(folder, long), 'long');
    await utimes(join(folder, long), 1e9, 1e9);
    const entries = await entriesOf(await buffer(packFiles(filesBelow(folder))));
    expect(entries.at(-1)).toEqual({ name: long, mtime: new Date(1e12) });
  });

  it('fails as a stream when the folder does not exist', async () => {
    await expect(buffer(packFiles(filesBelow(join(home, 'missing'))))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('packFiles', () => {
  it.each([
    ['shorter', 10],
    ['longer', 2],
  ])('fails when a file turns out %s than it said', async (_, size) => {
    const file = fileOf('a', () => Promise.resolve(Readable.from([Buffer.from('four')])), size);
    await expect(buffer(packFiles([file]))).rejects.toThrow('changed while it was packed: a');
  });

  it('fails when a file cannot be read to its end', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('ab');
        await Promise.resolve();
        throw new Error('disk on fire');
      })(),
    );
    await expect(buffer(packFiles([fileOf('a', () => Promise.resolve(broken), 4)]))).rejects.toThrow('disk on fire');
  });

  it('closes the open file and opens no other when nobody wants the rest', async () => {
    const endless = new Readable({
      read(size) {
        this.push(Buffer.alloc(size, Math.floor(size / 7)));
      },
    });
    const opened: string[] = [];
    const file = (path: string): PackedFile =>
      fileOf(
        path,
        () => {
          opened.push(path);
          return Promise.resolve(endless);
        },
        2 ** 40,
      );
    const stream = packFiles([file('first'), file('second')]);
    await once(stream, 'readable');
    const closed = new Promise((resolve) => endless.once('close', resolve));
    stream.destroy();
    await closed;
    expect(opened).toEqual(['first']);
    expect(await readdir(home)).toEqual(['folder']);
  });
});
