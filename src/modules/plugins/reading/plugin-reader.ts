import { Injectable } from '@nestjs/common';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { AppError } from '../../../core/errors/app-error.js';
import { PluginFault } from '../../../core/plugins/plugin-fault.js';
import { quoteName } from '../../../platform/archives/archive-problem.js';
import { ArchiveRefusedError } from '../../../platform/archives/archive-refused-error.js';
import { ArchiveUnpacker } from '../../../platform/archives/archive-unpacker.js';
import { detectArchive, type ArchiveFormat } from '../../../platform/archives/detect-archive.js';
import { isFileKey } from '../../../platform/files/file-key.js';
import { plainFilesIn } from '../../../platform/files/plain-files.js';
import { isPng, MAX_ICON_BYTES } from '../../../platform/files/png.js';
import { readInThread } from './read-in-thread.js';
import type { PluginFacts, UploadedFile } from './reading-messages.js';

/** One plugin of an upload; its files lie in the staging folder that it was read in. */
export interface ReadPlugin extends PluginFacts {
  /** On the local disk. */
  readonly wagon: string;
  /** Names are plain ones, and differ. */
  readonly yamls: readonly UploadedFile[];
  readonly icon: string | null;
}

/** A wagon that was found in an upload, before it is opened. */
interface FoundWagon {
  readonly wagon: UploadedFile;
  readonly yamls: readonly UploadedFile[];
  readonly icon: string | null;
  /** Where it was unpacked already. */
  readonly packageJson?: UploadedFile;
}

const PACKAGE_JSON = 'package.json';
const METADATA = 'METADATA';
const ICON = 'icon.png';
const MAX_YAMLS = 32;
const MAX_WAGONS = 100;
/** One that several wagons share counts for each. */
const MAX_YAMLS_BYTES = 64 * 1024 * 1024;

/**
 * Reads what was uploaded as a plugin (rest-api §1.15, agent-protocol §15): a wagon, a zip of one wagon and its YAMLs, or a
 * caravan of several. Every archive is read to its end by the unpacker's rules; of a wagon only `package.json` is kept.
 */
@Injectable()
export class PluginReader {
  constructor(private readonly unpacker: ArchiveUnpacker) {}

  /**
   * @param archive the uploaded file
   * @param folder an empty one for what is unpacked; whoever made it removes it
   * @throws AppError invalid_plugin_error, StorageFullError, the signal's reason
   */
  async read(archive: string, folder: string, signal?: AbortSignal): Promise<readonly ReadPlugin[]> {
    try {
      const found = await this.wagonsIn({ name: 'the upload', path: archive }, folder, signal);
      await assertSmall(found.flatMap(({ yamls }) => yamls));
      const opened: UploadedFile[] = [];
      for (const [index, { wagon, packageJson }] of found.entries()) {
        opened.push(packageJson ?? (await this.packageJson(wagon, join(folder, `wagon-${index}`), signal)));
      }
      return await this.described(found, opened);
    } catch (error) {
      if (error instanceof PluginFault || error instanceof ArchiveRefusedError) {
        throw new AppError('invalid_plugin_error', `The plugin is invalid: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  private async described(found: readonly FoundWagon[], opened: readonly UploadedFile[]): Promise<ReadPlugin[]> {
    const reply = await readInThread({
      kind: 'plugins',
      plugins: found.map(({ yamls }, index) => ({ packageJson: opened[index] as UploadedFile, yamls })),
    });
    if (reply.kind !== 'plugins') throw new Error('The thread that reads plugins answered another question.');
    return Promise.all(
      found.map(async ({ wagon, yamls, icon }, index) => ({
        ...(reply.plugins[index] as PluginFacts),
        wagon: wagon.path,
        yamls,
        icon: icon !== null && (await isIcon(icon)) ? icon : null,
      })),
    );
  }

  /** What kind of upload is it? The files of an archive tell, never its name. */
  private async wagonsIn(archive: UploadedFile, folder: string, signal?: AbortSignal): Promise<readonly FoundWagon[]> {
    const format = await detectArchive(archive.path);
    if (format === null) {
      throw new PluginFault('it is neither a wagon, nor a zip of one with its YAML files, nor a caravan');
    }
    const look = join(folder, 'look');
    const { files, root } = await this.unpack(archive, look, [PACKAGE_JSON, METADATA], signal);
    if (files.has(`${root}${METADATA}`)) return this.caravan(archive, join(folder, 'caravan'), signal);
    if (files.has(`${root}${PACKAGE_JSON}`) && isWagonFormat(format)) {
      const packageJson = { name: PACKAGE_JSON, path: join(look, root, PACKAGE_JSON) };
      return [{ wagon: archive, yamls: [], icon: null, packageJson }];
    }
    if (format !== 'zip') {
      throw new PluginFault(
        `it is neither a zip or tar.gz with ${PACKAGE_JSON}, as wagons are, nor has it ${METADATA}, as caravans have`,
      );
    }
    return [await this.zipped(archive, join(folder, 'zip'), signal)];
  }

  /** A zip that holds exactly one wagon, its YAMLs, and perhaps an icon. */
  private async zipped(archive: UploadedFile, folder: string, signal?: AbortSignal): Promise<FoundWagon> {
    const { files, root } = await this.unpack(archive, folder, null, signal);
    const wagons = [...files].filter((path) => path.endsWith('.wgn'));
    const yamls = [...files].filter((path) => path.endsWith('.yaml')).toSorted();
    const [wagon] = wagons;
    if (wagon === undefined || wagons.length !== 1) {
      throw new PluginFault(`the zip must hold exactly one wagon (.wgn); there are ${wagons.length}`);
    }
    if (yamls.length === 0) throw new PluginFault('the zip holds no YAML file beside the wagon');
    const file = (path: string): UploadedFile => ({ name: posix.basename(path), path: join(folder, path) });
    return {
      wagon: file(wagon),
      yamls: distinct(yamls.map(file)),
      icon: files.has(`${root}${ICON}`) ? join(folder, root, ICON) : null,
    };
  }

  private async caravan(archive: UploadedFile, folder: string, signal?: AbortSignal): Promise<readonly FoundWagon[]> {
    const { files, root } = await this.unpack(archive, folder, null, signal);
    const reply = await readInThread({
      kind: 'caravan',
      metadata: { name: METADATA, path: join(folder, root, METADATA) },
    });
    if (reply.kind !== 'caravan') throw new Error('The thread that reads plugins answered another question.');
    if (reply.wagons.length > MAX_WAGONS) throw new PluginFault(`${METADATA} names more than ${MAX_WAGONS} wagons`);
    const file = (written: string): UploadedFile => {
      const path = `${root}${posix.normalize(written)}`;
      if (!isFileKey(path) || !files.has(path)) {
        throw new PluginFault(`${METADATA} names ${quoteName(written)}, which the caravan does not hold`);
      }
      return { name: posix.basename(path), path: join(folder, path) };
    };
    const found = reply.wagons.map(([wagon, yamls]) => ({
      wagon: file(wagon),
      yamls: distinct(yamls.map(file)),
      icon: null,
    }));
    if (new Set(found.map(({ wagon }) => wagon.path)).size < found.length) {
      throw new PluginFault(`${METADATA} names a wagon twice`);
    }
    return found;
  }

  private async packageJson(wagon: UploadedFile, folder: string, signal?: AbortSignal): Promise<UploadedFile> {
    if (!isWagonFormat(await detectArchive(wagon.path))) {
      throw new PluginFault(`${quoteName(wagon.name)} is no wagon: it is neither a zip nor a tar.gz`);
    }
    const { files, root } = await this.unpack(wagon, folder, [PACKAGE_JSON], signal);
    if (!files.has(`${root}${PACKAGE_JSON}`)) {
      throw new PluginFault(`${quoteName(wagon.name)} is no wagon: it has no ${PACKAGE_JSON}`);
    }
    return { name: PACKAGE_JSON, path: join(folder, root, PACKAGE_JSON) };
  }

  /** @returns the files that were written, and the one folder that all lies in, with a slash, or nothing. */
  private async unpack(
    { name, path }: UploadedFile,
    folder: string,
    only: readonly string[] | null,
    signal?: AbortSignal,
  ): Promise<{ readonly files: ReadonlySet<string>; readonly root: string }> {
    await mkdir(folder, { mode: 0o700 });
    try {
      const { soleFolder } = await this.unpacker.unpack(path, folder, {
        ...(only === null ? {} : { only }),
        ...(signal === undefined ? {} : { signal }),
      });
      const files = (await plainFilesIn(folder)).filter((file) => !isBallast(file));
      return { files: new Set(files), root: soleFolder === null ? '' : `${soleFolder}/` };
    } catch (error) {
      if (error instanceof ArchiveRefusedError) throw new PluginFault(`${quoteName(name)}: ${error.message}`);
      throw error;
    }
  }
}

function isWagonFormat(format: ArchiveFormat | null): boolean {
  return format === 'zip' || format === 'tar.gz';
}

/** What systems put beside the files of their users. */
function isBallast(path: string): boolean {
  return path.startsWith('__MACOSX/') || posix.basename(path).startsWith('.');
}

/** Folders of an upload mean nothing, so names must differ without them. @throws PluginFault */
function distinct(yamls: readonly UploadedFile[]): readonly UploadedFile[] {
  if (yamls.length > MAX_YAMLS) throw new PluginFault(`there are more than ${MAX_YAMLS} YAML files`);
  const names = new Set(yamls.map(({ name }) => name));
  if (names.size < yamls.length) throw new PluginFault('two YAML files have the same name');
  const odd = [...names].find((name) => name === ICON || !isFileKey(name));
  if (odd !== undefined) throw new PluginFault(`${quoteName(odd)} is no name for a YAML file`);
  return yamls;
}

/** @throws PluginFault */
async function assertSmall(yamls: readonly UploadedFile[]): Promise<void> {
  let bytes = 0;
  for (const { path } of yamls) bytes += (await stat(path)).size;
  if (bytes > MAX_YAMLS_BYTES) throw new PluginFault(`its YAML files have more than ${MAX_YAMLS_BYTES} bytes together`);
}

async function isIcon(path: string): Promise<boolean> {
  return (await stat(path)).size <= MAX_ICON_BYTES && isPng(await readFile(path));
}
