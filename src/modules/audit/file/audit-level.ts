/** The levels of `audit_log_level`, from loud to quiet; a setting lets its own level and those before it into the file. */
export const AUDIT_LEVELS = ['CRITICAL', 'ERROR', 'WARNING', 'INFO', 'DEBUG'] as const;
export type AuditLevel = (typeof AUDIT_LEVELS)[number];

export interface Leveled {
  readonly action: string;
  readonly operation: string | null;
  readonly outcome: string | null;
  readonly refTable: string | null;
}

/** Stored values that do not open, keys that do not fit: somebody tampered, or a key is lost. */
const INTEGRITY = /(^|[._])(integrity|tamper)/;
/** What weakens the record itself. */
const AUDIT_REMOVAL = 'audit.remove';

/** How loud a record is; docs/audit.md has the table for operators. */
export function levelOf(record: Leveled): AuditLevel {
  if (INTEGRITY.test(record.action)) return 'CRITICAL';
  if (record.outcome === 'failure' && record.operation === 'login') return 'WARNING';
  if (record.outcome === 'denied' || record.operation === 'denied') return 'WARNING';
  if (record.action === AUDIT_REMOVAL) return 'WARNING';
  if (record.outcome === 'failure') return 'ERROR';
  if (record.operation === 'read') return record.refTable === 'secrets' ? 'INFO' : 'DEBUG';
  return 'INFO';
}

export function isLetIn(level: AuditLevel, setting: AuditLevel): boolean {
  return AUDIT_LEVELS.indexOf(level) <= AUDIT_LEVELS.indexOf(setting);
}
