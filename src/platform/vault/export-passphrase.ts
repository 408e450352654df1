import { Injectable } from '@nestjs/common';
import { argon2, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { KEY_BYTES, NONCE_BYTES } from '../../core/envelope/aead.js';
import { EnvelopeError } from '../../core/envelope/envelope-error.js';
import {
  EXPORT_SALT_BYTES,
  openExport,
  openOriginalExport,
  ORIGINAL_KEY_BYTES,
  parseExport,
  sealExport,
} from '../../core/envelope/export-cipher.js';

/** RFC 9106 §4, second recommendation: the file is attacked offline, where nothing counts the guesses. Memory in KiB. */
const ARGON2ID = { memory: 65_536, passes: 3, parallelism: 4, tagLength: KEY_BYTES } as const;
const ORIGINAL = { salt: 'salt_', iterations: 100_000, digest: 'sha256' } as const;
/** An export has one salt; several exports may have been joined to one list. More is an attempt to keep us busy. */
const MAX_SALTS = 8;

const runArgon2 = promisify(argon2);
const runPbkdf2 = promisify(pbkdf2);

export interface ExportSealer {
  /** One value under the passphrase, as text. */
  seal(value: string): string;
}

export interface ExportOpener {
  /**
   * Reads what we or the original wrote under the passphrase.
   * @throws EnvelopeError when the text is neither, or the passphrase is wrong.
   */
  open(text: string): Promise<string>;
}

/** Passphrases of exported secrets (security-design §1 row 11). One derivation at a time: each takes 64 MiB. */
@Injectable()
export class ExportPassphrases {
  private queue: Promise<unknown> = Promise.resolve();

  /** A fresh salt and one derivation for a whole export. */
  async sealer(passphrase: string): Promise<ExportSealer> {
    const salt = randomBytes(EXPORT_SALT_BYTES);
    const key = await this.derive(passphrase, salt);
    return { seal: (value) => sealExport({ key, salt }, randomBytes(NONCE_BYTES), Buffer.from(value, 'utf8')) };
  }

  /** For one import: each salt in it is derived once. */
  opener(passphrase: string): ExportOpener {
    const keys = new Map<string, Promise<Buffer>>();
    const keyFor = (salt: string, derive: () => Promise<Buffer>): Promise<Buffer> => {
      const known = keys.get(salt);
      if (known !== undefined) return known;
      if (keys.size === MAX_SALTS) throw new EnvelopeError('unsupported');
      const derived = derive();
      keys.set(salt, derived);
      return derived;
    };
    return {
      open: async (text) => {
        const token = parseExport(text);
        const value =
          token.kind === 'ours'
            ? openExport(token, await keyFor(token.salt.toString('hex'), () => this.derive(passphrase, token.salt)))
            : openOriginalExport(token, await keyFor('original', () => this.deriveOriginal(passphrase)));
        return utf8Of(value);
      },
    };
  }

  /** The form of the letters must not matter: NFKC, as with passwords. */
  private async derive(passphrase: string, salt: Buffer): Promise<Buffer> {
    return this.inTurn(() =>
      runArgon2('argon2id', { ...ARGON2ID, message: passphrase.normalize('NFKC'), nonce: salt }),
    );
  }

  private async deriveOriginal(passphrase: string): Promise<Buffer> {
    return this.inTurn(() =>
      runPbkdf2(passphrase, ORIGINAL.salt, ORIGINAL.iterations, ORIGINAL_KEY_BYTES, ORIGINAL.digest),
    );
  }

  private async inTurn(work: () => Promise<Buffer>): Promise<Buffer> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }
}

/** Values are text. Bytes that are not would be stored changed. */
function utf8Of(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new EnvelopeError('malformed');
  }
}
