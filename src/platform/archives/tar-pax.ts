import { ArchiveProblem } from './archive-problem.js';

export interface PaxOverrides {
  readonly path: Buffer | null;
  readonly size: number | null;
}

const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;

/**
 * Reads the records of a pax header, `LENGTH KEY=VALUE\n` each, of which only path and size matter to us.
 * @throws ArchiveProblem `corrupt` when a record is malformed, `unsupported` for sparse files.
 */
export function readPaxRecords(records: Buffer): PaxOverrides {
  let path: Buffer | null = null;
  let size: number | null = null;
  for (let offset = 0; offset < records.length;) {
    const { key, value, end } = readRecord(records, offset);
    if (key === 'path' && value.length > 0) path = value;
    if (key === 'size') size = decimal(value);
    if (key.startsWith('GNU.sparse.')) throw new ArchiveProblem('unsupported', 'The archive has sparse files');
    offset = end;
  }
  return { path, size };
}

function readRecord(records: Buffer, offset: number): { key: string; value: Buffer; end: number } {
  const space = records.indexOf(SPACE, offset);
  const length = space === -1 ? 0 : decimal(records.subarray(offset, space));
  const end = offset + length;
  const equals = records.indexOf(EQUALS, space);
  if (space === -1 || end > records.length || equals === -1 || equals >= end - 1 || records[end - 1] !== NEWLINE) {
    throw malformed();
  }
  return { key: records.toString('latin1', space + 1, equals), value: records.subarray(equals + 1, end - 1), end };
}

function decimal(digits: Buffer): number {
  const text = digits.toString('latin1');
  if (!/^\d{1,15}$/.test(text)) throw malformed();
  return Number(text);
}

function malformed(): ArchiveProblem {
  return new ArchiveProblem('corrupt', 'The archive is damaged: a pax record is malformed');
}
