import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Opened } from '../../../core/dsl/imports/resolver.js';
import { plainFilesIn } from '../../../platform/files/plain-files.js';
import { textOf, tooLarge } from './source-text.js';

/**
 * The unpacked folder of a blueprint, as the parsing thread reads it. What it holds is listed once, links left out, and
 * only what was listed is ever opened: no path that an import names is joined to a folder unseen.
 */
export class BlueprintFolder {
  private constructor(
    private readonly root: string,
    private readonly paths: ReadonlySet<string>,
    private readonly maxFileBytes: number,
  ) {}

  static async list(root: string, maxFileBytes: number): Promise<BlueprintFolder> {
    return new BlueprintFolder(root, new Set(await plainFilesIn(root)), maxFileBytes);
  }

  has(path: string): boolean {
    return this.paths.has(path);
  }

  open(path: string): Opened {
    if (!this.paths.has(path)) return { kind: 'absent', reason: `the file ${path} does not exist` };
    const file = openSync(join(this.root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = fstatSync(file);
      if (!found.isFile()) return { kind: 'absent', reason: `${path} is no file` };
      return found.size > this.maxFileBytes ? tooLarge(path, this.maxFileBytes) : textOf(path, readFileSync(file));
    } finally {
      closeSync(file);
    }
  }
}
