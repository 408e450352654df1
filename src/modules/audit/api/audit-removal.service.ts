import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { signRemoval } from '../../../core/audit/removal.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { AuditBell } from '../audit-bell.js';
import { FileFollower } from '../file/file-follower.js';
import { AuditChainRepository } from '../sealing/audit-chain.repository.js';
import { AuditKeys } from '../sealing/audit-keys.js';
import { AuditSealer } from '../sealing/audit-sealer.js';
import type { RemovalSelection } from './audit-query.js';
import { AuditRemovalRepository } from './audit-removal.repository.js';

/** How long a removal waits for the audit file to take what it is about to remove. */
const FILE_PATIENCE_MS = 3_000;
const FILE_LOOK_EVERY_MS = 50;

/** `DELETE /audit`: old records go, their digests stay in the chain, and a signed removal says which and why. */
@Injectable()
export class AuditRemovalService {
  constructor(
    private readonly removals: AuditRemovalRepository,
    private readonly chain: AuditChainRepository,
    private readonly sealer: AuditSealer,
    private readonly follower: FileFollower,
    private readonly keys: AuditKeys,
    private readonly audit: AuditSink,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly bell: AuditBell,
  ) {}

  /**
   * Removes the selected records of every kind and resolves to their number. Records that are not in the audit file yet
   * (it is down) stay: they are the only copy of their lines.
   */
  async remove(ctx: Ctx, selection: RemovalSelection): Promise<number> {
    const { installationId, signingKey } = await this.keys.load();
    await this.sealer.sealAll();
    const upTo = await this.writtenToFile(ctx);
    return this.unitOfWork.run(ctx, async (ctx) => {
      await this.removals.lock(ctx);
      const entries = await this.removals.entries(ctx, selection, upTo);
      const { count } = entries;
      const removal = signRemoval(signingKey, {
        installationId,
        removalId: randomUUID(),
        removedAt: this.clock.now().toISOString(),
        removedBy: ctx.actor.username,
        selection: selectionText(selection, upTo),
        count,
        entriesHash: entries.hash(),
      });
      if (count > 0) await this.removals.remove(ctx, removal);
      await this.audit.record(ctx, {
        action: 'audit.remove',
        operation: 'other',
        outcome: 'success',
        refTable: null,
        refId: null,
        details: { removal: removal.removalId, deleted: count, selection: JSON.parse(removal.selection) },
      });
      return count;
    });
  }

  /** The last entry whose line the file holds; waits a moment for the process that writes it. */
  private async writtenToFile(ctx: Ctx): Promise<number> {
    const head = await this.unitOfWork.run(ctx, (ctx) => this.chain.headSeq(ctx));
    const deadline = this.clock.now().getTime() + FILE_PATIENCE_MS;
    for (;;) {
      const written = await this.follower.writtenUpTo();
      if (written >= head || this.clock.now().getTime() >= deadline) return Math.min(written, head);
      this.bell.ring();
      await delay(FILE_LOOK_EVERY_MS);
    }
  }
}

/** What is signed, and what `audit_remove` obeys. */
function selectionText(selection: RemovalSelection, upTo: number): string {
  return JSON.stringify({
    up_to: upTo,
    before: selection.before.toISOString(),
    ...(selection.creatorName === null ? {} : { creator_name: selection.creatorName }),
    ...(selection.executionId === null ? {} : { execution_id: selection.executionId }),
  });
}
