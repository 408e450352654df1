import { Injectable } from '@nestjs/common';
import type { Checkpoint } from '../../../core/audit/checkpoint.js';
import type { OnFault } from '../../../core/audit/fault.js';
import { verifyChain, type VerifyReport } from '../../../core/audit/verify-chain.js';
import { AuditKeys } from '../sealing/audit-keys.js';
import { AuditProofRepository } from './audit-proof.repository.js';

export interface VerifyRequest {
  /** Checkpoints that were kept outside of the database (`readHeldCheckpoints`); without them a cut tail stays unseen. */
  readonly heldCheckpoints?: readonly Checkpoint[];
  /** Called with every fault, as it is found. */
  readonly onFault: OnFault;
}

/** `holdfast audit verify`: looks at the database, with both keys. Takes memory for faults, not for records. */
@Injectable()
export class AuditVerifier {
  constructor(
    private readonly proof: AuditProofRepository,
    private readonly keys: AuditKeys,
  ) {}

  async verify({ heldCheckpoints = [], onFault }: VerifyRequest): Promise<VerifyReport> {
    const { installationId, macKey, signingKey } = await this.keys.load();
    return this.proof.onSnapshot((ctx) =>
      verifyChain(this.proof.items(ctx, installationId), {
        installationId,
        keys: [signingKey],
        macKey,
        heldCheckpoints,
        onFault,
      }),
    );
  }
}
