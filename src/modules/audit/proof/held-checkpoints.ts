import { createReadStream } from 'node:fs';
import { readCheckpointText, type Checkpoint } from '../../../core/audit/checkpoint.js';
import { textLines } from './text-lines.js';

/** The youngest are kept: a week of them; older ones say nothing that these do not. */
const KEPT = 10_000;

/**
 * Reads checkpoints from a file: the audit file itself, one of its renamed ones, or lines that an operator kept. Lines
 * that hold none are passed over.
 * @throws Error when the file cannot be read or holds no checkpoint.
 */
export async function readHeldCheckpoints(path: string): Promise<Checkpoint[]> {
  let found: Checkpoint[] = [];
  for await (const { text } of textLines(createReadStream(path))) {
    if (!text.includes('"signature"')) continue;
    const checkpoint = checkpointOf(text);
    if (checkpoint) found.push(checkpoint);
    if (found.length >= 2 * KEPT) found = found.slice(-KEPT);
  }
  if (found.length === 0) throw new Error(`The file ${path} holds no checkpoint.`);
  return found.slice(-KEPT);
}

function checkpointOf(line: string): Checkpoint | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const inner = typeof value === 'object' && value !== null && 'checkpoint' in value ? value.checkpoint : value;
  return readCheckpointText(inner);
}
