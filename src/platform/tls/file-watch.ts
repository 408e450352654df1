import { watch, type FSWatcher } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TlsLog } from './tls-options.js';

export interface WatchTiming {
  /** How long after the first sign of a change it is looked at, in ms: two files are seldom copied at once. */
  readonly settleMs: number;
  /** How often files are looked at without any sign, in ms: for file systems that give none. */
  readonly pollMs: number;
}

export interface WatchedFiles {
  /** Folders all of whose files matter. */
  readonly folders: readonly string[];
  /** Further files, which may be links. */
  readonly files: readonly string[];
}

/**
 * Tells when files change. What the system reports is only a hint to look; what counts is the difference in time,
 * size, mode and number of the files that the names lead to.
 */
export class FileWatch {
  private known = '';
  private readonly watchers: FSWatcher[] = [];
  private settling: NodeJS.Timeout | null = null;
  private polling: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(
    private readonly watched: WatchedFiles,
    private readonly onChange: () => Promise<void>,
    private readonly timing: WatchTiming,
    private readonly log: TlsLog,
  ) {}

  /** Takes the present state as the known one. Called before the files are read, so that no change slips through. */
  async remember(): Promise<void> {
    this.known = await this.state();
  }

  start(): void {
    const folders = new Set([...this.watched.folders, ...this.watched.files.map((file) => dirname(file))]);
    for (const folder of folders) this.listenTo(folder);
    this.polling = setInterval(() => this.lookSoon(), this.timing.pollMs).unref();
    this.lookSoon(); // for what happened between reading and now
  }

  close(): void {
    this.isClosed = true;
    for (const watcher of this.watchers) watcher.close();
    if (this.settling !== null) clearTimeout(this.settling);
    if (this.polling !== null) clearInterval(this.polling);
  }

  private listenTo(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.lookSoon());
      watcher.on('error', () => watcher.close());
      this.watchers.push(watcher);
    } catch (error) {
      this.log.warn('changes in this folder are noticed late: it cannot be watched', {
        folder,
        pollMs: this.timing.pollMs,
        error,
      });
    }
  }

  private lookSoon(): void {
    if (this.isClosed || this.settling !== null) return;
    this.settling = setTimeout(() => {
      this.settling = null;
      this.look().catch((error: unknown) => this.log.error('certificate files cannot be looked at', { error }));
    }, this.timing.settleMs).unref();
  }

  private async look(): Promise<void> {
    const state = await this.state();
    if (this.isClosed || state === this.known) return;
    this.known = state;
    await this.onChange();
  }

  private async state(): Promise<string> {
    const inFolders = await Promise.all(this.watched.folders.map(filesIn));
    const paths = [...inFolders.flat(), ...this.watched.files];
    return (await Promise.all(paths.map(stateOf))).join('\n');
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => !name.startsWith('.'))
    .toSorted()
    .map((name) => join(folder, name));
}

async function stateOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  if (found === null) return `${path} absent`;
  if (found.isDirectory()) return `${path} folder`; // its time changes with every temporary file
  return [path, found.mtimeNs, found.ctimeNs, found.ino, found.size, found.mode].join(' ');
}
