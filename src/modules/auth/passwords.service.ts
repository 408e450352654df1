import { Injectable } from '@nestjs/common';
import { BadParametersError } from '../../core/errors/app-error.js';
import { Passwords } from '../../platform/access/passwords.js';
import { AppConfig } from '../../platform/config/config.js';
import { SealedColumns } from '../../platform/vault/sealed-columns.js';
import { Vault, type SealedCell } from '../../platform/vault/vault.js';
import { COMMON_PASSWORDS } from './common-passwords.js';
import { HashingGate } from './hashing-gate.js';
import { hashPassword, isKnownHash } from './password-hash.js';

const MAX_PASSWORD_LENGTH = 256;

@Injectable()
export class PasswordsService extends Passwords {
  constructor(
    private readonly vault: Vault,
    private readonly gate: HashingGate,
    private readonly config: AppConfig,
    columns: SealedColumns,
  ) {
    super();
    columns.declare({
      table: 'user_account',
      column: 'password_sealed',
      versionColumn: 'password_version',
      idColumn: 'id',
      tenantColumn: null,
    });
  }

  override assertAcceptable(password: string): void {
    const length = Array.from(password.normalize('NFKC')).length;
    const { minPasswordLength } = this.config;
    if (length < minPasswordLength || length > MAX_PASSWORD_LENGTH) {
      throw new BadParametersError(`The password must have ${minPasswordLength} to ${MAX_PASSWORD_LENGTH} characters`);
    }
    if (password.includes('\0')) throw new BadParametersError('The password must not contain NUL characters');
    if (isCommon(password))
      throw new BadParametersError('The password is one of those that are guessed first; choose another');
  }

  override async hash(userId: number, passwordVersion: number, password: string): Promise<Buffer> {
    const encoded = await this.gate.run(() => hashPassword(password));
    return this.vault.seal(passwordCell(userId, passwordVersion), Buffer.from(encoded));
  }

  override async sealPrehashed(userId: number, passwordVersion: number, encoded: string): Promise<Buffer> {
    if (!isKnownHash(encoded)) {
      throw new BadParametersError('`password` is not a hash of a known format ($argon2id$… or $pbkdf2-sha256$…)');
    }
    return this.vault.seal(passwordCell(userId, passwordVersion), Buffer.from(encoded));
  }

  override async openHash(userId: number, passwordVersion: number, sealed: Buffer): Promise<string> {
    return (await this.vault.open(passwordCell(userId, passwordVersion), sealed)).toString('utf8');
  }
}

/** The cell of a password hash; the user's id in it stops hashes from being swapped between rows. */
function passwordCell(userId: number, passwordVersion: number): SealedCell {
  return {
    tenantId: null,
    table: 'user_account',
    column: 'password_sealed',
    rowId: String(userId),
    recordVersion: passwordVersion,
  };
}

/** Common words stay common with digits or marks around them, in any casing, or said twice. */
function isCommon(password: string): boolean {
  const lower = password.normalize('NFKC').toLowerCase();
  const bare = lower.replace(/^[^a-z]+|[^a-z]+$/g, '');
  return (
    COMMON_PASSWORDS.has(lower) ||
    COMMON_PASSWORDS.has(bare) ||
    /^(.)\1*$/u.test(lower) ||
    /^(.{1,6})\1+$/u.test(lower) ||
    isSequence(lower)
  );
}

const ROWS = [
  '0123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
];

function isSequence(text: string): boolean {
  const backwards = Array.from(text).toReversed().join('');
  return ROWS.some((row) => {
    const endless = row.repeat(2 + Math.ceil(text.length / row.length));
    return endless.includes(text) || endless.includes(backwards);
  });
}
