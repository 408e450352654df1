import { lookup } from 'node:dns/promises';
import type { Dispatcher } from 'undici';
import { OutboundRules, type Resolve } from '../../outbound/outbound-rules.js';
import { OutboundRefusedError } from '../../outbound/outbound-refused-error.js';
import type { OutboundPolicy } from '../../outbound/outbound.js';
import { ask } from '../../outbound/pinned-request.js';

const CONNECT_MS = 10_000;
const MAX_REDIRECTS = 3;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

export interface WebRequest {
  readonly url: string;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface WebAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address);

/** Requests of any method to what users name, under the same rules as files are fetched (security-design §7). */
export class WebRequests {
  private readonly rules: OutboundRules;

  constructor(
    policy: OutboundPolicy,
    resolve: Resolve = systemResolve,
    private readonly ca?: readonly string[],
  ) {
    this.rules = new OutboundRules(policy, resolve);
  }

  /**
   * Redirects of what only reads are followed, three at most, each judged like the first URL; headers of the caller stay
   * with the first origin.
   * @throws OutboundRefusedError
   */
  async send(request: WebRequest): Promise<WebAnswer> {
    const deadline = AbortSignal.timeout(request.timeoutMs);
    const signal = AbortSignal.any([deadline, request.signal]);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    let url = this.rules.parse(request.url);
    const first = url.origin;
    for (let redirects = 0; ; redirects += 1) {
      const isHome = url.origin === first;
      const target = await this.rules.vet(url);
      const answer = await ask(
        target,
        {
          authorization: isHome ? credentialsOf(url) : null,
          signal,
          method: request.method,
          headers: isHome ? request.headers : {},
          ...(request.body === null ? {} : { body: request.body }),
        },
        {
          connectTimeoutMs: CONNECT_MS,
          idleTimeoutMs: request.timeoutMs,
          ...(this.ca === undefined ? {} : { ca: this.ca }),
        },
      );
      try {
        if (!reads || answer.location === null || !REDIRECTS.includes(answer.status)) {
          return { status: answer.status, headers: answer.headers, body: await whole(answer.body, request, first) };
        }
        if (redirects === MAX_REDIRECTS) {
          throw new OutboundRefusedError('redirect', `${first} redirects more than ${MAX_REDIRECTS} times`);
        }
        url = this.rules.parse(answer.location, url);
      } finally {
        await answer.close();
      }
    }
  }
}

async function whole(body: AsyncIterable<Uint8Array>, { maxBytes }: WebRequest, origin: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new OutboundRefusedError('too-large', `${origin} answered more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function credentialsOf({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
