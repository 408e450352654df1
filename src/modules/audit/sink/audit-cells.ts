import { storableJson, storableText } from '../../../core/audit/storable.js';
import type { AuditEvent, AuditOperation, AuditOutcome } from '../../../platform/audit/audit-sink.js';
import type { Ctx } from '../../../platform/context/ctx.js';

/** A record before it is stored: what the INSERT takes as one JSON object, keys being its columns. */
export interface AuditCells {
  readonly created_at: string;
  readonly action: string;
  readonly operation: AuditOperation;
  readonly outcome: AuditOutcome;
  readonly ref_table: string | null;
  readonly ref_id: number | null;
  readonly ref_identifier: object | null;
  readonly creator_name: string | null;
  readonly actor_id: number | null;
  readonly identity_source: string | null;
  readonly auth_method: string | null;
  readonly source_address: string | null;
  readonly tenant_id: number | null;
  readonly tenant_name: string | null;
  readonly execution_id: string | null;
  readonly request_id: string | null;
  readonly details: object | null;
}

/** What happened, joined with who is asking. Takes any text: names in a record may come from strangers. */
export function auditCells(ctx: Ctx, event: AuditEvent, now: Date): AuditCells {
  const { actor } = ctx;
  return {
    created_at: now.toISOString(),
    action: storableText(event.action),
    operation: event.operation,
    outcome: event.outcome,
    ref_table: text(event.refTable),
    ref_id: wholeNumber(event.refId),
    ref_identifier: storableJson(event.refIdentifier),
    creator_name: text(actor.username),
    actor_id: actor.userId < 0 ? null : wholeNumber(actor.userId),
    identity_source: text(actor.identitySource),
    auth_method: text(actor.authMethod),
    source_address: text(ctx.sourceAddress),
    tenant_id: wholeNumber(ctx.tenantId),
    tenant_name: text(ctx.tenantName),
    execution_id: text(actor.executionId),
    request_id: text(ctx.requestId),
    details: storableJson(event.details),
  };
}

function text(value: string | null | undefined): string | null {
  return value === null || value === undefined || value === '' ? null : storableText(value);
}

function wholeNumber(value: number | null): number | null {
  return value !== null && Number.isSafeInteger(value) ? value : null;
}
