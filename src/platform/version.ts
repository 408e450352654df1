import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The folder of the package: sources and build lie at different depths below it. */
export const PACKAGE_ROOT = packageRoot(import.meta.dirname);

/** Our own version, as package.json says. */
export const VERSION = packageVersion(PACKAGE_ROOT);

function packageRoot(folder: string): string {
  if (existsSync(path.join(folder, 'package.json'))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error('package.json is not above the program: the installation is not whole.');
  return packageRoot(parent);
}

function packageVersion(folder: string): string {
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    readonly version?: unknown;
  };
  return typeof version === 'string' ? version : '0.0.0';
}
