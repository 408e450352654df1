import { AUDIT_COLUMNS, type AuditColumn } from '../../core/audit/audit-record.js';

/** Columns that are texts already. */
const TEXTS: ReadonlySet<AuditColumn> = new Set([
  'action',
  'operation',
  'outcome',
  'ref_table',
  'creator_name',
  'identity_source',
  'auth_method',
  'source_address',
  'tenant_name',
  'execution_id',
  'request_id',
]);

/** The cells of a record as the texts that are digested (core/audit/audit-record). `l` is the alias of audit_log. */
export const ROW_TEXTS = AUDIT_COLUMNS.map((column) => {
  if (column === 'created_at') return `(extract(epoch FROM l.created_at) * 1000)::bigint::text AS created_at`;
  return TEXTS.has(column) ? `l.${column}` : `l.${column}::text AS ${column}`;
}).join(', ');
