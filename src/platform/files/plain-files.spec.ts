import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainFilesIn } from './plain-files.js';

describe('the plain files of a folder', () => {
  it('are named at any depth; links are neither followed nor named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
    try {
      await mkdir(join(folder, 'a/b'), { recursive: true });
      await writeFile(join(folder, 'a/b/c.txt'), '');
      await writeFile(join(folder, 'd.txt'), '');
      await symlink(join(folder, 'd.txt'), join(folder, 'file'));
      await symlink(join(folder, 'a'), join(folder, 'folder'));
      await symlink(folder, join(folder, 'a/loop'));
      expect((await plainFilesIn(folder)).toSorted()).toEqual(['a/b/c.txt', 'd.txt']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
