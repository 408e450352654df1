import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../../platform/version.js';
import { readPermissionSeed, type PermissionSeed } from './permission-seed.js';

/** The roles and permissions this program ships with. @throws Error when the file is missing or cannot be used */
export async function loadPermissionSeed(): Promise<PermissionSeed> {
  const file = join(PACKAGE_ROOT, 'config', 'permissions.yaml');
  return readPermissionSeed(await readFile(file, 'utf8'), file);
}
