import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { link, lstat, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describeFileStore } from '../../../test/support/file-store-contract.js';
import { SystemClock } from '../clock/clock.js';
import { FolderFileStore } from './folder-file-store.js';
import { StorageFullError } from './storage-error.js';

const ROOMY = { maxBytes: 10_000_000 };

let root: string;

async function fresh(): Promise<FolderFileStore> {
  return FolderFileStore.open(join(root, 'store'), new SystemClock());
}

async function modeOf(path: string): Promise<number> {
  return (await lstat(join(root, 'store', path))).mode & 0o777;
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
});

afterEach(async () => {
  jest.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

describeFileStore('FolderFileStore', async () => ({ store: await fresh(), remove: () => Promise.resolve() }));

describe('FolderFileStore', () => {
  it('keeps its folders and files to itself', async () => {
    const store = await fresh();
    await store.putStream('a/b', Readable.from([Buffer.from('x')]), ROOMY);
    expect(await modeOf('.')).toBe(0o700);
    expect(await modeOf('files/a')).toBe(0o700);
    expect(await modeOf('files/a/b')).toBe(0o600);
  });

  it('leaves nothing unfinished behind after good and bad writes', async () => {
    const store = await fresh();
    await store.putStream('a', Readable.from([Buffer.from('x')]), ROOMY);
    await expect(store.putStream('b', Readable.from([Buffer.from('xx')]), { maxBytes: 1 })).rejects.toMatchObject({
      status: 413,
    });
    await store.remove('a');
    expect(await readdir(join(root, 'store', 'staging'))).toEqual([]);
    expect(await readdir(join(root, 'store', 'trash'))).toEqual([]);
    expect(await readdir(join(root, 'store', 'files'))).toEqual([]);
  });

  it.each(['ENOSPC', 'EDQUOT'])('says that it is full on %s, and leaves nothing behind', async (code) => {
    const store = await fresh();
    await store.putStream('kept', Readable.from([Buffer.from('old')]), ROOMY);
    const handle = await open(join(root, 'any'), 'w');
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    jest.spyOn(prototype, 'write').mockRejectedValue(Object.assign(new Error('no space left'), { code }));

    const work = store.putStream('kept', Readable.from([Buffer.from('new')]), ROOMY);
    await expect(work).rejects.toBeInstanceOf(StorageFullError);
    await expect(work).rejects.toMatchObject({
      code: 'file_server_exception',
      status: 500,
      message: 'The file store is full; nothing was stored',
    });
    expect(await readFile(join(root, 'store/files/kept'), 'utf8')).toBe('old');
    expect(await readdir(join(root, 'store', 'staging'))).toEqual([]);
  });

  it('removes at the start what killed processes left behind, and nothing that is in use', async () => {
    const first = await fresh();
    const inUse = await first.stage();
    const staging = join(root, 'store', 'staging');
    const dead = deadPid();
    const own = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');
    const left = [`${own}.${dead}.x`, `${own}.${process.pid}.from-an-earlier-life`, 'other-host.1.old'];
    const kept = [`${own}.${process.ppid}.x`, 'other-host.1.young'];
    for (const name of [...left, ...kept]) await mkdir(join(staging, name));
    await writeFile(join(staging, left[0] ?? '', 'upload'), 'half');
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    await utimes(join(staging, 'other-host.1.old'), twoDaysAgo, twoDaysAgo);
    await mkdir(join(root, 'store', 'trash', 'half-removed'));

    await fresh();

    const names = await readdir(staging);
    expect(names.toSorted()).toEqual([...kept, inUse.path.slice(staging.length + 1)].toSorted());
    expect(await readdir(join(root, 'store', 'trash'))).toEqual([]);
    await inUse.discard();
  });

  describe('with links that somebody put into its folder', () => {
    let store: FolderFileStore;

    beforeEach(async () => {
      store = await fresh();
      await mkdir(join(root, 'outside'));
      await writeFile(join(root, 'outside', 'secret'), 'secret');
      await symlink(join(root, 'outside'), join(root, 'store', 'files', 'folder'));
      await symlink(join(root, 'outside', 'secret'), join(root, 'store', 'files', 'file'));
    });

    it('reads and lists nothing through them', async () => {
      expect(await store.openRead('file')).toBeNull();
      expect(await store.openRead('folder/secret')).toBeNull();
      expect(await store.exists('file')).toBe(false);
      expect(await store.exists('folder')).toBe(false);
      expect(await store.list('folder')).toEqual([]);
      expect(await store.list('.')).toEqual([]);
    });

    it('writes and removes nothing behind them', async () => {
      await expect(store.putStream('folder/new', Readable.from([]), ROOMY)).rejects.toThrow('link');
      await store.remove('folder/secret');
      await store.remove('file');
      await store.remove('folder');
      expect(await readdir(join(root, 'outside'))).toEqual(['secret']);
      expect(await readdir(join(root, 'store', 'files'))).toEqual([]);
    });

    it('replaces the link itself when a file is put in its place', async () => {
      await store.putStream('file', Readable.from([Buffer.from('mine')]), ROOMY);
      expect(await readFile(join(root, 'outside', 'secret'), 'utf8')).toBe('secret');
      expect((await lstat(join(root, 'store', 'files', 'file'))).isFile()).toBe(true);
    });

    it('publishes no staged link', async () => {
      const staging = await store.stage();
      await symlink(join(root, 'outside'), join(staging.path, 'tree'));
      await symlink(join(root, 'outside', 'secret'), join(staging.path, 'file'));
      await expect(store.publishFolder(join(staging.path, 'tree'), 'new')).rejects.toThrow('staged folder');
      await expect(store.publishFile(join(staging.path, 'file'), 'new')).rejects.toThrow('staged file');
      await staging.discard();
      expect(await readdir(join(root, 'outside'))).toEqual(['secret']);
    });
  });

  it('does not hang on a pipe, and opens nothing that is no plain file', async () => {
    const store = await fresh();
    execFileSync('/usr/bin/env', ['mkfifo', join(root, 'store', 'files', 'pipe')]); // Node cannot make one
    expect(await store.openRead('pipe')).toBeNull();
    expect(await store.exists('pipe')).toBe(false);
    expect(await store.list('.')).toEqual([]);
  });

  it("follows a linked root, which is the operator's to choose", async () => {
    await mkdir(join(root, 'disk'));
    await symlink(join(root, 'disk'), join(root, 'store'));
    const store = await fresh();
    await store.putStream('a', Readable.from([Buffer.from('x')]), ROOMY);
    expect(await store.exists('a')).toBe(true);
  });

  it('reads hard links as the files they are', async () => {
    const store = await fresh();
    await writeFile(join(root, 'store', 'files', 'one'), 'x');
    await link(join(root, 'store', 'files', 'one'), join(root, 'store', 'files', 'two'));
    expect((await store.list('.')).map(({ path }) => path)).toEqual(['one', 'two']);
  });
});

/** The number of a process that has just ended. */
function deadPid(): number {
  return Number(execFileSync(process.execPath, ['-p', 'process.pid']).toString());
}
