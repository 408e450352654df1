import { StringDecoder } from 'node:string_decoder';
import type { SecretMask } from './secret-mask.js';

/** Characters of a line; what is longer goes on in further lines. */
const LONGEST_LINE = 16_384;
/** What an error text quotes of the end of an output. */
const TAIL = 1_024;

export interface OutputBudget {
  /** Bytes that may still be printed, of all outputs of an operation. */
  left: number;
  isTold: boolean;
}

export interface OutputTail {
  /** The end of what was printed, masked. */
  readonly text: string;
}

/**
 * Hands over what a process prints, line by line, with secrets masked also where they came in pieces. While a line is being
 * taken nothing is read, so a flood waits in the pipe. Beyond the budget output is read and dropped, so that the process
 * does not hang.
 */
export async function forwardLines(
  output: AsyncIterable<Buffer>,
  mask: SecretMask,
  budget: OutputBudget,
  take: (line: string) => Promise<void>,
): Promise<OutputTail> {
  const decoder = new StringDecoder('utf8');
  let open = '';
  let tail = '';
  let isCut = false;
  const emit = async (masked: string): Promise<void> => {
    // A text of the database cannot hold NUL.
    const line = masked.replaceAll('\0', '\uFFFD');
    tail = `${tail}${line}\n`.slice(-TAIL);
    await take(line);
  };
  for await (const chunk of output) {
    if (budget.left <= 0) {
      isCut = true;
      continue;
    }
    const taken = chunk.subarray(0, budget.left);
    budget.left -= taken.length;
    open += decoder.write(taken);
    const lines = open.split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) {
      for (const part of cut(mask.hide(withoutReturn(line)))) await emit(part);
    }
    while (open.length > LONGEST_LINE * 2) {
      const shown = open.length - mask.heldBack(open);
      if (shown <= LONGEST_LINE) break;
      for (const part of cut(mask.hide(open.slice(0, shown)))) await emit(part);
      open = open.slice(shown);
    }
  }
  open += decoder.end();
  if (open !== '') for (const part of cut(mask.hide(withoutReturn(open)))) await emit(part);
  if (isCut && !budget.isTold) {
    budget.isTold = true;
    await take('(further output is dropped: the operation printed more than it may)');
  }
  return { text: tail.trimEnd() };
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function cut(line: string): string[] {
  if (line.length <= LONGEST_LINE) return [line];
  const parts: string[] = [];
  for (let at = 0; at < line.length; at += LONGEST_LINE) parts.push(line.slice(at, at + LONGEST_LINE).toWellFormed());
  return parts;
}
