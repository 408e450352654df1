import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** How long a refused client may take to read its answer, in ms. */
const LINGER_MS = 2_000;
/** How much of what it still sends is read and dropped: closing on unread data would reset the answer away. */
const LINGER_BYTES = 64 * 1024;

/** A whole answer as it goes over the wire, for where there is no request yet. */
export function rawAnswer(status: number, body: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(body);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(json)}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    json,
  ].join('\r\n');
}

/** Answers a connection that has not become a request, and ends it within two seconds. */
export function refuseConnection(socket: Socket, status: number, body: Readonly<Record<string, unknown>>): void {
  let dropped = 0;
  const deadline = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(deadline));
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > LINGER_BYTES) socket.destroy();
  });
  socket.end(rawAnswer(status, body));
  socket.resume();
}
