/** What a command leaves behind: its exit code. */
export interface CommandResult {
  exitCode: number;
}

/** A line for people, or for a pipe. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
