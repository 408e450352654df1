import { Writable } from 'node:stream';
import { Log, type LogLevel } from '../../src/platform/logging/log.js';

/** The service log, kept in memory instead of printed: tests read what the program says, and what it must not say. */
export class CapturedLog {
  readonly lines: string[] = [];
  readonly log: Log;

  constructor(level: LogLevel = 'debug') {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.lines.push(chunk.toString('utf8'));
        done();
      },
    });
    this.log = new Log({ level, directory: null, stream });
  }

  /** Parsed lines of one level. */
  at(level: LogLevel): Record<string, unknown>[] {
    return this.lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['level'] === level);
  }
}
