import { Injectable } from '@nestjs/common';
import { AuditSink, type AuditOperation } from '../../platform/audit/audit-sink.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import type { ChangedState } from './plugin-states.repository.js';

/** The records that changes of plugins leave, written in the change's own transaction. */
@Injectable()
export class PluginAudit {
  constructor(private readonly sink: AuditSink) {}

  async record(
    ctx: TenantCtx,
    change: {
      readonly action: string;
      readonly operation: AuditOperation;
      readonly storageId: string;
      readonly id: string;
      readonly details?: Readonly<Record<string, unknown>>;
    },
  ): Promise<void> {
    await this.sink.record(ctx, {
      action: change.action,
      operation: change.operation,
      outcome: 'success',
      refTable: 'plugins',
      refId: Number(change.storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id: change.id },
      ...(change.details === undefined ? {} : { details: change.details }),
    });
  }
  /** One record for each state that changed (rest-api §2.9 audits `plugins_states` as rows); none where nothing did. */
  async recordStates(
    ctx: TenantCtx,
    changed: readonly ChangedState[],
    { action, id, state }: { readonly action: string; readonly id: string; readonly state: string },
  ): Promise<void> {
    await this.sink.recordAll(
      ctx,
      changed.map(({ storageId, isNew, kind, name }) => ({
        action,
        operation: isNew ? 'create' : 'update',
        outcome: 'success',
        refTable: 'plugins_states',
        refId: Number(storageId),
        refIdentifier: { storage_id: Number(storageId) },
        details: { plugin: id, [kind]: name, state },
      })),
    );
  }
}
