import type { AuditRow } from '../../../core/audit/audit-record.js';
import { checkpointText, type Checkpoint } from '../../../core/audit/checkpoint.js';
import { levelOf, type AuditLevel } from './audit-level.js';

/** A record with its place in the chain. */
export interface SealedRow {
  readonly seq: number;
  readonly hash: Buffer;
  readonly row: AuditRow;
}

export function levelOfRow(row: AuditRow): AuditLevel {
  return levelOf({ action: row.action ?? '', operation: row.operation, outcome: row.outcome, refTable: row.ref_table });
}

/** One JSON object on one line; keys without a value are left out. `seq` and `hash` tie it to the chain. */
export function recordLine({ seq, hash, row }: SealedRow): string {
  return oneLine({
    time: isoTime(row),
    level: levelOfRow(row),
    seq,
    id: number(row.id),
    action: row.action,
    operation: row.operation,
    outcome: row.outcome,
    ref_table: row.ref_table,
    ref_id: number(row.ref_id),
    ref_identifier: json(row.ref_identifier),
    creator_name: row.creator_name,
    actor_id: number(row.actor_id),
    identity_source: row.identity_source,
    auth_method: row.auth_method,
    source_address: row.source_address,
    tenant_name: row.tenant_name,
    execution_id: row.execution_id,
    request_id: row.request_id,
    details: json(row.details),
    hash: hash.toString('hex'),
  });
}

/** Checkpoints are written whatever the level: outside of the database they are what shows a cut tail. */
export function checkpointLine(checkpoint: Checkpoint): string {
  return oneLine({ time: checkpoint.signedAt, level: 'INFO', checkpoint: checkpointText(checkpoint) });
}

/** What a line says about where the file had got to; null for a line that is not ours. */
export type LineMark =
  | { readonly kind: 'record'; readonly seq: number; readonly hash: string }
  | { readonly kind: 'checkpoint'; readonly seq: number; readonly hash: string };

export function markOf(line: string): LineMark | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { seq, hash, checkpoint } = value as Record<string, unknown>;
  if (typeof checkpoint === 'object' && checkpoint !== null) {
    const signed = checkpoint as Record<string, unknown>;
    return isMark(signed['seq'], signed['hash'])
      ? { kind: 'checkpoint', seq: Number(signed['seq']), hash: String(signed['hash']) }
      : null;
  }
  return isMark(seq, hash) ? { kind: 'record', seq: Number(seq), hash: String(hash) } : null;
}

function isMark(seq: unknown, hash: unknown): boolean {
  return typeof seq === 'number' && Number.isSafeInteger(seq) && typeof hash === 'string';
}

/** C1 controls and Unicode's own line ends, which JSON leaves as they are: some readers would see another line in them. */
const SPLITTERS = /[\u007f-\u009f\u2028\u2029]/g;

function oneLine(fields: Readonly<Record<string, unknown>>): string {
  const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  return JSON.stringify(present).replace(
    SPLITTERS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isoTime(row: AuditRow): string {
  return new Date(Number(row.created_at)).toISOString();
}

function number(text: string | null): number | null {
  return text === null ? null : Number(text);
}

function json(text: string | null): unknown {
  if (text === null) return null;
  const value: unknown = JSON.parse(text);
  return value;
}
