import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Json } from '../../../core/graph/task.js';

/** What one call may send, and all of an operation, in bytes: they may be kept, in memory, as runtime properties. */
const LARGEST_CALL = 8_388_608;
const LARGEST_SUM = 67_108_864;
/** Calls that are under way when their operation ends are not waited for any longer, in ms. */
const LAST_CALLS_MS = 5_000;
const SECRET_BYTES = 24;

/** Answers the calls of one operation; `kind` is the last part of the path. */
export type CtxHandler = (kind: '' | 'cli' | 'python', body: Buffer) => Promise<CtxAnswer>;

export interface CtxAnswer {
  readonly body: string | Buffer;
  /** For `cli`: the command's exit code. */
  readonly exit?: 0 | 1;
}

export interface CtxEndpoint {
  /** For `CTX_SOCKET_URL`. */
  readonly url: string;
  /** When the calls that came so far are answered. */
  settled(): Promise<void>;
  close(): void;
}

/**
 * One listener on the loopback for all operations of a worker. An operation's path begins with a secret that only it
 * knows: other users of the host find nothing. Its calls are answered one after another (script-plugin §4).
 */
export class CtxServer {
  private readonly handlers = new Map<string, { handler: CtxHandler; last: Promise<unknown>; left: number }>();
  private listening: Promise<Server> | null = null;

  async serve(handler: CtxHandler): Promise<CtxEndpoint> {
    this.listening ??= this.listen();
    const server = await this.listening;
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const entry = { handler, last: Promise.resolve() as Promise<unknown>, left: LARGEST_SUM };
    this.handlers.set(secret, entry);
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}/${secret}`,
      settled: async () => {
        const timer = new AbortController();
        await Promise.race([
          entry.last,
          wait(LAST_CALLS_MS, undefined, { signal: timer.signal }).catch(() => undefined),
        ]);
        timer.abort();
      },
      close: () => this.handlers.delete(secret),
    };
  }

  async close(): Promise<void> {
    const server = await this.listening?.catch(() => null);
    if (server === undefined || server === null) return;
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  }

  private async listen(): Promise<Server> {
    const server = createServer((request, response) => {
      void this.answer(request, response).catch(() => response.destroy());
    });
    const ready = Promise.withResolvers<void>();
    server.once('error', ready.reject);
    server.listen(0, '127.0.0.1', () => ready.resolve());
    await ready.promise;
    // What is left open by an operation keeps no program alive.
    server.unref();
    return server;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.sendDate = false;
    const [, secret = '', kind = ''] = (request.url ?? '').split('/');
    const known = this.handlers.get(secret);
    if (known === undefined || request.method !== 'POST' || !isKind(kind)) {
      response.writeHead(404, { connection: 'close', 'content-length': 0 }).end();
      return;
    }
    const body = await read(request, known);
    if (body === null) {
      response.writeHead(413, { connection: 'close', 'content-length': 0 }).end();
      return;
    }
    const turn = known.last.then(() => known.handler(kind, body));
    known.last = turn.catch(() => undefined);
    const answer = await turn;
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(answer.body),
        ...(answer.exit === undefined ? {} : { 'x-exit': String(answer.exit) }),
      })
      .end(answer.body);
  }
}

function isKind(text: string): text is '' | 'cli' | 'python' {
  return text === '' || text === 'cli' || text === 'python';
}

async function read(request: IncomingMessage, budget: { left: number }): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    budget.left -= chunk.length;
    if (bytes > LARGEST_CALL || budget.left < 0) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function jsonAnswer(payload: Json): CtxAnswer {
  return { body: JSON.stringify(payload) };
}
