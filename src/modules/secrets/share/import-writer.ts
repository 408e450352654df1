import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setImmediate as otherWork } from 'node:timers/promises';
import { AppError } from '../../../core/errors/app-error.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { secretEvent } from '../secret-audit.js';
import { SecretValues } from '../secret-values.js';
import { SecretsRepository } from '../secrets.repository.js';
import { SecretShareRepository, type ImportedRow, type OwnSecret } from './secret-share.repository.js';
import { planTenant, type OpenedEntry, type PlannedWrite, type TenantPlan, type TenantState } from './tenant-import.js';

const FIRST_VERSION = 1;
/** Rounds of planning and writing, when others change what was planned on in between. */
const MAX_ROUNDS = 5;
/** Rows of one statement; also, after as many sealings other requests get their turn. */
const CHUNK = 500;

/**
 * Writes one tenant's share of an import. Plan, seal, write: sealing stays outside of the transaction, which locks the
 * keys, looks whether they are as planned on, and writes all of them or starts over.
 */
@Injectable()
export class ImportWriter {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly secrets: SecretsRepository,
    private readonly share: SecretShareRepository,
    private readonly values: SecretValues,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError storage_error when others kept changing the same secrets. */
  async write(ctx: TenantCtx, entries: readonly OpenedEntry[], overrides: boolean): Promise<TenantPlan> {
    const keys = [...new Set(entries.map(({ key }) => key))];
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const seen = await this.unitOfWork.run(ctx, (ctx) => this.state(ctx, keys));
      const plan = planTenant(ctx, entries, seen, overrides);
      if (plan.writes.length === 0) return plan;
      const rows = await this.sealed(ctx, plan.writes);
      const isWritten = await this.unitOfWork.run(ctx, async (ctx) => {
        if (fingerprint(await this.state(ctx, keys)) !== fingerprint(seen)) return false;
        await this.writeAll(ctx, plan.writes, rows);
        return true;
      });
      if (isWritten) return plan;
    }
    throw new AppError('storage_error', 'The secrets were changed by others while they were imported');
  }

  private async state(ctx: TenantCtx, keys: readonly string[]): Promise<TenantState> {
    return { taken: await this.share.lockKeys(ctx, keys), own: await this.share.own(ctx, keys) };
  }

  private async sealed(ctx: TenantCtx, writes: readonly PlannedWrite[]): Promise<ImportedRow[]> {
    const overridden = writes.filter(({ existing }) => existing !== null).length;
    const versions = overridden === 0 ? [] : await this.secrets.nextVersions(overridden);
    const now = this.clock.now();
    const rows: ImportedRow[] = [];
    for (const { entry, existing, text } of writes) {
      const version = existing ? versions.pop() : FIRST_VERSION;
      if (version === undefined) throw new Error('The sequence of versions gave too few.');
      const cell = { tenantId: ctx.tenantId, id: existing?.id ?? randomUUID(), version };
      const options = entry.options === null ? null : (JSON.parse(entry.options) as unknown);
      rows.push({
        id: cell.id,
        key: entry.key,
        creatorId: entry.ownerId,
        visibility: entry.visibility,
        isHiddenValue: entry.isHiddenValue,
        valueSealed: await this.values.seal(cell, text),
        recordVersion: version,
        optionsSealed: options === null ? null : await this.values.sealProviderOptions(cell, options),
        createdAt: entry.createdAt ?? now,
        updatedAt: entry.updatedAt ?? entry.createdAt ?? now,
      });
      if (rows.length % CHUNK === 0) await otherWork();
    }
    return rows;
  }

  private async writeAll(ctx: TenantCtx, writes: readonly PlannedWrite[], rows: readonly ImportedRow[]): Promise<void> {
    for (let start = 0; start < rows.length; start += CHUNK) {
      const chunk = rows.slice(start, start + CHUNK);
      const isNew = new Set(
        writes.slice(start, start + CHUNK).flatMap((write) => (write.existing ? [] : write.entry.key)),
      );
      const created = await this.share.insert(
        ctx,
        chunk.filter(({ key }) => isNew.has(key)),
      );
      const changed = await this.share.override(
        ctx,
        chunk.filter(({ key }) => !isNew.has(key)),
      );
      await this.audit.recordAll(ctx, [
        ...created.map((row) => secretEvent('secret.import', 'create', { ...row, tenant_id: ctx.tenantId })),
        ...changed.map((row) => secretEvent('secret.import', 'update', { ...row, tenant_id: ctx.tenantId })),
      ]);
    }
  }
}

/** Equal for states that lead to the same plan. Schemas never change while a secret keeps its id. */
function fingerprint({ taken, own }: TenantState): string {
  const rows = [...own.values()].map((row: OwnSecret) => [row.id, row.creator_id, row.visibility, row.is_hidden_value]);
  return JSON.stringify([
    [...taken.entries()].map(([key, where]) => [key, where.here, where.elsewhere, where.globalElsewhere]),
    rows,
  ]);
}
