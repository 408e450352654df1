import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readPermissionSeed, type PermissionSeed } from './permission-seed.js';

/** The roles and permissions this program ships with. @throws Error when the file is missing or cannot be used */
export async function loadPermissionSeed(): Promise<PermissionSeed> {
  const file = join(packageRoot(import.meta.dirname), 'config', 'permissions.yaml');
  return readPermissionSeed(await readFile(file, 'utf8'), file);
}

/** The folder of `package.json`: sources and their build lie at different depths below it. */
function packageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error('The program does not lie in its package: package.json was not found.');
  return packageRoot(above);
}
