import { hash } from 'node:crypto';
import { canonicalBytes } from '../envelope/canonical.js';

/**
 * The columns of a stored record in the order in which they are digested. Every one is covered, so that no cell of a
 * row can change unseen. Adding one means a new FORMAT.
 */
export const AUDIT_COLUMNS = [
  'id',
  'created_at',
  'action',
  'operation',
  'outcome',
  'ref_table',
  'ref_id',
  'ref_identifier',
  'creator_name',
  'actor_id',
  'identity_source',
  'auth_method',
  'source_address',
  'tenant_id',
  'tenant_name',
  'execution_id',
  'request_id',
  'details',
  'written_in',
] as const;

export type AuditColumn = (typeof AUDIT_COLUMNS)[number];

/**
 * A stored record as texts, exactly as the database prints them: numbers in decimal, `created_at` in milliseconds since
 * 1970, JSON as its text. Parsed values would hide edits (two JSON numbers beyond 2^53 can be one JavaScript number).
 */
export type AuditRow = Readonly<Record<AuditColumn, string | null>>;

const FORMAT = 'holdfast.audit.record.1';

/** The bytes that stand for a record: type and length before every cell, so nothing shifts from one cell to the next. */
function canonicalRecord(row: AuditRow): Buffer {
  return canonicalBytes([FORMAT, ...AUDIT_COLUMNS.map((column) => row[column])]);
}

/** SHA-256 of the canonical record; what stays in the chain when the record itself is removed. */
export function digestOf(row: AuditRow): Buffer {
  return hash('sha256', canonicalRecord(row), 'buffer');
}

export function isAuditRow(value: unknown): value is AuditRow {
  if (typeof value !== 'object' || value === null) return false;
  const cells = value as Record<string, unknown>;
  return (
    AUDIT_COLUMNS.every((column) => cells[column] === null || isStorable(cells[column])) &&
    Object.keys(cells).length === AUDIT_COLUMNS.length
  );
}

function isStorable(cell: unknown): boolean {
  return typeof cell === 'string' && cell.isWellFormed();
}
