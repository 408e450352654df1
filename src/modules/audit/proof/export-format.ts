import { isAuditRow } from '../../../core/audit/audit-record.js';
import type { ChainEntry } from '../../../core/audit/chain.js';
import { checkpointText, readCheckpointText } from '../../../core/audit/checkpoint.js';
import type { Removal } from '../../../core/audit/removal.js';
import type { ChainItem } from '../../../core/audit/verify-chain.js';

export const EXPORT_FORMAT = 'holdfast-audit-export/1';

/** The first line. Its public key is for convenience: a verification takes the key from elsewhere. */
export interface ExportHeader {
  readonly type: 'header';
  readonly format: typeof EXPORT_FORMAT;
  readonly installation: string;
  readonly exported_at: string;
  readonly key_id: string;
  readonly public_key: string;
}

/** The last line: an export without it was cut off. */
export interface ExportFooter {
  readonly type: 'footer';
  /** Lines between header and footer. */
  readonly items: number;
}

export type ExportLine = ExportHeader | ExportFooter | { readonly type: 'item'; readonly item: ChainItem };

/** What is not an export of ours, or was broken on the way; names the line. */
export class AuditExportError extends Error {
  constructor(line: number, problem: string) {
    super(`Line ${line} of the export: ${problem}`);
    this.name = new.target.name;
  }
}

export function itemText(item: ChainItem): string {
  switch (item.type) {
    case 'entry': {
      const { seq, auditId, previous, digest, hash, mac } = item.entry;
      return JSON.stringify({
        type: 'entry',
        seq,
        audit_id: auditId,
        previous: previous.toString('hex'),
        digest: digest.toString('hex'),
        hash: hash.toString('hex'),
        mac: mac.toString('hex'),
        removal_id: item.removalId,
        record: item.row,
      });
    }
    case 'removal':
      return JSON.stringify({ type: 'removal', ...removalText(item.removal) });
    case 'checkpoint':
      return JSON.stringify({ type: 'checkpoint', ...checkpointText(item.checkpoint) });
    case 'unsealed':
      return JSON.stringify({ type: 'unsealed', pending: item.isPending, record: item.row });
  }
}

/** @throws AuditExportError */
export function readExportLine(text: string, line: number): ExportLine {
  const fields = objectOf(text, line);
  switch (fields['type']) {
    case 'header':
      return readHeader(fields, line);
    case 'footer':
      return { type: 'footer', items: whole(fields, 'items', line) };
    case 'entry':
      return { type: 'item', item: { type: 'entry', ...readEntry(fields, line) } };
    case 'removal':
      return { type: 'item', item: { type: 'removal', removal: readRemovalText(fields, line) } };
    case 'checkpoint': {
      const checkpoint = readCheckpointText(fields);
      if (checkpoint === null) throw new AuditExportError(line, 'the checkpoint is incomplete');
      return { type: 'item', item: { type: 'checkpoint', checkpoint } };
    }
    case 'unsealed': {
      const row = fields['record'];
      if (!isAuditRow(row)) throw new AuditExportError(line, 'the record is incomplete');
      return { type: 'item', item: { type: 'unsealed', row, isPending: fields['pending'] === true } };
    }
    default:
      throw new AuditExportError(line, 'unknown type');
  }
}

function readHeader(fields: Fields, line: number): ExportHeader {
  if (fields['format'] !== EXPORT_FORMAT) throw new AuditExportError(line, `the format is not ${EXPORT_FORMAT}`);
  return {
    type: 'header',
    format: EXPORT_FORMAT,
    installation: textOf(fields, 'installation', line),
    exported_at: textOf(fields, 'exported_at', line),
    key_id: textOf(fields, 'key_id', line),
    public_key: textOf(fields, 'public_key', line),
  };
}

function readEntry(fields: Fields, line: number): Omit<Extract<ChainItem, { type: 'entry' }>, 'type'> {
  const row = fields['record'] ?? null;
  if (row !== null && !isAuditRow(row)) throw new AuditExportError(line, 'the record is incomplete');
  const entry: ChainEntry = {
    seq: whole(fields, 'seq', line),
    auditId: textOf(fields, 'audit_id', line),
    previous: bytesOf(fields, 'previous', line),
    digest: bytesOf(fields, 'digest', line),
    hash: bytesOf(fields, 'hash', line),
    mac: bytesOf(fields, 'mac', line),
  };
  return { entry, row, removalId: fields['removal_id'] === null ? null : textOf(fields, 'removal_id', line) };
}

function removalText(removal: Removal): Readonly<Record<string, unknown>> {
  return {
    installation: removal.installationId,
    removal_id: removal.removalId,
    removed_at: removal.removedAt,
    removed_by: removal.removedBy,
    selection: removal.selection,
    count: removal.count,
    entries_hash: removal.entriesHash.toString('hex'),
    key_id: removal.keyId,
    signature: removal.signature.toString('base64'),
  };
}

function readRemovalText(fields: Fields, line: number): Removal {
  return {
    installationId: textOf(fields, 'installation', line),
    removalId: textOf(fields, 'removal_id', line),
    removedAt: textOf(fields, 'removed_at', line),
    removedBy: textOf(fields, 'removed_by', line),
    selection: textOf(fields, 'selection', line),
    count: whole(fields, 'count', line),
    entriesHash: bytesOf(fields, 'entries_hash', line),
    keyId: textOf(fields, 'key_id', line),
    signature: Buffer.from(textOf(fields, 'signature', line), 'base64'),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function objectOf(text: string, line: number): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AuditExportError(line, 'not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AuditExportError(line, 'not a JSON object');
  return value as Fields;
}

function textOf(fields: Fields, name: string, line: number): string {
  const value = fields[name];
  if (typeof value !== 'string' || !value.isWellFormed()) throw new AuditExportError(line, `${name} is not a text`);
  return value;
}

function bytesOf(fields: Fields, name: string, line: number): Buffer {
  const text = textOf(fields, name, line);
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new AuditExportError(line, `${name} is not in hexadecimal digits`);
  return Buffer.from(text, 'hex');
}

function whole(fields: Fields, name: string, line: number): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new AuditExportError(line, `${name} is not a whole number`);
  return value;
}
