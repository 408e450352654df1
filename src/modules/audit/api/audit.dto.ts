import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { AuditRow } from '../../../core/audit/audit-record.js';

/** A record on the wire (rest-api §2.9). Keys without a value are left out; those after `created_at` come with `kind=all`. */
export class AuditRecordView {
  @ApiProperty() readonly id: number;
  @ApiPropertyOptional() readonly ref_table?: string;
  @ApiPropertyOptional() readonly ref_id?: number;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true }) readonly ref_identifier?: object;
  @ApiProperty() readonly operation: string;
  @ApiPropertyOptional() readonly creator_name?: string;
  @ApiPropertyOptional() readonly execution_id?: string;
  @ApiProperty({ description: 'UTC, without Z' }) readonly created_at: string;
  @ApiPropertyOptional() readonly action?: string;
  @ApiPropertyOptional() readonly outcome?: string;
  @ApiPropertyOptional() readonly actor_id?: number;
  @ApiPropertyOptional() readonly identity_source?: string;
  @ApiPropertyOptional() readonly auth_method?: string;
  @ApiPropertyOptional() readonly source_address?: string;
  @ApiPropertyOptional() readonly tenant_name?: string;
  @ApiPropertyOptional() readonly request_id?: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true }) readonly details?: object;
}

export class AuditPaginationView {
  @ApiProperty() readonly offset: number;
  @ApiProperty() readonly size: number;
  @ApiProperty() readonly total: number;
}

export class AuditMetadataView {
  @ApiProperty({ type: AuditPaginationView }) readonly pagination: AuditPaginationView;
}

export class AuditListView {
  @ApiProperty({ type: [AuditRecordView] }) readonly items: AuditRecordView[];
  @ApiProperty({ type: AuditMetadataView }) readonly metadata: AuditMetadataView;
}

export class AuditDeletedView {
  @ApiProperty() readonly deleted: number;
}

/** One element of the body of `POST /audit`. */
export class InjectedRecordInput {
  @ApiProperty() readonly ref_table: string;
  @ApiProperty() readonly ref_id: number;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true }) readonly ref_identifier?: object;
  @ApiProperty({ enum: ['create', 'update', 'delete'] }) readonly operation: string;
  @ApiPropertyOptional() readonly creator_name?: string;
  @ApiPropertyOptional() readonly execution_id?: string;
  @ApiProperty() readonly created_at: string;
}

export class AuditProblemView {
  @ApiProperty({ type: 'array', items: { oneOf: [{ type: 'string' }, { type: 'integer' }] } })
  readonly loc: (string | number)[];
  @ApiProperty() readonly msg: string;
  @ApiProperty() readonly type: string;
}

export class AuditErrorView {
  @ApiProperty({ type: [AuditProblemView] }) readonly detail: AuditProblemView[];
}

/** The wire form of a stored record. */
export function recordView(row: AuditRow, kind: 'changes' | 'all'): Readonly<Record<string, unknown>> {
  const contract = {
    id: number(row.id),
    ref_table: row.ref_table,
    ref_id: number(row.ref_id),
    ref_identifier: json(row.ref_identifier),
    operation: row.operation,
    creator_name: row.creator_name,
    execution_id: row.execution_id,
    created_at: new Date(Number(row.created_at)).toISOString().slice(0, -1),
  };
  if (kind === 'changes') return withoutNulls(contract);
  return withoutNulls({
    ...contract,
    action: row.action,
    outcome: row.outcome,
    actor_id: number(row.actor_id),
    identity_source: row.identity_source,
    auth_method: row.auth_method,
    source_address: row.source_address,
    tenant_name: row.tenant_name,
    request_id: row.request_id,
    details: json(row.details),
  });
}

function withoutNulls(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function number(text: string | null): number | null {
  return text === null ? null : Number(text);
}

function json(text: string | null): unknown {
  if (text === null) return null;
  const value: unknown = JSON.parse(text);
  return value;
}
