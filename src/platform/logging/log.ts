import { Injectable, type LoggerService } from '@nestjs/common';
import winston from 'winston';
import DailyRotateFile from 'winston-daily-rotate-file';
import { currentRequestId } from '../context/request-id.js';
import { BatchedOutput } from './batched-output.js';
import { redacted } from './redaction.js';

const STANDARD_ERROR = 2;

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, unknown>>;

export interface LogOptions {
  readonly level: LogLevel;
  /** Folder for daily files; null logs to standard error only. */
  readonly directory: string | null;
  /** Where the lines go; standard error as a rule. */
  readonly stream?: NodeJS.WritableStream;
}

/**
 * The service log: one JSON object a line, a fixed sentence and fields. `error` means that a person should come, `warn`
 * that something was lost but we go on, `info` is what an operator follows, `debug` is ours.
 */
@Injectable()
export class Log implements LoggerService {
  private readonly winston: winston.Logger;
  private readonly output: NodeJS.WritableStream;

  constructor(options: LogOptions) {
    this.output = options.stream ?? new BatchedOutput(STANDARD_ERROR);
    const transports: winston.transport[] = [
      new winston.transports.Stream({ stream: this.output, handleExceptions: false }),
    ];
    if (options.directory !== null) {
      transports.push(
        new DailyRotateFile({
          dirname: options.directory,
          filename: 'holdfast-%DATE%.log',
          maxSize: '100m',
          maxFiles: '14d',
        }),
      );
    }
    this.winston = winston.createLogger({
      level: options.level,
      format: winston.format.printf((info) => String(info.message)),
      transports,
    });
  }

  setLevel(level: LogLevel): void {
    this.winston.level = level;
  }

  error(sentence: string, fields?: LogFields | string): void {
    this.write('error', sentence, fields);
  }
  warn(sentence: string, fields?: LogFields | string): void {
    this.write('warn', sentence, fields);
  }
  info(sentence: string, fields?: LogFields | string): void {
    this.write('info', sentence, fields);
  }
  debug(sentence: string, fields?: LogFields | string): void {
    this.write('debug', sentence, fields);
  }
  /** Nest's own narration of modules and routes is ours alone. */
  log(sentence: string): void {
    this.write('debug', sentence, undefined);
  }
  verbose(sentence: string): void {
    this.write('debug', sentence, undefined);
  }
  fatal(sentence: string, fields?: LogFields | string): void {
    this.write('error', sentence, fields);
  }

  /** Waits until the lines written so far are on their way. */
  async close(): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.winston.once('finish', () => done.resolve());
    this.winston.end();
    await done.promise;
    if (this.output instanceof BatchedOutput) this.output.end();
  }

  private write(level: LogLevel, sentence: string, fields: LogFields | string | undefined): void {
    if (!this.winston.isLevelEnabled(level)) return;
    const requestId = currentRequestId();
    const line = JSON.stringify({
      time: new Date().toISOString(),
      level,
      message: sentence,
      ...(requestId === undefined ? {} : { requestId }),
      ...(typeof fields === 'object' ? redacted(fields) : fields === undefined ? {} : { context: fields }),
    });
    this.winston.log(level, line);
    // What a person should come for is not left to wait for more.
    if (level === 'error' && this.output instanceof BatchedOutput) this.output.writeNow();
  }
}
