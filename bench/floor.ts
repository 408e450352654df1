import Fastify from 'fastify';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';

/**
 * The floor: a bare Fastify over the same TLS and the same database server, whose handlers run only the statements that
 * cannot be spared and check nothing. Started as a process of its own: `floor.ts CERT KEY DATABASE_URL POOL`.
 */
const [certificate = '', key = '', databaseUrl = '', poolSize = '16'] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: Number(poolSize) });
pool.on('error', () => undefined); // the server may end before us

await pool.query(`
  CREATE TABLE IF NOT EXISTS person (id int PRIMARY KEY, token text UNIQUE, username text, role text, active boolean, created_at timestamptz(3));
  CREATE TABLE IF NOT EXISTS item (id uuid PRIMARY KEY, key text UNIQUE, value text, visibility text, hidden boolean, owner text, tenant text,
    created_at timestamptz(3) DEFAULT now(), updated_at timestamptz(3) DEFAULT now(), provider text);
  CREATE TABLE IF NOT EXISTS audit (id bigserial PRIMARY KEY, at timestamptz(3) DEFAULT now(), who text, what text);
  CREATE TABLE IF NOT EXISTS plan (id bigserial PRIMARY KEY, name text, visibility text, state text, owner text, tenant text, created_at timestamptz(3));
  CREATE INDEX IF NOT EXISTS plan_created_at_ix ON plan (created_at);
`);
await pool.query(`INSERT INTO person VALUES (1, 't', 'someone', 'default', true, now()) ON CONFLICT DO NOTHING`);
const { rows: counted } = await pool.query<{ items: number }>('SELECT count(*)::int AS items FROM item');
if (counted[0]?.items === 0) {
  await pool.query(
    `INSERT INTO item (id, key, value, visibility, hidden, owner, tenant) SELECT gen_random_uuid(), 'key_' || n, 'value', 'tenant', false, 'someone', 'bench' FROM generate_series(1, 1000) n`,
  );
  await pool.query(
    `INSERT INTO plan (name, visibility, state, owner, tenant, created_at) SELECT 'bp_' || n, 'tenant', 'uploaded', 'someone', 'bench', now() - make_interval(secs => n) FROM generate_series(1, 100000) n`,
  );
  await pool.query('VACUUM ANALYZE item, plan');
}

/** One commit for all who wait meanwhile. */
let waiting: (() => void)[] = [];
let isWriting = false;
async function recorded(): Promise<void> {
  const mine = new Promise<void>((resolve) => waiting.push(resolve));
  if (!isWriting) void writeAll();
  return mine;
}
async function writeAll(): Promise<void> {
  isWriting = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    await pool.query({
      name: 'audit',
      text: `INSERT INTO audit (who, what) SELECT 'someone', 'read' FROM generate_series(1, $1::int)`,
      values: [batch.length],
    });
    for (const resolve of batch) resolve();
  }
  isWriting = false;
}

const app = Fastify({ logger: false, https: { cert: readFileSync(certificate), key: readFileSync(key) } });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) =>
  done(null, JSON.parse(String(body) || '{}')),
);

app.get('/user', async () => {
  const { rows } = await pool.query({ name: 'user', text: 'SELECT * FROM person WHERE token = $1', values: ['t'] });
  return rows[0] as object;
});
app.get<{ Params: { key: string } }>('/secrets/:key', async (request) => {
  const { rows } = await pool.query({
    name: 'secret',
    text: 'SELECT * FROM item WHERE key = $1',
    values: [request.params.key],
  });
  await recorded();
  return rows[0] as object;
});
app.get('/secrets', async () => {
  const { rows } = await pool.query({
    name: 'secrets',
    text: 'SELECT key, created_at, updated_at, visibility, tenant, owner, hidden, provider FROM item ORDER BY created_at LIMIT 1000',
  });
  return { items: rows, metadata: { pagination: { total: 1000, size: 1000, offset: 0 } } };
});
app.get('/blueprints', async () => {
  const [page, count] = await Promise.all([
    pool.query({ name: 'page', text: 'SELECT * FROM plan ORDER BY created_at DESC LIMIT 50' }),
    pool.query<{ total: number }>({ name: 'count', text: 'SELECT count(*)::int AS total FROM plan' }),
  ]);
  return { items: page.rows, metadata: { pagination: { total: count.rows[0]?.total, size: 50, offset: 0 } } };
});
app.put<{ Params: { key: string }; Body: { value: string } }>('/secrets/:key', async (request) => {
  await pool.query({
    name: 'put',
    text: `WITH a AS (INSERT INTO audit (who, what) VALUES ('someone', 'put')) INSERT INTO item (id, key, value, visibility, hidden, owner, tenant) VALUES ($1, $2, $3, 'tenant', false, 'someone', 'bench')`,
    values: [randomUUID(), request.params.key, request.body.value],
  });
  return { key: request.params.key };
});
app.post('/tokens', async () => {
  const id = randomBytes(8).toString('hex');
  await pool.query({
    name: 'token',
    text: `WITH a AS (INSERT INTO audit (who, what) VALUES ('someone', 'token')) INSERT INTO item (id, key, value) VALUES ($1, $2, 'x')`,
    values: [randomUUID(), `token_${id}`],
  });
  return { id };
});

const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`ready ${address}\n`);
process.once('SIGTERM', () => {
  void app.close().then(() => pool.end());
});
