import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemCodeOf } from './tls-configuration-error.js';
import { rawAnswer } from './raw-answer.js';

const REFUSALS: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions of the request are too large'],
};
const NOT_HTTP = [400, 'The request is not valid HTTP'] as const;

/** How long a refused client may take to read its answer, in ms: closing on unread data would reset the answer away. */
const LINGER_MS = 2_000;
const answered = new WeakSet<Duplex>();

/**
 * Answers bytes that never became a request: `{"message": …}` without a code, as for all refusals of this level.
 * @param current the response that the connection is busy with, if any: half a response must not be followed by another.
 */
export function answerClientError(error: Error, socket: Duplex, current: ServerResponse | undefined): void {
  if (answered.has(socket)) return; // what it still sends is no request either
  const code = systemCodeOf(error);
  const isMidAnswer = current !== undefined && current.headersSent && !current.writableFinished;
  if (code === 'ECONNRESET' || !socket.writable || isMidAnswer) {
    socket.destroy();
    return;
  }
  answered.add(socket);
  const [status, message] = REFUSALS[code ?? ''] ?? NOT_HTTP;
  const deadline = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(deadline)).once('end', () => socket.destroy());
  socket.end(rawAnswer(status, { message }));
}
