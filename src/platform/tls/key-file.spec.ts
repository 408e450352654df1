import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TlsWorld } from '../../../test/support/tls-world.js';
import {
  createKeyFile,
  readKeyFile,
  readPublicFile,
  sweepTemporaryFiles,
  writeKeyFile,
  writePublicFile,
} from './key-file.js';

let world: TlsWorld;
beforeEach(async () => {
  world = await TlsWorld.make();
});
afterEach(() => world.remove());

describe('readKeyFile', () => {
  it.each([0o640, 0o604, 0o644, 0o666, 0o610, 0o601, 0o660])(
    'refuses a key file of mode %o and names it',
    async (mode) => {
      const path = await world.write('server.key', 'secret text');
      await chmod(path, mode);
      const refusal = readKeyFile(path);
      await expect(refusal).rejects.toMatchObject({ name: 'TlsConfigurationError', file: path });
      await expect(refusal).rejects.toThrow(/server\.key: .*0600/);
      await expect(refusal).rejects.not.toThrow(/secret text/);
    },
  );

  it.each([0o600, 0o400])('reads one of mode %o', async (mode) => {
    const path = await world.write('server.key', 'text');
    await chmod(path, mode);
    await expect(readKeyFile(path)).resolves.toBe('text');
  });

  it('judges what a link leads to', async () => {
    const open = await world.write('open.key', 'text');
    await chmod(open, 0o644);
    await symlink(open, world.path('link.key'));
    await expect(readKeyFile(world.path('link.key'))).rejects.toThrow('link.key');
    await chmod(open, 0o600);
    await expect(readKeyFile(world.path('link.key'))).resolves.toBe('text');
  });

  it('refuses what is absent, a folder, a pipe, or far too large, and names it', async () => {
    await mkdir(world.path('folder'), { mode: 0o700 });
    execFileSync('sh', ['-c', 'mkfifo -m 600 "$0"', world.path('pipe')]);
    await world.write('large', 'x'.repeat(300_000));
    await expect(readKeyFile(world.path('absent'))).rejects.toThrow(/absent: there is no such file/);
    await expect(readKeyFile(world.path('folder'))).rejects.toThrow(/folder: /);
    await expect(readKeyFile(world.path('pipe'))).rejects.toThrow(/pipe: is not a plain file/);
    await expect(readKeyFile(world.path('large'))).rejects.toThrow(/large: is too large/);
    await expect(readPublicFile(world.path('large'))).rejects.toThrow(/large: is too large/);
  });
});

describe('writing', () => {
  it('gives keys 0600 and public files 0644, whatever the umask and the old mode', async () => {
    const umask = process.umask(0o077);
    try {
      await writeFile(world.path('key'), 'old', { mode: 0o600 });
      await chmod(world.path('key'), 0o666);
      await writeKeyFile(world.path('key'), 'new');
      await writePublicFile(world.path('public'), 'new');
    } finally {
      process.umask(umask);
    }
    expect((await stat(world.path('key'))).mode & 0o777).toBe(0o600);
    expect((await stat(world.path('public'))).mode & 0o777).toBe(0o644);
  });

  it('shows readers the old text or the new one, never part of one, and leaves nothing beside', async () => {
    const path = world.path('key');
    const texts = Array.from({ length: 30 }, (_unused, index) => `${index} `.repeat(5_000));
    await writeKeyFile(path, texts[0] ?? '');
    const writing = new AbortController();
    const seen = new Set<string>();
    const reading = (async () => {
      while (!writing.signal.aborted) seen.add(await readKeyFile(path));
    })();
    await Promise.all(texts.map((text) => writeKeyFile(path, text)));
    writing.abort();
    await reading;
    expect(seen.size).toBeGreaterThan(0);
    for (const text of seen) expect(texts).toContain(text);
    expect(await readdir(world.folder)).toEqual(['key']);
  });

  it('creates a file once: the second comer is told and changes nothing', async () => {
    const path = world.path('key');
    const outcomes = await Promise.all(['a', 'b', 'c'].map((text) => createKeyFile(path, text)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(['a', 'b', 'c']).toContain(await readFile(path, 'utf8'));
    expect(await readdir(world.folder)).toEqual(['key']);
  });

  it('names the file that it cannot write, and leaves nothing behind', async () => {
    await mkdir(world.path('taken'));
    await writeFile(world.path('taken/x'), '');
    await expect(writeKeyFile(world.path('taken'), 'text')).rejects.toMatchObject({ file: world.path('taken') });
    await expect(writeKeyFile(world.path('absent/key'), 'text')).rejects.toThrow(
      /absent\/key: cannot be written \(ENOENT\)/,
    );
    expect(await readdir(world.folder)).toEqual(['taken']);
  });

  it('sweeps away what a kill left behind, but not what is being written', async () => {
    const [old, fresh] = ['.ca-key.pem.0123456789abcdef.tmp', '.ca-key.pem.fedcba9876543210.tmp'];
    for (const name of [old, fresh, 'ca-key.pem', '.other.tmp']) await writeFile(join(world.folder, name), 'key');
    const past = new Date(Date.now() - 120_000);
    for (const name of [old, 'ca-key.pem', '.other.tmp']) await utimes(join(world.folder, name), past, past);
    await sweepTemporaryFiles(world.folder);
    expect((await readdir(world.folder)).toSorted()).toEqual([fresh, '.other.tmp', 'ca-key.pem'].toSorted());
  });
});
