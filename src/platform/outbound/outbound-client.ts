import { lookup } from 'node:dns/promises';
import type { StoredFile } from '../files/file-store.js';
import { writeNewFile } from '../files/write-new-file.js';
import { Outbound, type FetchLimits, type OutboundPolicy } from './outbound.js';
import { OutboundRefusedError } from './outbound-refused-error.js';
import { OutboundRules, type Resolve, type VettedTarget } from './outbound-rules.js';
import { ask, type Answer, type ConnectionOptions } from './pinned-request.js';
import type { Log } from '../logging/log.js';
import { translateFailure } from './translate-failure.js';

export interface OutboundOptions extends ConnectionOptions {
  /** For a whole fetch, redirects and all, in ms. */
  readonly totalTimeoutMs: number;
  readonly resolve: Resolve;
  /** Told why a host is not asked, which the caller is not. */
  readonly log: Pick<Log, 'info'> | null;
}

const MAX_REDIRECTS = 3;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

const DEFAULT_OPTIONS: OutboundOptions = {
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
  totalTimeoutMs: 900_000,
  log: null,
  resolve: async (hostname) => (await lookup(hostname, { all: true, order: 'verbatim' })).map(({ address }) => address),
};

/**
 * Fetches what users name (security-design §7): only from the public internet and over https unless the policy says
 * otherwise, and from the very addresses that were judged. Redirects, three at most, are judged like the first URL. No
 * proxy variables are read: undici's plain client knows none.
 */
export class OutboundClient extends Outbound {
  private readonly rules: OutboundRules;
  private readonly options: OutboundOptions;

  /** @throws BadParametersError when an entry of the policy is malformed */
  constructor(policy: OutboundPolicy, options: Partial<OutboundOptions> = {}) {
    super();
    this.options = { ...DEFAULT_OPTIONS, ...options };
    this.rules = new OutboundRules(policy, this.options.resolve);
  }

  override async fetchToFile(url: string, targetPath: string, limits: FetchLimits): Promise<StoredFile> {
    const deadline = AbortSignal.timeout(this.options.totalTimeoutMs);
    const signal = limits.signal === undefined ? deadline : AbortSignal.any([deadline, limits.signal]);
    try {
      return await this.follow(this.rules.parse(url), targetPath, limits.maxBytes, signal);
    } catch (error) {
      throw limits.signal?.aborted === true ? limits.signal.reason : error;
    }
  }

  private async follow(first: URL, path: string, maxBytes: number, signal: AbortSignal): Promise<StoredFile> {
    let url = first;
    let authorization = authorizationOf(first);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      if (url.origin !== first.origin) authorization = null; // and it does not come back, wherever the way leads
      const target = await this.vetInTime(url, signal);
      const answer = await ask(target, { authorization, signal }, this.options);
      try {
        const next = this.redirectOf(answer, target);
        if (next === null) return await store(answer, target, path, maxBytes);
        url = next;
      } finally {
        await answer.close();
      }
    }
    const { origin } = first;
    throw new OutboundRefusedError('redirect', `Cannot fetch from ${origin}: more than ${MAX_REDIRECTS} redirects`);
  }

  /** Looking a name up is part of connecting, but the system's own way takes no timeout. */
  private async vetInTime(url: URL, signal: AbortSignal): Promise<VettedTarget> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(this.options.connectTimeoutMs)]);
    try {
      return await orAborted(this.rules.vet(url), inTime);
    } catch (error) {
      if (error instanceof OutboundRefusedError) {
        const { reason, cause } = error;
        this.options.log?.info('a host that a user named is not asked', { origin: url.origin, reason, cause });
      }
      throw translateFailure(error, url.origin);
    }
  }

  /** Where the answer sends us, judged by scheme; null when it is no redirect. */
  private redirectOf(answer: Answer, { url, origin }: VettedTarget): URL | null {
    if (!REDIRECTS.includes(answer.status)) return null;
    if (answer.location === null) {
      throw new OutboundRefusedError('redirect', `Cannot fetch from ${origin}: it redirects to nowhere`);
    }
    return this.rules.parse(answer.location, url);
  }
}

async function store(answer: Answer, { origin }: VettedTarget, path: string, maxBytes: number): Promise<StoredFile> {
  if (answer.status !== 200) {
    throw new OutboundRefusedError('status', `Cannot fetch from ${origin}: the server answered ${answer.status}`, {
      answered: answer.status,
    });
  }
  const tooLarge = (): Error =>
    new OutboundRefusedError('too-large', `Cannot fetch from ${origin}: the file is larger than ${maxBytes} bytes`);
  if (answer.declaredBytes !== null && answer.declaredBytes > maxBytes) throw tooLarge();
  return writeNewFile(path, answer.body, { maxBytes, tooLarge });
}

/** Credentials in the URL as the person gave it. Those in a redirect are the server's, and are not used. */
function authorizationOf(url: URL): string | null {
  if (url.username === '' && url.password === '') return null;
  return `Basic ${Buffer.from(`${decoded(url.username)}:${decoded(url.password)}`).toString('base64')}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a bare percent sign
  }
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
