import { realpathSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, resolve, sep } from 'node:path';
import type { AppConfig } from '../../config/config.js';
import { filesOf } from '../../config/load-config.js';
import { socketFolderOf } from '../../database/embedded-postgres-identity.js';

/** Where container runtimes put secrets and tokens, and where sessions of a user listen for commands. */
const SYSTEM = ['/run/secrets', '/var/run/secrets', '/run/user', '/run/credentials'];
/** Have a folder of the operation's own in their place. */
export const TEMPORARY: readonly string[] = ['/tmp', '/var/tmp'];

/** What operations find empty, and where they may write beside their own folder. */
export interface Places {
  readonly hidden: readonly string[];
  readonly shared: readonly string[];
}

/**
 * Everything of the manager's that a process of its own user could read: data, keys, sockets, logs, settings. Real paths,
 * outermost only.
 */
export function placesOf(config: AppConfig): Places {
  const data = resolve(config.dataDir);
  const files = [
    config.auditLogFile,
    config.adminPasswordFile,
    config.externalKeyFile,
    config.internalKeyFile,
    config.caKeyFile,
    ...filesOf(config),
  ];
  const home = homeFolder();
  const given = [
    data,
    socketFolderOf(data),
    config.logDirectory,
    ...files,
    ...SYSTEM,
    ...(home === null ? [] : [home]),
  ];
  const temporary = real(tmpdir());
  const isOther = ![sep, ...TEMPORARY].includes(temporary) && !TEMPORARY.some((path) => isBelow(temporary, path));
  const hidden = [...given, isOther ? temporary : null].filter((path) => path !== null).map(real);
  const shared = config.operationsSharedFolders.map(real);
  return {
    hidden: hidden.filter(
      (path, at) => !hidden.some((other, where) => isBelow(path, other) || (path === other && where < at)),
    ),
    // What is hidden stays so.
    shared: shared.filter((path) => ![...hidden, ...TEMPORARY].some((other) => path === other || isBelow(path, other))),
  };
}

/** Keys, histories and tokens of whoever runs the manager; null where programs lie in it, which operations need. */
function homeFolder(): string | null {
  try {
    const home = real(homedir());
    const programs = [process.execPath, ...(process.env['PATH'] ?? '').split(delimiter)].map(real);
    return home === sep || programs.some((path) => path === home || isBelow(path, home)) ? null : home;
  } catch {
    return null; // this user has none
  }
}

export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
