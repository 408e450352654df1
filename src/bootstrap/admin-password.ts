import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppConfig } from '../platform/config/config.js';
import { writeKeyFile } from '../platform/tls/key-file.js';

const GENERATED_BYTES = 24;

/** Where the generated password of `admin` lies until somebody takes it away. */
export function adminPasswordFileOf(config: AppConfig): string {
  return join(config.dataDir, 'admin-password');
}

/**
 * The first password of `admin`: the first line of the file that the operator gave, or a random one, written to a file
 * that only this user may read. There is no default (security-design §9).
 */
export async function firstAdminPassword(config: AppConfig): Promise<string> {
  if (config.adminPasswordFile !== null) {
    const [line = ''] = (await readFile(config.adminPasswordFile, 'utf8')).split(/\r?\n/, 1);
    if (line === '') throw new Error(`admin_password_file: the first line of ${config.adminPasswordFile} is empty.`);
    return line;
  }
  const password = randomBytes(GENERATED_BYTES).toString('base64url');
  await writeKeyFile(adminPasswordFileOf(config), `${password}\n`);
  return password;
}
