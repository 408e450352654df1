import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goodBlueprint, tar, zip, type ArchiveKind } from '../../../test/support/archive-builder.js';
import { archiveFormatOf, detectArchive } from './detect-archive.js';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-detect-'));
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

describe('detectArchive', () => {
  it.each<ArchiveKind>(['zip', 'tar', 'tar.gz', 'tar.bz2'])('knows a %s, whatever its file is called', async (kind) => {
    const path = join(home, 'picture.png');
    await writeFile(path, goodBlueprint(kind));
    expect(await detectArchive(path)).toBe(kind);
  });

  it('knows no archive in an empty or short file, nor in what only looks like one', async () => {
    const path = join(home, 'file.zip');
    for (const content of [
      '',
      'PK',
      '\x1f\x8b',
      'BZh9',
      'BZhello world',
      'PK\x07\x08',
      'a: 1\n',
      '\0'.repeat(10_240),
    ]) {
      await writeFile(path, content, 'latin1');
      expect(await detectArchive(path)).toBeNull();
    }
  });
});

describe('archiveFormatOf', () => {
  it('knows the old tar without a magic by its checksum alone', () => {
    const old = tar([{ name: 'a', magic: 'v7' }]);
    expect(archiveFormatOf(old.subarray(0, 512))).toBe('tar');
    old.write('b', 0);
    expect(archiveFormatOf(old.subarray(0, 512))).toBeNull();
  });

  it('knows an empty zip', () => {
    expect(archiveFormatOf(zip([]))).toBe('zip');
  });
});
