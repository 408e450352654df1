import type { Socket } from 'node:net';
import { refuseConnection } from './raw-answer.js';

/** The content type of a TLS record that holds a handshake (RFC 8446 §5.1): what every TLS connection begins with. */
const TLS_HANDSHAKE = 0x16;

const SSL_REQUIRED = {
  message: 'This port speaks HTTPS only: send the request to https://',
  error_code: 'SSL_REQUIRED',
} as const;

/**
 * Looks at the first byte of a new connection. One that begins as TLS does is handed on, nothing of it consumed; anything
 * else gets 400 `SSL_REQUIRED` in plain text and is closed (rest-api §1.2). Waits as long as the socket lives: the caller
 * sets the deadline.
 *
 * (Node's own `tlsClientError` cannot do this: when it reports plain HTTP, the socket is destroyed already.)
 */
export function guardPlainHttp(socket: Socket, onTls: (socket: Socket) => void): void {
  const giveUp = (): void => {
    socket.destroy();
  };
  const look = (chunk: Buffer): void => {
    socket.off('end', giveUp).off('error', giveUp);
    if (chunk[0] !== TLS_HANDSHAKE) {
      refuseConnection(socket, 400, SSL_REQUIRED);
      return;
    }
    socket.pause();
    socket.unshift(chunk);
    onTls(socket);
  };
  socket.once('data', look).on('end', giveUp).on('error', giveUp);
}
