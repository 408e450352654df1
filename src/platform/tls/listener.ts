import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { isInRanges, type AddressRange } from '../../core/access/client-address.js';
import { answerClientError } from './client-error.js';
import { refuseConnection } from './raw-answer.js';
import { systemCodeOf, TlsConfigurationError } from './tls-configuration-error.js';
import { TlsDoor, type TlsDoorOptions } from './tls-door.js';
import type { ListenerName, TlsLog } from './tls-options.js';

export interface ListenerLimits {
  /** From the first packet to the end of the TLS handshake, in ms. */
  readonly handshakeMs: number;
  /** For all headers of a request, in ms. */
  readonly headersMs: number;
  /** For the whole of a request, its body included, in ms (rest-api §1.2). */
  readonly requestMs: number;
  /** How long an idle connection is kept for the next request, in ms. Longer than proxies keep theirs, so that they close first. */
  readonly keepAliveMs: number;
  /** After how long without a byte in either direction a connection is given up, in ms. */
  readonly silenceMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
}

export const DEFAULT_LIMITS: ListenerLimits = {
  handshakeMs: 10_000,
  headersMs: 20_000,
  requestMs: 330_000,
  keepAliveMs: 75_000,
  silenceMs: 340_000,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 10_000,
};

/** How a listener meets connections: with TLS, or in plain HTTP from the proxies alone. */
export type Admission =
  | { readonly kind: 'tls'; readonly door: Omit<TlsDoorOptions, 'handshakeMs'> }
  | { readonly kind: 'proxies'; readonly proxies: readonly AddressRange[] };

export interface ListenerOptions {
  readonly name: ListenerName;
  /** `::` for every address of the machine, IPv4 included. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly admission: Admission;
  readonly limits: ListenerLimits;
  readonly log: TlsLog;
}

const CHECK_TIMEOUTS_EVERY_MS = 5_000;
const BACKLOG = 1_024;
const COMPLAIN_EVERY_MS = 60_000;

/**
 * One port. The HTTP server listens itself (Node watches over slow requests only on a server that listens); what the port
 * brings passes the admission first, and reaches the server's own handling of connections when it is let in.
 */
export class Listener {
  readonly server: Server;
  private readonly serveHttp: (socket: Socket) => void;
  private readonly door: TlsDoor | null;
  private readonly sockets = new Set<Socket>();
  /** The latest response of each connection; a connection without one has not asked anything yet. */
  private readonly responses = new WeakMap<object, ServerResponse>();
  private isDraining = false;
  private readonly complainedAt = new Map<string, number>();

  constructor(
    private readonly options: ListenerOptions,
    handler: RequestListener,
  ) {
    const { limits, admission } = options;
    this.server = createServer({
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: CHECK_TIMEOUTS_EVERY_MS,
      keepAlive: true,
    });
    this.server.maxConnections = limits.maxConnections;
    this.server.timeout = limits.silenceMs;
    const [handle] = this.server.listeners('connection');
    if (handle === undefined) throw new Error('The HTTP server handles no connections.');
    this.serveHttp = (socket) => {
      Reflect.apply(handle, this.server, [socket]);
    };
    this.door =
      admission.kind === 'tls'
        ? new TlsDoor({ ...admission.door, handshakeMs: limits.handshakeMs }, (socket) => this.serve(socket))
        : null;
    this.server.removeAllListeners('connection').on('connection', (socket) => this.admit(socket, admission));
    this.server.on('request', (request, response) => this.note(request.socket, response)).on('request', handler);
    this.server.on('drop', () =>
      this.complain('connections refused: there are too many', { maxConnections: limits.maxConnections }),
    );
  }

  /** @throws TlsConfigurationError when the port cannot be had. */
  async start(): Promise<AddressInfo> {
    const { name, host, port } = this.options;
    // A framework that took this server for its own added its answers, which have another shape.
    this.server.removeAllListeners('clientError');
    this.server.on('clientError', (error, socket) => answerClientError(error, socket, this.responses.get(socket)));
    this.isDraining = false;
    const started = Promise.withResolvers<void>();
    this.server.once('error', started.reject).once('listening', started.resolve);
    this.server.listen({ host, port, backlog: BACKLOG });
    try {
      await started.promise;
    } catch (error) {
      const code = systemCodeOf(error) ?? 'unknown';
      const reason = code === 'EADDRINUSE' ? 'another program listens there' : code;
      throw new TlsConfigurationError(`the ${name} listener cannot use ${host} port ${port}: ${reason}`, null, {
        cause: error,
      });
    }
    this.server.off('error', started.reject);
    this.server.on('error', (error) => this.complain('connection could not be accepted', { error }));
    return this.address;
  }

  get address(): AddressInfo {
    const address = this.server.address();
    if (address === null || typeof address === 'string')
      throw new Error(`The ${this.options.name} listener is not listening.`);
    return address;
  }

  /**
   * Accepts nothing more, lets requests under way finish, closes idle connections at once and all others after the grace.
   * @returns how many connections had to be cut off
   */
  async stop(graceMs: number): Promise<number> {
    if (!this.server.listening) return 0;
    this.isDraining = true;
    const closed = Promise.withResolvers<void>();
    this.server.close(() => closed.resolve());
    this.door?.close();
    for (const socket of this.sockets) this.endAfterAnswer(socket);
    let cutOff = 0;
    const grace = setTimeout(() => {
      cutOff = this.sockets.size;
      for (const socket of this.sockets) socket.destroy();
    }, graceMs);
    await closed.promise;
    clearTimeout(grace);
    return cutOff;
  }

  private admit(socket: Socket, admission: Admission): void {
    if (this.door !== null) {
      this.door.accept(socket);
      return;
    }
    const isProxy = admission.kind === 'proxies' && isInRanges(socket.remoteAddress ?? '', admission.proxies);
    if (isProxy) {
      this.serve(socket);
      return;
    }
    this.complain('connection refused: it does not come from a configured proxy', { address: socket.remoteAddress });
    refuseConnection(socket, 403, {
      message: 'Connections are accepted from the configured proxies only',
      error_code: 'forbidden_error',
    });
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    this.serveHttp(socket);
    if (this.isDraining) this.endAfterAnswer(socket);
  }

  private note(socket: Socket, response: ServerResponse): void {
    this.responses.set(socket, response);
    if (this.isDraining) response.shouldKeepAlive = false;
  }

  private endAfterAnswer(socket: Socket): void {
    const response = this.responses.get(socket);
    if (response === undefined) {
      socket.destroy(); // never asked anything; Node does not count it as idle
      return;
    }
    if (response.writableFinished) return; // idle: closed by the server
    if (!response.headersSent) response.shouldKeepAlive = false;
    response.once('close', () => socket.end());
  }

  /** At most once a minute: whoever causes this can cause it often. */
  private complain(sentence: string, fields: Readonly<Record<string, unknown>>): void {
    const now = performance.now();
    if (now - (this.complainedAt.get(sentence) ?? -Infinity) < COMPLAIN_EVERY_MS) return;
    this.complainedAt.set(sentence, now);
    this.options.log.warn(sentence, { listener: this.options.name, ...fields });
  }
}
