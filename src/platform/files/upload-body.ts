import type { Readable } from 'node:stream';
import { CodelessError } from '../../core/errors/app-error.js';
import { codeOf } from './storage-error.js';

/** How much of an unwanted body is read and dropped, so that the client comes to read our answer. */
const DRAIN_BYTES = 64 * 1024 * 1024;
const DRAIN_MS = 10_000;

/** What a request stream reports when the client has gone. */
const GONE: readonly unknown[] = ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ABORT_ERR'];

/** 413 without a code (errors.yaml `body_too_large`). */
export function bodyTooLarge(maxBytes: number): CodelessError {
  return new CodelessError(413, `The request body is larger than ${maxBytes} bytes`);
}

/** What it means for the request when its body breaks off: 400, though nobody may be there to read it; null for other errors. */
export function bodyEnded(error: unknown): CodelessError | null {
  return GONE.includes(codeOf(error)) ? new CodelessError(400, 'The request body ended before it was complete') : null;
}

/**
 * The chunks of a request body, which stays open when the reader stops early: destroying it would take the connection
 * with it, and the answer could not be sent.
 * @throws CodelessError 408 when nothing comes for `idleTimeoutMs`, 400 when the client goes away
 */
export async function* bodyChunks(body: Readable, idleTimeoutMs: number): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = body.iterator({ destroyOnReturn: false });
  let isWaiting = false;
  try {
    for (;;) {
      isWaiting = true;
      const next = await within(chunks.next(), idleTimeoutMs);
      isWaiting = false;
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw bodyEnded(error) ?? error;
  } finally {
    if (!isWaiting) await chunks.return?.(); // takes its listeners off the body; while it waits it could not answer
  }
}

/**
 * Reads and drops what is left of a body nobody wants any more, and closes the connection when that is too much or
 * takes too long. Returns at once: the answer goes out meanwhile.
 */
export function dropBody(
  body: Readable,
  limits: { readonly bytes: number; readonly ms: number } = { bytes: DRAIN_BYTES, ms: DRAIN_MS },
): void {
  if (body.readableEnded || body.destroyed) return;
  let left = limits.bytes;
  const timer = setTimeout(() => body.destroy(), limits.ms).unref();
  const stop = (): void => clearTimeout(timer);
  body.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) body.destroy();
  });
  body.once('end', stop).once('close', stop);
  body.on('error', stop); // the client may go away; nobody is left to tell
  body.resume();
}

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new CodelessError(408, `Nothing of the request body arrived for ${Math.ceil(ms / 1000)} seconds`));
    }, ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
