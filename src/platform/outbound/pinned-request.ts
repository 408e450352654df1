import { isIPv4, isIPv6, type LookupFunction } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { canonicalIp } from '../../core/access/client-address.js';
import { OutboundRefusedError } from './outbound-refused-error.js';
import type { VettedTarget } from './outbound-rules.js';
import { translateFailure } from './translate-failure.js';

export interface ConnectionOptions {
  /** Up to a secured connection, in ms. */
  readonly connectTimeoutMs: number;
  /** The longest silence of the server, in ms. */
  readonly idleTimeoutMs: number;
  /** Authorities (PEM) to trust instead of Node's own and NODE_EXTRA_CA_CERTS. */
  readonly ca?: readonly string[];
}

export interface PinnedRequest {
  readonly authorization: string | null;
  readonly signal: AbortSignal;
  /** GET when absent. */
  readonly method?: Dispatcher.HttpMethod;
  /** Beside our own, and instead of them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface Answer {
  readonly status: number;
  /** Those that come more than once are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly location: string | null;
  readonly declaredBytes: number | null;
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection, whatever is left on it. */
  close(): Promise<void>;
}

/**
 * Sends one request to a vetted target. The connection is made to the addresses that were judged and to no other: there is no
 * second look-up that could be answered differently. Server name and certificate are the host's all the same.
 */
export async function ask(target: VettedTarget, request: PinnedRequest, options: ConnectionOptions): Promise<Answer> {
  const client = new Client(target.origin, {
    connect: pinned(target, options),
    headersTimeout: options.idleTimeoutMs,
    bodyTimeout: options.idleTimeoutMs,
  });
  try {
    const { statusCode, headers, body } = await client.request({
      method: request.method ?? 'GET',
      path: `${target.url.pathname}${target.url.search}`,
      headers: {
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': 'holdfast',
        ...(request.authorization === null ? {} : { authorization: request.authorization }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: request.signal,
    });
    return {
      status: statusCode,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, held]) => [name, Array.isArray(held) ? held.join(', ') : (held ?? '')]),
      ),
      location: single(headers['location']),
      declaredBytes: declaredBytes(headers),
      body: translated(body, target.origin),
      close: async () => {
        body.on('error', () => undefined); // what is cut off with the connection is nobody's error
        await client.destroy();
      },
    };
  } catch (error) {
    await client.destroy();
    throw translateFailure(error, target.origin);
  }
}

async function* translated(body: AsyncIterable<Uint8Array>, origin: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw translateFailure(error, origin);
  }
}

function pinned({ addresses, origin }: VettedTarget, options: ConnectionOptions): buildConnector.connector {
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    maxCachedSessions: 0,
    lookup: answering(addresses),
    autoSelectFamily: true,
    rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
    minVersion: 'TLSv1.2',
    ...(options.ca === undefined ? {} : { ca: [...options.ca] }),
  });
  const vetted = new Set(addresses.map(canonicalIp));
  return (wanted, callback) => {
    connect(wanted, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      // Never seen, since the look-up above is the only one; but if it were, this is where it ends.
      if (!vetted.has(canonicalIp(socket.remoteAddress ?? ''))) {
        socket.destroy();
        return callback(new OutboundRefusedError('address', `Cannot fetch from ${origin}: it moved meanwhile`), null);
      }
      return callback(null, socket);
    });
  };
}

/** A look-up that knows its answer. */
function answering(addresses: readonly string[]): LookupFunction {
  return (_hostname, { family, all }, callback) => {
    const known = addresses
      .map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
      .filter((entry) => isOfFamily(entry.address, family));
    const [first] = known;
    if (first === undefined) return callback(new Error('The host has no address of this family.'), '', 0);
    if (all === true) return callback(null, known);
    return callback(null, first.address, first.family);
  };
}

function isOfFamily(address: string, family: number | 'IPv4' | 'IPv6' | undefined): boolean {
  if (family === 4 || family === 'IPv4') return isIPv4(address);
  if (family === 6 || family === 'IPv6') return isIPv6(address);
  return true;
}

function declaredBytes(headers: Dispatcher.ResponseData['headers']): number | null {
  const text = single(headers['content-length']);
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

function single(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
