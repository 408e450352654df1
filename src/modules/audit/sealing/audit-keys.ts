import { createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { publicKeyPem, signingKeyFromSeed, type SigningKey } from '../../../core/audit/signing.js';
import { Clock } from '../../../platform/clock/clock.js';
import { systemCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { PurposeKeys } from '../../../platform/vault/purpose-keys.js';
import { AuditChainRepository } from './audit-chain.repository.js';

export interface AuditKeyMaterial {
  readonly installationId: string;
  /** k_audit of security-design §6. */
  readonly macKey: KeyObject;
  readonly signingKey: SigningKey;
}

/** The keys of the audit log. They come from the vault; the database alone cannot make an entry or a signature. */
@Injectable()
export class AuditKeys {
  private loading: Promise<AuditKeyMaterial> | null = null;

  constructor(
    private readonly purposeKeys: PurposeKeys,
    private readonly chain: AuditChainRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Reads them at the first call; a failure is not remembered. */
  load(): Promise<AuditKeyMaterial> {
    this.loading ??= this.read().catch((error: unknown) => {
      this.loading = null;
      throw error;
    });
    return this.loading;
  }

  private async read(): Promise<AuditKeyMaterial> {
    const macKey = createSecretKey(await this.purposeKeys.purposeKey('audit_mac'));
    const signingKey = signingKeyFromSeed(await this.purposeKeys.purposeKey('audit_signing_seed'));
    const installationId = await this.unitOfWork.run(systemCtx('audit-keys'), async (ctx) => {
      await this.chain.rememberSigningKey(ctx, signingKey.keyId, publicKeyPem(signingKey), this.clock.now());
      return this.chain.installationId(ctx);
    });
    return { installationId, macKey, signingKey };
  }
}
