import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AuditVerifier } from '../../src/modules/audit/proof/audit-verifier.service.js';
import { AuditWorker } from '../../src/modules/audit/sealing/audit-worker.js';
import { AuditSink } from '../../src/platform/audit/audit-sink.js';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Member } from '../support/world.js';
import { actorCtx, event } from './audit-world.js';

const RECORD = {
  ref_table: 'users',
  ref_id: 5,
  operation: 'update',
  creator_name: 'zoe',
  created_at: '2020-01-02T03:04:05.006',
};

describe('the audit routes', () => {
  let test: TestApp;
  let auditor: Member;
  let nobody: Member;

  beforeAll(async () => {
    test = await createTestApp();
    auditor = await test.world.user('sys_admin');
    nobody = await (await test.world.tenant()).member('manager');
    await test.app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await test.close();
  });

  it.each([
    ['GET', '/audit'],
    ['DELETE', '/audit?before=2000-01-01'],
    ['POST', '/audit'],
    ['GET', '/audit/stream'],
  ] as const)('%s %s are a system administrator’s alone, and both refusals are recorded', async (method, path) => {
    expect((await test.stranger.send(method, path, [])).status).toBe(401);
    expect((await nobody.client.send(method, path, [])).status).toBe(403);
    const answer = await auditor.client.get('/audit', {
      query: { kind: 'all', desc: 'true', size: '10', creator_name: nobody.username },
    });
    expect(answer.body.items[0]).toMatchObject({ operation: 'denied', outcome: 'denied' });
  });

  it('list what was done, without a tenant', async () => {
    const group = await test.world.group();
    const answer = await auditor.client.get('/audit', { query: { order_by: 'created_at', desc: 'True', size: '5' } });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.body.items[0]).toMatchObject({ ref_table: 'groups', operation: 'create', creator_name: 'admin' });
    expect(JSON.stringify(answer.body.items[0])).not.toContain('null');
    expect(answer.body.metadata).toEqual({ pagination: { offset: 0, size: 5, total: expect.any(Number) } });
    expect(group).toBeTruthy();
    const all = await auditor.client.get('/audit', { query: { size: '0' } });
    expect(all.body.items).toHaveLength(all.body.metadata.pagination.total);
    expect(all.body.metadata.pagination.size).toBe(all.body.metadata.pagination.total);
  });

  it.each([
    ['size=-1', 'size', 'value_error.number.not_ge'],
    ['desc=perhaps', 'desc', 'type_error.bool'],
    ['order_by=x', 'order_by', 'value_error'],
    ['since=2020-01-01&before=2021-01-01', 'since', 'value_error'],
    ['since=soon', 'since', 'value_error.datetime'],
    ['creator_name=a%00b', 'creator_name', 'value_error'],
  ])('answer 422 for ?%s', async (query, name, type) => {
    const answer = await auditor.client.get(`/audit?${query}`);
    expect(answer.status).toBe(422);
    expect(answer.body).toEqual(problem(['query', name], type));
  });

  it('answer 422 before a stream begins', async () => {
    const answer = await auditor.client.get('/audit/stream?since=2020-01-01&before=2021-01-01');
    expect([answer.status, answer.body]).toEqual([422, problem(['query', 'since'], 'value_error')]);
  });

  it('take records from elsewhere', async () => {
    const answer = await auditor.client.post('/audit', [RECORD, RECORD]);
    expect([answer.status, answer.text]).toEqual([204, '']);
    const found = await auditor.client.get('/audit', { query: { creator_name: 'zoe' } });
    expect(found.body.items).toEqual([
      expect.objectContaining({ ref_table: 'users', created_at: '2020-01-02T03:04:05.006' }),
      expect.objectContaining({ ref_id: 5 }),
    ]);
  });

  it('refuse bodies that are none, and store nothing of them', async () => {
    const before = (await auditor.client.get('/audit', { query: { creator_name: 'zoe' } })).body.metadata.pagination
      .total;
    const refused = async (body: unknown): Promise<unknown> => {
      const answer = await auditor.client.post('/audit', body);
      expect(answer.status).toBe(422);
      return answer.body;
    };
    expect(await refused('{"a":')).toEqual(problem(['body'], 'type_error.list'));
    expect(await refused({})).toEqual(problem(['body'], 'type_error.list'));
    expect(await refused('')).toEqual(problem(['body'], 'type_error.list'));
    expect(await refused([RECORD, { ...RECORD, secret: 1 }])).toEqual(
      problem(['body', 1, 'secret'], 'value_error.extra'),
    );
    expect((await auditor.client.post('/audit', '[]', { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    expect((await auditor.client.post('/audit', `[${' '.repeat(1_100_000)}]`)).status).toBe(413);
    expect((await auditor.client.put('/audit', [])).status).toBe(405);
    const after = (await auditor.client.get('/audit', { query: { creator_name: 'zoe' } })).body.metadata.pagination
      .total;
    expect(after).toBe(before);
  });

  it('remove old records, and the log still verifies', async () => {
    expect((await auditor.client.delete('/audit')).body).toEqual(problem(['query', 'before'], 'value_error.missing'));
    await auditor.client.post('/audit', [RECORD, { ...RECORD, created_at: '2020-01-03T00:00:00' }]);
    await test.app.get(AuditWorker).round();
    const answer = await auditor.client.delete('/audit', undefined, { query: { before: '2020-01-02T23:59:59' } });
    expect(answer.body).toEqual({ deleted: expect.any(Number) });
    expect(answer.body.deleted).toBeGreaterThan(0);
    const left = await auditor.client.get('/audit', { query: { before: '2020-12-31' } });
    expect(left.body.items).toEqual([expect.objectContaining({ created_at: '2020-01-03T00:00:00.000' })]);
    const faults: unknown[] = [];
    const report = await test.app.get(AuditVerifier).verify({ onFault: (fault) => faults.push(fault) });
    expect(faults).toEqual([]);
    expect(report).toMatchObject({ isIntact: true, removed: answer.body.deleted });
  });

  describe('the stream', () => {
    it('begins at once and brings each new record as JSON and an empty line', async () => {
      const response = await follow(test, auditor, '?creator_name=streamed');
      expect(response.statusCode).toBe(200);
      expect(response.headers['content-type']).toBe('text/event-stream');
      expect(response.headers['content-encoding']).toBeUndefined();
      await record(test, 'somebody');
      await record(test, 'streamed');
      const [chunk] = (await once(response, 'data')) as [Buffer];
      expect(chunk.toString()).toMatch(/^\{"id":\d+,.*"creator_name":"streamed".*\}\n\n$/);
      response.destroy();
    });

    it('ends when its reader loses the right to read', async () => {
      const leaver = await test.world.user('sys_admin');
      const response = await follow(test, leaver, '');
      const closed = new Promise<void>((resolve) => response.once('close', resolve));
      response.on('error', () => undefined).resume();
      await test.admin.post(`/users/active/${leaver.username}`, { action: 'deactivate' });
      test.clock.advance(31_000);
      await record(test, 'nudge');
      await test.app.get(AuditWorker).round();
      await closed;
      expect(response.complete).toBe(false);
    });

    it('ends properly when the manager stops', async () => {
      const response = await follow(test, auditor, '');
      const ended = once(response, 'end');
      response.resume();
      const closing = test.app.close();
      await ended;
      await closing;
      expect([...test.log.at('error'), ...test.log.at('warn')]).toEqual([]);
    });
  });
});

function problem(loc: unknown[], type: string): unknown {
  return { detail: [{ loc, msg: expect.any(String), type }] };
}

/** Opens the stream over a real connection and resolves when its headers are there. */
async function follow({ app }: TestApp, member: Member, query: string): Promise<IncomingMessage> {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const headers = { 'authentication-token': member.client.identity.token ?? '', 'accept-encoding': 'gzip' };
  const request = get(`http://127.0.0.1:${port}/api/v3.1/audit/stream${query}`, { headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

function record({ app }: TestApp, name: string): Promise<void> {
  return app.get(AuditSink, { strict: false }).record(actorCtx(name), event());
}
