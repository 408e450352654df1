import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { readPage, readSelection } from '../../src/modules/audit/api/audit-query.js';
import { readInjected } from '../../src/modules/audit/api/injected-records.js';
import type { AuditList } from '../../src/modules/audit/audit.service.js';
import { JsonStream } from '../../src/platform/http/json-stream.js';
import { actorCtx, AuditWorld, event, type AuditProcess } from './audit-world.js';

const ADMIN = actorCtx('admin');

describe('reading the audit log', () => {
  let world: AuditWorld;
  let one: AuditProcess;

  beforeEach(async () => {
    world = await AuditWorld.create();
    one = await world.process();
  });

  afterEach(async () => {
    await world.close();
  });

  async function list(query: Record<string, string>): Promise<AuditList> {
    const answer = await one.audit.list(ADMIN, readPage(query));
    if (!(answer instanceof JsonStream)) return answer;
    const parsed: AuditList = JSON.parse(await text(answer.stream));
    return parsed;
  }

  const ids = async (query: Record<string, string>): Promise<unknown[]> =>
    (await list(query)).items.map((item) => item['id']);

  async function fill(): Promise<void> {
    await one.sink.record(actorCtx('ada'), event());
    world.clock.advance(1_000);
    await one.sink.record(actorCtx('bob', { executionId: 'run-1' }), event({ operation: 'update', refId: null }));
    world.clock.advance(1_000);
    await one.sink.record(
      actorCtx('ada'),
      event({ operation: 'login', action: 'login.basic', refTable: null, refId: null }),
    );
    await one.sink.record(actorCtx('ada'), event({ operation: 'create', outcome: 'failure' }));
    world.clock.advance(1_000);
    await one.sink.record(actorCtx('cy'), event({ operation: 'delete' }));
  }

  it('shows changes in the shape of the contract, without the keys that have no value', async () => {
    await fill();
    const { items, metadata } = await list({});
    expect(items.map(({ operation }) => operation)).toEqual(['create', 'update', 'delete']);
    expect(items[0]).toEqual({
      id: 1,
      ref_table: 'secrets',
      ref_id: 1,
      ref_identifier: { tenant_id: 3, id: 'db_password' },
      operation: 'create',
      creator_name: 'ada',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/),
    });
    expect(items[1]).toMatchObject({ execution_id: 'run-1' });
    expect(items[1]).not.toHaveProperty('ref_id');
    expect(metadata).toEqual({ pagination: { offset: 0, size: 100, total: 3 } });
  });

  it('shows everything, and more of it, with kind=all', async () => {
    await fill();
    const { items } = await list({ kind: 'all' });
    expect(items.map(({ action }) => action)).toEqual([
      'secret.create',
      'secret.create',
      'login.basic',
      'secret.create',
      'secret.create',
    ]);
    expect(items[3]).toMatchObject({
      outcome: 'failure',
      auth_method: 'token',
      source_address: '192.0.2.1',
      tenant_name: 'blue',
    });
  });

  it('selects by creator, execution and time, both ends included', async () => {
    await fill();
    const times = (await list({ kind: 'all' })).items.map((item) => String(item['created_at']));
    expect(await ids({ creator_name: 'ada', kind: 'all' })).toEqual([1, 3, 4]);
    expect(await ids({ creator_name: 'ADA' })).toEqual([]);
    expect(await ids({ execution_id: 'run-1' })).toEqual([2]);
    expect(await ids({ since: times[1] ?? '' })).toEqual([2, 5]);
    expect(await ids({ before: times[1] ?? '' })).toEqual([1, 2]);
    expect(await ids({ creator_name: `' OR true --` })).toEqual([]);
  });

  it('sorts as asked, and pages without repeating or skipping', async () => {
    await one.recordMany(25, (index) => ({ refTable: index % 2 === 0 ? 'users' : 'roles' }), 1);
    expect(await ids({ desc: 'true', size: '2' })).toEqual([25, 24]);
    const paged: unknown[] = [];
    for (let offset = 0; offset < 25; offset += 4) {
      paged.push(...(await ids({ order_by: 'ref_table', size: '4', offset: String(offset) })));
    }
    expect(new Set(paged).size).toBe(25);
    expect(paged).toEqual(await ids({ order_by: 'ref_table,id', size: '0' }));
  });

  it('streams a list without limit, and says its total as size', async () => {
    await one.recordMany(1_234, () => ({}), 64);
    const answer = await one.audit.list(ADMIN, readPage({ size: '0' }));
    expect(answer).toBeInstanceOf(JsonStream);
    const { items, metadata } = await list({ size: '0', offset: '4' });
    expect(items).toHaveLength(1_230);
    expect(metadata.pagination).toEqual({ offset: 4, size: 1_234, total: 1_234 });
  });

  it('lets go of the database when the reader of a long list leaves', async () => {
    await one.recordMany(3_000, () => ({ details: { filler: 'x'.repeat(200) } }), 64);
    const answer = await one.audit.list(ADMIN, readPage({ size: '0', kind: 'all' }));
    if (!(answer instanceof JsonStream)) throw new Error('not streamed');
    answer.stream.once('error', () => undefined);
    answer.stream.destroy();
    while ((await openTransactions(world)) > 0) await setImmediate();
    expect(await openTransactions(world)).toBe(0);
  });

  it('takes records from elsewhere, and says who brought them', async () => {
    const record = {
      ref_table: 'users',
      ref_id: 5,
      operation: 'update',
      creator_name: 'zoe',
      created_at: '2020-01-02T03:04:05.006',
    };
    await one.audit.inject(ADMIN, readInjected([record, { ...record, ref_identifier: { _tenant_id: 1, name: 'x' } }]));
    const { items } = await list({ creator_name: 'zoe', kind: 'all' });
    expect(items).toHaveLength(2);
    expect(items[1]).toMatchObject({
      ref_table: 'users',
      ref_identifier: { tenant_id: 1, name: 'x' },
      created_at: '2020-01-02T03:04:05.006',
      action: 'audit.injected',
      details: { injected_by: 'admin' },
    });
    expect((await list({ kind: 'all', creator_name: 'admin' })).items).toEqual([
      expect.objectContaining({ action: 'audit.inject', details: { records: 2 } }),
    ]);
  });

  describe('as a stream', () => {
    it('replays what is stored since a time, then follows, each record with an empty line and no data: prefix', async () => {
      await fill();
      await one.worker.round();
      const { items } = await list({});
      const stream = await one.streams.stream(readSelection({ since: String(items[1]?.['created_at']) }), allowed);
      expect((await take(one, stream, 2)).map(({ operation }) => operation)).toEqual(['update', 'delete']);
      await one.sink.record(actorCtx('ada'), event({ refId: 77 }));
      expect(await take(one, stream, 1)).toEqual([expect.objectContaining({ ref_id: 77 })]);
      stream.destroy();
    });

    it('without since shows only what comes, also what other processes write', async () => {
      await fill();
      await one.worker.round();
      const stream = await one.streams.stream(readSelection({ creator_name: 'dora' }), allowed);
      const other = await world.process();
      await other.recordMany(3, () => ({}));
      await other.sink.record(actorCtx('dora'), event());
      expect(await take(one, stream, 1)).toEqual([expect.objectContaining({ creator_name: 'dora' })]);
      stream.destroy();
    });

    it('shows logins and checkpoints with kind=all', async () => {
      await fill();
      await one.worker.round();
      const stream = await one.streams.stream(readSelection({ since: '2000-01-01', kind: 'all' }), allowed);
      const found = await take(one, stream, 6);
      expect(found[2]).toMatchObject({ operation: 'login' });
      expect(found[5]).toMatchObject({ checkpoint: { seq: 5, signature: expect.any(String) } });
      stream.destroy();
    });

    it('keeps nothing for a reader that does not read', async () => {
      await one.recordMany(6_000, () => ({ details: { filler: 'x'.repeat(300) } }), 64);
      await one.worker.round();
      const stream = await one.streams.stream(readSelection({ since: '2000-01-01', kind: 'all' }), allowed);
      stream.once('readable', () => undefined);
      for (let turn = 0; turn < 50; turn += 1) await setImmediate();
      expect(stream.readableLength).toBeLessThan(4 * 1024 ** 2); // one stretch of the chain, not the log
      stream.destroy();
    });

    it('ends when the manager stops, and no new one begins', async () => {
      const stream = await one.streams.stream(readSelection({}), allowed);
      const stalled = await one.streams.stream(readSelection({}), allowed);
      const ended = new Promise<void>((resolve) => stream.once('end', resolve));
      stream.resume();
      await one.streams.close();
      await ended;
      expect(stalled.destroyed).toBe(true);
      await expect(one.streams.stream(readSelection({}), allowed)).rejects.toMatchObject({ status: 503 });
    });

    it('is limited in number, and a reader that leaves makes room', async () => {
      const streams = await Promise.all(
        Array.from({ length: 50 }, () => one.streams.stream(readSelection({}), allowed)),
      );
      await expect(one.streams.stream(readSelection({}), allowed)).rejects.toMatchObject({ status: 503 });
      const [first] = streams;
      const closed = new Promise<void>((resolve) => first?.once('close', resolve));
      first?.destroy();
      await closed;
      const next = await one.streams.stream(readSelection({}), allowed);
      for (const stream of [...streams, next]) stream.destroy();
    });
  });
});

async function openTransactions(world: AuditWorld): Promise<number> {
  const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;
  return (await world.asOwner(sql)).length;
}

const allowed = (): Promise<void> => Promise.resolve();

/** Reads records until there are so many, while the worker does its rounds. */
async function take(one: AuditProcess, stream: Readable, count: number): Promise<Record<string, unknown>[]> {
  let found = '';
  while (recordsOf(found).length < count) {
    const chunk: Buffer | null = stream.read();
    if (chunk !== null) found += chunk.toString('utf8');
    else await Promise.race([new Promise((resolve) => stream.once('readable', resolve)), one.worker.round()]);
  }
  return recordsOf(found).map((record): Record<string, unknown> => JSON.parse(record));
}

/** Each record is followed by an empty line. */
function recordsOf(stream: string): string[] {
  return stream.split('\n\n').slice(0, -1);
}
