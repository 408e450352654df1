import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { certificatesOnly, keyOnly, type Credential } from './credential.js';
import type { ListenerCertificates } from './listener-certificates.js';
import { guardPlainHttp } from './plain-http-guard.js';
import { secureContextOptions } from './secure-context-options.js';
import type { TlsOptions } from './tls-options.js';

export interface TlsDoorOptions extends Pick<TlsOptions, 'minVersion'> {
  /** What is served at this moment. Asked for each connection, so that a replacement needs no restart. */
  readonly certificates: () => ListenerCertificates;
  /** How long a connection may take from its first packet to the end of the handshake, in ms. */
  readonly handshakeMs: number;
}

interface Newcomer {
  readonly raw: Socket;
  readonly deadline: NodeJS.Timeout;
}

/**
 * Turns raw connections into TLS ones. Node chooses a certificate by the name that the client sends, and by nothing else;
 * clients that connect to an IP address send none. So each certificate has a TLS server of its own, which never listens:
 * a connection is handed to that of the address it reached, and a name overrules it.
 */
export class TlsDoor {
  private readonly servers = new WeakMap<Credential, Server>();
  /** Who is on the doorstep, by address and port of the peer: all that a raw connection and its TLS one share. */
  private readonly newcomers = new Map<string, Newcomer>();

  constructor(
    private readonly options: TlsDoorOptions,
    private readonly onSecure: (socket: TLSSocket) => void,
  ) {}

  accept(raw: Socket): void {
    const peer = peerOf(raw);
    // Node's own limit on handshakes starts anew with each byte; this one does not.
    const deadline = setTimeout(() => raw.destroy(), this.options.handshakeMs).unref();
    this.newcomers.set(peer, { raw, deadline });
    raw.once('close', () => {
      if (this.newcomers.get(peer)?.raw === raw) this.forget(peer);
    });
    guardPlainHttp(raw, () => {
      const credential = this.options.certificates().forLocalAddress(raw.localAddress);
      this.serverOf(credential).emit('connection', raw);
    });
  }

  /** Cuts off everybody whose handshake is not done. */
  close(): void {
    for (const { raw } of this.newcomers.values()) raw.destroy();
  }

  private serverOf(credential: Credential): Server {
    const known = this.servers.get(credential);
    if (known !== undefined) return known;
    const server = createServer({
      ...secureContextOptions(this.options),
      cert: certificatesOnly(credential.certificatePem),
      key: keyOnly(credential.keyPem),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: this.options.handshakeMs,
      SNICallback: (name, done) => done(null, this.options.certificates().forServerName(name)?.context),
    });
    server.on('secureConnection', (socket) => {
      this.forget(peerOf(socket));
      this.onSecure(socket);
    });
    server.on('tlsClientError', (_error, socket) => socket.destroy()); // scanners and old clients: not worth a line
    this.servers.set(credential, server);
    return server;
  }

  private forget(peer: string): void {
    clearTimeout(this.newcomers.get(peer)?.deadline);
    this.newcomers.delete(peer);
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
