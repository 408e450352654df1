import { loadPermissionSeed } from '../modules/groups/seed/permission-seed-file.js';

/** Every permission that the seed names. */
export async function knownPermissions(): Promise<ReadonlySet<string>> {
  return new Set((await loadPermissionSeed()).permissions.keys());
}
