import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a command leaves behind: its exit code. */
export interface CommandResult {
  exitCode: number;
}

/** A line for people, or for a pipe. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Something large, as fast as its reader takes it. */
export async function printPieces(pieces: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(pieces), process.stdout, { end: false });
}
