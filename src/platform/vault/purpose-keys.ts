import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { KEY_BYTES, NONCE_BYTES } from '../../core/envelope/aead.js';
import { unwrapKey, wrapKey, type WrappedKeyName } from '../../core/envelope/key-wrap.js';
import { Clock } from '../clock/clock.js';
import { systemCtx } from '../context/ctx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { Installation } from './installation.js';
import { PurposeKeyRepository, type PurposeKeyRow } from './purpose-key.repository.js';
import { RootKeyUse } from './root-key-use.js';

/** The keys of the installation that seal nothing, by what they are for. */
export type Purpose =
  /** Stored form of access tokens (security-design §3). */
  | 'token_mac'
  /** The chain of the audit log (security-design §6). */
  | 'audit_mac'
  /** Seed of the Ed25519 key that signs checkpoints. */
  | 'audit_signing_seed'
  /** Password of the role that serves requests. */
  | 'database_app_role'
  /** What sessions and remembered logins are filed under. */
  | 'session_cache';

const FIRST_VERSION = 1;

/**
 * Random keys, made when they are first asked for and wrapped by the root key: unlike keys derived from it they survive
 * its rotation, so no token dies of one.
 */
@Injectable()
export class PurposeKeys {
  private readonly known = new Map<Purpose, Promise<Buffer>>();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: PurposeKeyRepository,
    private readonly rootKeys: RootKeyUse,
    private readonly installation: Installation,
    private readonly clock: Clock,
  ) {}

  /**
   * 32 bytes, the same on every replica; a copy, so the caller may wipe it.
   * @throws EnvelopeError when the stored key was changed; KeyStoreError when its root key is missing.
   */
  async purposeKey(purpose: Purpose): Promise<Buffer> {
    let key = this.known.get(purpose);
    if (key === undefined) {
      key = this.load(purpose);
      this.known.set(purpose, key);
      key.catch(() => this.known.delete(purpose)); // the next caller tries again
    }
    return Buffer.from(await key);
  }

  private async load(purpose: Purpose): Promise<Buffer> {
    const row = (await this.read(purpose)) ?? (await this.make(purpose));
    const root = await this.rootKeys.byLabel(row.rootLabel);
    return unwrapKey(root.key, purposeKeyName(await this.installation.id(), row), row.wrapped);
  }

  private read(purpose: Purpose): Promise<PurposeKeyRow | undefined> {
    return this.unitOfWork.run(systemCtx('vault'), (ctx) => this.repository.byName(ctx, purpose));
  }

  private async make(purpose: Purpose): Promise<PurposeKeyRow> {
    const name = purposeKeyName(await this.installation.id(), { name: purpose, version: FIRST_VERSION });
    const key = randomBytes(KEY_BYTES);
    await this.unitOfWork.run(systemCtx('vault'), async (ctx) => {
      const root = await this.rootKeys.forWrapping(ctx);
      const wrapped = wrapKey(root.key, name, randomBytes(NONCE_BYTES), key);
      await this.repository.insert(
        ctx,
        { name: purpose, version: FIRST_VERSION, wrapped, rootLabel: root.label },
        this.clock.now(),
      );
    });
    key.fill(0);
    const stored = await this.read(purpose); // ours, or that of the replica which was faster
    if (stored === undefined) throw new Error('A purpose key vanished while it was made.');
    return stored;
  }
}

export function purposeKeyName(
  installationId: string,
  key: { readonly name: string; readonly version: number },
): WrappedKeyName {
  return { kind: 'purpose-key', installationId, purpose: key.name, version: key.version };
}
