import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createTestApp, type TestApp } from '../support/app.js';
import { expectStatus } from '../support/expect-error.js';
import { asSuperuser } from '../support/superuser.js';

/* Lists of any size, without a page's worth of memory, and without a connection for everybody who reads slowly. */

const TOKENS = 30_000;
const POOL = 6;

let test: TestApp;
let port: number;
beforeAll(async () => {
  test = await createTestApp({ config: { databasePoolSize: POOL } });
  await asSuperuser(test.database, (client) =>
    client.query(
      `INSERT INTO access_token (id, user_id, mac, token_epoch, description, created_at)
       SELECT 'many' || n, 0, 'x', 1, rpad(n::text, 250, 'd'), timestamptz '2020-01-01' + n * interval '1 second'
         FROM generate_series(1, ${TOKENS}) n`,
    ),
  );
  await test.app.listen(0, '127.0.0.1');
  port = (test.app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => test?.close());

/** Asks over a socket and takes no more of the answer than its head. */
function open(query: string): Promise<IncomingMessage> {
  const { token = '' } = test.admin.identity;
  return new Promise((resolve, reject) => {
    const headers = { 'authentication-token': token };
    get({ host: '127.0.0.1', port, path: `/api/v3.1/tokens?${query}`, headers, agent: false }, resolve).on(
      'error',
      reject,
    );
  });
}

describe('a list of everything', () => {
  it('is whole, in order, and counted', async () => {
    const answer = await open(`_size=1000000&_include=id&_sort=created_at`);
    const { items, metadata } = JSON.parse(await text(answer)) as {
      items: { id: string }[];
      metadata: { pagination: object };
    };
    expect(metadata.pagination).toEqual({ total: TOKENS + 1, size: 1_000_000, offset: 0 });
    expect(items).toHaveLength(TOKENS + 1);
    expect(items.slice(0, TOKENS).map(({ id }) => id)).toEqual(
      Array.from({ length: TOKENS }, (_, n) => `many${n + 1}`),
    );
  });

  it('is the same where it is long only in name', async () => {
    const { body } = expectStatus(
      await test.admin.get(`/tokens?_size=5000&_offset=${TOKENS - 3}&_include=id&_sort=created_at`),
      200,
    );
    expect(body.items.slice(0, 3)).toEqual([1, 2, 3].map((n) => ({ id: `many${TOKENS - 3 + n}` })));
    expect(body.metadata.pagination).toEqual({ total: TOKENS + 1, size: 5000, offset: TOKENS - 3 });
    const beyond = await test.admin.get('/tokens?_size=5000&_offset=1000000');
    expect([beyond.body.items, beyond.body.metadata.pagination.total]).toEqual([[], TOKENS + 1]);
  });

  it('that cannot be read is refused, and the next is answered', async () => {
    for (const query of ['description=a%00b', 'id=%00', '_search=%00&description=%00']) {
      const answer = await test.admin.get(`/tokens?_size=1000000&${query}`);
      expect([answer.status, answer.body.error_code]).toEqual([400, 'bad_parameters_error']);
    }
    expectStatus(await test.admin.get('/tokens?_size=1000000&_offset=9007199254740991'), 200);
    for (const query of ['creator_name=%00', 'execution_id=a%00b'])
      expect((await test.admin.get(`/audit?size=0&${query}`)).status).toBeLessThan(500);
    expectStatus(await test.admin.get('/user'), 200);
  });

  it('stops nobody else while many read it slowly, and goes on for the next when they leave', async () => {
    const slow: IncomingMessage[] = [];
    const asked = Array.from({ length: 3 * POOL }, () =>
      open('_size=1000000').then(
        (answer) => void slow.push(answer),
        () => undefined,
      ),
    );
    const deadline = Date.now() + 20_000;
    while (slow.length === 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    expect(slow.length).toBeGreaterThan(0);

    for (let turn = 0; turn < 20; turn += 1) {
      expectStatus(await test.admin.get('/user'), 200);
      expectStatus(await test.admin.get('/tokens?_size=10'), 200);
      expectStatus(await test.admin.get('/tenants?_get_all_results=true'), 200);
    }
    expectStatus(await test.admin.post('/tokens', {}), 200);

    // Whoever waits gets a place as soon as somebody leaves.
    const state = { isOver: false };
    const all = Promise.all(asked).then(() => (state.isOver = true));
    while (!state.isOver && Date.now() < deadline + 20_000) {
      for (const answer of slow.splice(0)) answer.destroy();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await all).toBe(true);
    for (const answer of slow) answer.destroy();
    const again = await text(await open('_size=1000000&_include=id'));
    expect(JSON.parse(again).metadata.pagination.total).toBe(TOKENS + 2);
  }, 60_000);
});
