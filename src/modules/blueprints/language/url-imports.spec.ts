import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileStore, Staging, StoredFile } from '../../../platform/files/file-store.js';
import { Outbound, type FetchLimits } from '../../../platform/outbound/outbound.js';
import { OutboundRefusedError, type OutboundRefusalReason } from '../../../platform/outbound/outbound-refused-error.js';
import type { Answer } from './parse-messages.js';
import { UrlImports, type UrlImportOptions } from './url-imports.js';

const URL = 'https://user:pass@a.example/types.yaml';
const never = new AbortController().signal;
/** An answer that never comes. */
const SILENCE = Symbol('silence');
let open = 0;

/** Staging folders that are counted. */
const store = {
  stage: async (): Promise<Staging> => {
    const path = await mkdtemp(join(tmpdir(), 'holdfast-url-'));
    open += 1;
    return {
      path,
      discard: async () => {
        open -= 1;
        await rm(path, { recursive: true });
      },
    };
  },
} as FileStore;

/** Answers one after the other: a text, or a failure. */
class FakeOutbound extends Outbound {
  readonly asked: string[] = [];

  constructor(private readonly answers: readonly (string | Error | typeof SILENCE)[]) {
    super();
  }

  override async fetchToFile(url: string, path: string, { signal }: FetchLimits): Promise<StoredFile> {
    const answer = this.answers[Math.min(this.asked.length, this.answers.length - 1)];
    this.asked.push(url);
    if (answer === SILENCE) {
      await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    }
    if (answer instanceof Error) throw answer;
    const text = typeof answer === 'string' ? answer : '';
    await writeFile(path, text);
    return { bytes: text.length, sha256: '' };
  }
}

const failed = (reason: OutboundRefusalReason, answered?: number): OutboundRefusedError =>
  new OutboundRefusedError(reason, `Cannot fetch: ${reason}`, answered === undefined ? {} : { answered });

async function fetched(
  answers: readonly (string | Error | typeof SILENCE)[],
  options: Partial<UrlImportOptions> = {},
): Promise<{ readonly answer: Answer; readonly asked: number }> {
  const outbound = new FakeOutbound(answers);
  const bounds = { attempts: 6, pauseMs: 0, timeoutMs: 10_000, maxUrls: 10, maxBytes: 1_000 };
  const answer = await new UrlImports(outbound, store, { ...bounds, ...options }).fetch(URL, never);
  return { answer, asked: outbound.asked.length };
}

afterEach(() => {
  if (open !== 0) throw new Error('A staging folder was left open.');
});

describe('an import by URL', () => {
  it('is fetched under the outbound policy', async () => {
    expect(await fetched(['inputs: {}'])).toEqual({
      answer: { kind: 'bytes', bytes: Buffer.from('inputs: {}') },
      asked: 1,
    });
  });

  it.each([
    ['the connection', failed('connection')],
    ['time', failed('timeout')],
    ['the server', failed('status', 503)],
  ])('that fails for a passing reason, %s, is tried again [§5.2]', async (_what, failure) => {
    expect(await fetched([failure, failure, 'ok'])).toMatchObject({ answer: { kind: 'bytes' }, asked: 3 });
    expect(await fetched([failure])).toMatchObject({ answer: { kind: 'absent' }, asked: 6 });
  });

  it.each([
    ['a status below 500', failed('status', 404)],
    ['the policy', failed('address')],
    ['the scheme', failed('scheme')],
    ['the certificate', failed('certificate')],
    ['its size', failed('too-large')],
  ])('that is refused for good, by %s, is not', async (_what, failure) => {
    expect(await fetched([failure, 'ok'])).toEqual({ answer: { kind: 'absent', reason: failure.message }, asked: 1 });
  });

  it('has a time for each attempt', async () => {
    expect(await fetched([SILENCE, 'ok'], { timeoutMs: 5 })).toMatchObject({ answer: { kind: 'bytes' }, asked: 2 });
  });

  it.each(['file:///etc/passwd', 'FILE:///etc/passwd', 'file:relative'])('never opens %s', async (url) => {
    const outbound = new FakeOutbound(['secret']);
    expect(await new UrlImports(outbound, store).fetch(url, never)).toMatchObject({ kind: 'absent' });
    expect(outbound.asked).toEqual([]);
  });

  it('is one of a bounded number, and of a bounded size together', async () => {
    const outbound = new FakeOutbound(['x'.repeat(10)]);
    const imports = new UrlImports(outbound, store, {
      attempts: 1,
      pauseMs: 0,
      timeoutMs: 1_000,
      maxUrls: 3,
      maxBytes: 20,
    });
    const kinds: string[] = [];
    for (let url = 0; url < 5; url += 1) kinds.push((await imports.fetch(URL, never)).kind);
    expect(kinds).toEqual(['bytes', 'bytes', 'absent', 'absent', 'absent']);
    expect(outbound.asked).toHaveLength(3);
  });

  it('ends with its parse, also between two attempts', async () => {
    const stop = new AbortController();
    const imports = new UrlImports(new FakeOutbound([failed('connection')]), store);
    const fetching = imports.fetch(URL, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(fetching).rejects.toThrow(/stopped|aborted/);
    const waiting = new UrlImports(new FakeOutbound([SILENCE]), store).fetch(URL, AbortSignal.timeout(5));
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('lets what is our own fault fly', async () => {
    await expect(fetched([new Error('the disk is full')])).rejects.toThrow('the disk is full');
  });
});
