import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client as Connection } from 'pg';
import type { Answer } from '../support/client.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { EventReader } from '../support/event-stream.js';
import { expectError } from '../support/expect-error.js';
import { newExecution, type StoredExecution } from '../support/executions.js';
import { testServer } from '../support/test-server.js';
import type { Member, TestTenant } from '../support/world.js';

/** Two processes over one database: the one that is asked never writes the events itself. */
let writing: TestApp;
let reading: TestApp;
let tenant: TestTenant;
let ada: Member;
let install: StoredExecution;
const readers: EventReader[] = [];

beforeAll(async () => {
  writing = await createTestApp();
  reading = await createTestApp({ from: writing });
  tenant = await writing.world.tenant();
  ada = await tenant.member('user');
  install = await newExecution(writing, tenant, ada);
}, 60_000);
afterAll(async () => {
  for (const reader of readers) reader.close();
  await reading?.app.close();
  await writing?.close();
});

async function follow(member: Member = ada, query = '', lastId?: string): Promise<EventReader> {
  const reader = await EventReader.open(reading, member.client, query, lastId);
  readers.push(reader);
  return reader;
}

/** A reader that is known to follow already. */
async function following(member: Member = ada, query = ''): Promise<EventReader> {
  const reader = await follow(member, query);
  while (reader.lastId === '') await new Promise((resolve) => setImmediate(resolve));
  return reader;
}

async function write(execution: StoredExecution, ...texts: string[]): Promise<void> {
  const logs = texts.map((text) => ({ level: 'info', message: { text } }));
  const answer = await tenant.asAdmin.post('/events', { execution_id: execution.id, logs });
  expect(answer.status).toBe(201);
}

const INSERT = `INSERT INTO event (tenant_id, creator_id, visibility, type, timestamp, reported_timestamp, execution_storage_id, message)
  SELECT tenant_id, creator_id, visibility, 'cloudify_log', now(), now(), storage_id, $2 FROM execution WHERE id = $1`;

async function connected(): Promise<Connection> {
  const connection = new Connection({ ...testServer().superuser, database: writing.database.name });
  await connection.connect();
  return connection;
}

function refused(member: Member, query = '', lastId?: string): Promise<Answer> {
  return member.client.get(`/events/stream?${query}`, {
    tenant: tenant.name,
    ...(lastId === undefined ? {} : { headers: { 'last-event-id': lastId } }),
  });
}

describe('GET /events/stream', () => {
  it('hands out what another process writes, in the form of the list', async () => {
    const reader = await following();
    expect(reader.status).toBe(200);
    expect(reader.contentType).toBe('text/event-stream');
    await write(install, 'first', 'second');
    const [first, second] = await reader.next(2);
    expect(first?.data).toMatchObject({ message: 'first', deployment_id: install.deployment, type: 'cloudify_log' });
    const listed = await ada.client.get(`/events?execution_id=${install.id}`);
    expect([first?.data, second?.data]).toEqual(listed.body.items);
    reader.close();
  });

  it('filters as the list does, and narrows', async () => {
    const other = await newExecution(writing, tenant, ada);
    const reader = await following(ada, `deployment_id=${other.deployment}&message=w%25&_include=message,level`);
    await write(install, 'wrong deployment');
    await write(other, 'no', 'wanted');
    expect((await reader.next(1)).map(({ data }) => data as unknown)).toEqual([{ message: 'wanted', level: 'info' }]);
    reader.close();
  });

  it('leaves nothing out and repeats nothing when transactions commit in another order than they write', async () => {
    const reader = await following();
    const [slow, fast] = [await connected(), await connected()];
    try {
      await slow.query('BEGIN');
      await slow.query(INSERT, [install.id, 'slow 1']);
      await fast.query(INSERT, [install.id, 'fast 1']);
      expect(await reader.messages(1)).toEqual(['fast 1']);
      await fast.query(INSERT, [install.id, 'fast 2']);
      expect(await reader.messages(1)).toEqual(['fast 2']);
      await slow.query(INSERT, [install.id, 'slow 2']);
      await slow.query('COMMIT');
      expect(await reader.messages(2)).toEqual(['slow 1', 'slow 2']);
      await slow.query('BEGIN');
      await slow.query(INSERT, [install.id, 'never']);
      await slow.query('ROLLBACK');
      await fast.query(INSERT, [install.id, 'last']);
      expect(await reader.messages(1)).toEqual(['last']);
    } finally {
      await slow.end();
      await fast.end();
      reader.close();
    }
  });

  it('goes on where a reader was, also when what it had not seen began before', async () => {
    const reader = await following();
    const slow = await connected();
    try {
      await slow.query('BEGIN');
      await slow.query(INSERT, [install.id, 'late']);
      await write(install, 'a', 'b', 'c');
      const [, second] = await reader.next(3);
      reader.close();
      await slow.query('COMMIT');
      await write(install, 'd');
      const again = await follow(ada, '', second?.id);
      expect((await again.messages(3)).toSorted()).toEqual(['c', 'd', 'late']);
      await write(install, 'e');
      expect(await again.messages(1)).toEqual(['e']);
      again.close();
    } finally {
      await slow.end();
    }
  });

  it('hands out every event once while many write at once and their transactions overlap', async () => {
    const busy = await newExecution(writing, tenant, ada);
    const reader = await following(ada, `execution_id=${busy.id}`);
    const writers = await Promise.all(Array.from({ length: 4 }, connected));
    try {
      await Promise.all(
        writers.map(async (connection, writer) => {
          for (let round = 0; round < 30; round += 1) {
            await connection.query('BEGIN');
            for (let place = 0; place <= round % 3; place += 1)
              await connection.query(INSERT, [busy.id, `${writer}/${round}/${place}`]);
            await connection.query(round % 7 === 6 ? 'ROLLBACK' : 'COMMIT');
          }
        }),
      );
      const stored = (await ada.client.get(`/events?execution_id=${busy.id}&_include=message`)).body.items as {
        message: string;
      }[];
      expect(stored.length).toBeGreaterThan(150);
      expect((await reader.messages(stored.length)).toSorted()).toEqual(
        stored.map(({ message }) => message).toSorted(),
      );
    } finally {
      await Promise.all(writers.map((connection) => connection.end()));
      reader.close();
    }
  });

  it('begins with what there is where that is wanted, more than a batch of it', async () => {
    const long = await newExecution(writing, tenant, ada);
    const texts = Array.from({ length: 120 }, (_, index) => `line ${index}`);
    await write(long, ...texts);
    const reader = await follow(ada, `execution_id=${long.id}&_history=true`);
    expect(await reader.messages(120)).toEqual(texts);
    const half = await follow(ada, `execution_id=${long.id}&_history=true`);
    const [seventieth] = (await half.next(70)).slice(-1);
    half.close();
    const rest = await follow(ada, `execution_id=${long.id}`, seventieth?.id);
    expect(await rest.messages(50)).toEqual(texts.slice(70));
    reader.close();
    rest.close();
  });

  it('shows what its reader may see, and nothing of others', async () => {
    const bob = await (await writing.world.tenant()).member('user');
    const eve = await tenant.member('user');
    const secret = await newExecution(writing, tenant, ada, { visibility: 'private' });
    const [ofBob, ofEve, ofAda] = [await following(bob), await following(eve), await following(ada)];
    await write(secret, 'private');
    await write(install, 'for all');
    expect(await ofAda.messages(2)).toEqual(['private', 'for all']);
    expect(await ofEve.messages(1)).toEqual(['for all']);
    const own = await newExecution(writing, { name: bob.client.identity.tenant ?? '' }, bob);
    await bob.client.post('/events', { execution_id: own.id, logs: [{ message: { text: 'of bob' } }] });
    expect(await ofBob.messages(1)).toEqual(['of bob']);
    for (const reader of [ofBob, ofEve, ofAda]) reader.close();
  });

  it('ends when its token is revoked, or the rights of its reader go', async () => {
    const leaver = await tenant.member('user');
    const reader = await following(leaver);
    const mover = await tenant.member('user');
    const other = await following(mover);
    await writing.admin.delete('/tenants/users', { tenant_name: tenant.name, username: leaver.username });
    const { items } = (await mover.client.get('/tokens', { tenant: null })).body as { items: { id: string }[] };
    for (const { id } of items) await mover.client.delete(`/tokens/${id}`, undefined, { tenant: null });
    await reader.over();
    await other.over();
    await write(install, 'too late');
    expect(await reader.next(1)).toEqual([]);
  }, 20_000);

  it('refuses who may not list events, what is no id of its own, and unknown filters', async () => {
    const outsider = await writing.world.user();
    expectError(await refused(outsider), 403, 'forbidden_error');
    for (const id of ['7', '1:2;;', '3:2:;;', '1:5:4,3;;', `${'1'.repeat(30)}:5:;;`, '1:5:;1:5:;x', "1:5:;';"])
      expectError(await refused(ada, '', id), 400, 'bad_parameters_error');
    expectError(await refused(ada, 'colour=red'), 400, 'bad_parameters_error');
    expectError(await refused(ada, 'type=odd'), 400, 'bad_parameters_error');
  });

  it('lets nobody have all the places', async () => {
    const greedy = await tenant.member('user');
    const open = await Promise.all(Array.from({ length: 8 }, () => follow(greedy)));
    const ninth = await follow(greedy);
    expect(ninth.status).toBe(429);
    expect((await following(ada)).status).toBe(200);
    for (const reader of open) reader.close();
  });
});
