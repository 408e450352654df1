import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { BadParametersError } from '../../core/errors/app-error.js';
import { detectArchive } from '../../platform/archives/detect-archive.js';
import { unpackArchive } from '../../platform/archives/unpack-archive.js';

const DEFAULT_MAIN_FILE = 'blueprint.yaml';

export interface BlueprintChoice {
  /** The main file in an archive or folder. */
  readonly main?: string | undefined;
  /** The blueprint's folder, where it is not the main file's. */
  readonly root?: string | undefined;
}

/** A blueprint on disk. */
export interface OpenedBlueprint {
  readonly folder: string;
  /** Relative to the folder. */
  readonly mainFile: string;
  /** How the user calls one of its files. */
  readonly nameOf: (file: string) => string;
}

/**
 * Lets `work` have a blueprint that is given as its main file, its folder, or an archive, which is unpacked for that time.
 * @throws Error when there is none, ArchiveRefusedError
 */
export async function withBlueprint<T>(
  path: string,
  { main, root }: BlueprintChoice,
  work: (blueprint: OpenedBlueprint) => Promise<T>,
): Promise<T> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new BadParametersError(`There is no ${path}`);
  if (found.isDirectory()) {
    return work({ folder: path, mainFile: main ?? DEFAULT_MAIN_FILE, nameOf: (file) => join(path, file) });
  }
  if ((await detectArchive(path)) !== null) return withUnpacked(path, main ?? DEFAULT_MAIN_FILE, work);
  const folder = root ?? dirname(path);
  const mainFile = relative(resolve(folder), resolve(path)).replaceAll(sep, '/');
  if (mainFile === '..' || mainFile.startsWith('../')) throw new BadParametersError(`${path} is not in ${folder}`);
  return work({ folder, mainFile, nameOf: (file) => join(folder, file) });
}

async function withUnpacked<T>(
  archive: string,
  mainFile: string,
  work: (blueprint: OpenedBlueprint) => Promise<T>,
): Promise<T> {
  const staging = await mkdtemp(join(tmpdir(), 'holdfast-blueprint-'));
  try {
    const target = join(staging, 'unpacked');
    await mkdir(target);
    const { soleFolder } = await unpackArchive(archive, target);
    if (soleFolder === null) {
      throw new BadParametersError('The archive must contain exactly 1 directory at its top level, and nothing else');
    }
    const nameOf = (file: string): string => `${basename(archive)}/${soleFolder}/${file}`;
    return await work({ folder: join(target, soleFolder), mainFile, nameOf });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
