import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FileStore, Staging } from '../../../platform/files/file-store.js';
import type { Outbound } from '../../../platform/outbound/outbound.js';
import { OutboundRefusedError } from '../../../platform/outbound/outbound-refused-error.js';
import type { Answer } from './parse-messages.js';
import { MAX_SOURCE_BYTES } from './source-text.js';

export interface UrlImportOptions {
  /** In all (dsl.md §5.2). */
  readonly attempts: number;
  readonly pauseMs: number;
  /** For one attempt, in ms. */
  readonly timeoutMs: number;
  /** URLs that one blueprint may import. */
  readonly maxUrls: number;
  /** What they may hold together. */
  readonly maxBytes: number;
}

const URL_IMPORT_OPTIONS: UrlImportOptions = {
  attempts: 6,
  pauseMs: 1_000,
  timeoutMs: 10_000,
  maxUrls: 200,
  maxBytes: 64 * 1024 * 1024,
};

/**
 * Fetches what one blueprint imports by URL, under the outbound policy (security-design §7): import rules have been
 * applied by then, and what they lead to is judged like any other URL.
 */
export class UrlImports {
  private urls = 0;
  private bytes = 0;

  constructor(
    private readonly outbound: Outbound,
    private readonly store: FileStore,
    private readonly options: UrlImportOptions = URL_IMPORT_OPTIONS,
  ) {}

  async fetch(url: string, signal: AbortSignal): Promise<Answer> {
    if (/^file:/i.test(url)) return absent('this manager does not open file: URLs');
    this.urls += 1;
    if (this.urls > this.options.maxUrls) {
      return absent(`a blueprint may import at most ${this.options.maxUrls} URLs`);
    }
    const staging = await this.store.stage();
    try {
      return await this.attempts(url, staging, signal);
    } finally {
      await staging.discard();
    }
  }

  private async attempts(url: string, staging: Staging, signal: AbortSignal): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.attempt(url, join(staging.path, `source-${attempt}`), signal);
      if (answer !== 'again') return answer;
      if (attempt === this.options.attempts) return absent('the server cannot be reached, or fails');
      await pause(this.options.pauseMs, undefined, { signal });
    }
  }

  private async attempt(url: string, path: string, signal: AbortSignal): Promise<Answer | 'again'> {
    const timeout = AbortSignal.timeout(this.options.timeoutMs);
    try {
      const limits = { maxBytes: MAX_SOURCE_BYTES, signal: AbortSignal.any([signal, timeout]) };
      const { bytes } = await this.outbound.fetchToFile(url, path, limits);
      this.bytes += bytes;
      if (this.bytes > this.options.maxBytes) {
        return absent(`a blueprint may import at most ${this.options.maxBytes} bytes from URLs`);
      }
      return { kind: 'bytes', bytes: await readFile(path) };
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) return 'again';
      if (!(error instanceof OutboundRefusedError)) throw error;
      return isPassing(error) ? 'again' : absent(error.message);
    }
  }
}

/** Whether the next attempt may well succeed. */
function isPassing({ reason, answered }: OutboundRefusedError): boolean {
  return reason === 'connection' || reason === 'timeout' || (reason === 'status' && (answered ?? 0) >= 500);
}

function absent(reason: string): Answer {
  return { kind: 'absent', reason };
}
