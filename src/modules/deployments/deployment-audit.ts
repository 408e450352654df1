import { Injectable } from '@nestjs/common';
import { AuditSink, type AuditOperation } from '../../platform/audit/audit-sink.js';
import type { TenantCtx } from '../../platform/context/ctx.js';

/** The records that changes of deployments leave, written in the change's own transaction. */
@Injectable()
export class DeploymentAudit {
  constructor(private readonly sink: AuditSink) {}

  async record(
    ctx: TenantCtx,
    change: {
      readonly action: string;
      readonly operation: AuditOperation;
      readonly storageId: string;
      readonly id: string;
      readonly table?: 'deployments' | 'deployments_labels' | 'nodes' | 'node_instances';
      readonly details?: Readonly<Record<string, unknown>>;
    },
  ): Promise<void> {
    await this.sink.record(ctx, {
      action: change.action,
      operation: change.operation,
      outcome: 'success',
      refTable: change.table ?? 'deployments',
      refId: Number(change.storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id: change.id },
      ...(change.details === undefined ? {} : { details: change.details }),
    });
  }
}
