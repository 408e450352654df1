import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres.js';
import { blueprintOf } from '../support/blueprints.js';
import { basicHeader } from '../support/client.js';
import { ManagerProcess, newDataDir, type WireAnswer } from '../support/manager-process.js';

/*
 * Secrets that nobody else uses go through every route while the manager logs all it has to say. Afterwards they are
 * looked for everywhere: what it printed, what it answered, its database as a dump, and every file that it leaves.
 */

const START_MS = 90_000;
/** How each of them begins, so that one search finds any. */
const MARK = `canary${randomBytes(4).toString('hex')}`;

let dataDir: string;
let manager: ManagerProcess;
let admin: Record<string, string>;
const canaries = new Map<string, string>();
/** What was answered to whom; answers that may hold a secret, because that is what they are for, are not kept. */
const answers: { readonly about: string; readonly text: string }[] = [];

/** A secret that occurs nowhere else, good enough for a password. */
function canary(about: string): string {
  // In small letters: some of what they are typed into is folded.
  const value = `${MARK}${randomBytes(18).toString('hex')}`;
  canaries.set(value, about);
  return value;
}

beforeAll(async () => {
  dataDir = await newDataDir();
  manager = await ManagerProcess.start(dataDir, {
    env: {
      HOLDFAST_LOG_LEVEL: 'debug',
      HOLDFAST_AUDIT_LOG_LEVEL: 'DEBUG',
      HOLDFAST_LOG_DIRECTORY: path.join(dataDir, 'service-log'),
    },
  });
  const password = await manager.adminPassword();
  canaries.set(password, 'the first password of admin');
  admin = { authorization: basicHeader('admin', password), tenant: 'default_tenant' };
}, START_MS);

afterAll(async () => {
  await manager?.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
}, START_MS);

interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** The answer is where the secret belongs. */
  readonly reveals?: boolean;
}

const auth = (name: string, password: string): Sent => ({ headers: { authorization: basicHeader(name, password) } });

const token = (text: string): Sent => ({ headers: { 'authentication-token': text } });

async function send(
  method: string,
  target: string,
  { headers = admin, body, reveals = false }: Sent = {},
): Promise<WireAnswer> {
  const address = target.startsWith('/api/') || target.startsWith('/resources/') ? target : `/api/v3.1${target}`;
  const answer = await manager.request(address, { method, headers, ...(body === undefined ? {} : { body }) });
  if (!reveals || answer.status >= 400) answers.push({ about: `${method} ${target}`, text: answer.text });
  return answer;
}

async function expectSent(status: number, ...request: Parameters<typeof send>): Promise<WireAnswer> {
  const answer = await send(...request);
  expect([request[0], request[1], answer.status, answer.text]).toEqual([
    request[0],
    request[1],
    status,
    expect.anything(),
  ]);
  return answer;
}

const OPERATED = (outside: string): string => `tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
node_templates:
  told:
    type: cloudify.nodes.Root
    properties: {}
    interfaces:
      cloudify.interfaces.lifecycle:
        create:
          implementation: tell.sh
          inputs:
            password: {get_secret: runtime}
            address: {concat: ['user:', {get_secret: nested}, '@db']}
            outside: ${outside}
        start:
          implementation: fail.sh
          max_retries: 1
          retry_interval: 0
          inputs:
            password: {get_secret: runtime}
            outside: ${outside}
outputs:
  address: {value: {concat: ['user:', {get_secret: nested}, '@db']}}
`;

/** Tells all it knows, and gives its input back as its result. */
const TELL = `#!/bin/bash
token=$(ctx rest_token)
outside=$(ctx operation inputs outside 2>/dev/null || echo "$outside")
echo "$password $address" >> "$outside/had"
echo "$token" >> "$outside/tokens"
echo "told on its output: $password $address $token"
echo "told on its errors: $password $token" >&2
env
ctx logger info "told by its log: $password $address $token"
ctx logger debug "told by its log: $password"
`;

const FAIL = `#!/bin/bash
echo "$(ctx rest_token)" >> "$outside/tokens"
echo "told as its failure: $password" >&2
ctx logger error "told by its log: $password"
exit 7
`;

/** Runs a workflow to its end. */
async function ran(
  workflow: string,
  parameters: object = {},
): Promise<{ readonly id: string; readonly status: string; readonly error: string }> {
  const { body: started } = await expectSent(201, 'POST', '/executions', {
    body: { deployment_id: 'operated', workflow_id: workflow, parameters, force: true },
  });
  for (;;) {
    const { body } = await send('GET', `/executions/${started.id}`);
    if (['terminated', 'failed', 'cancelled'].includes(body.status as string)) return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('unique secrets go', () => {
  it('into accounts: as right, wrong, short, common and misplaced passwords', async () => {
    const [first, second] = [canary('a first password'), canary('a changed password')];
    await expectSent(201, 'PUT', '/users', { body: { username: 'ann', password: first } });
    await expectSent(200, 'GET', '/user', auth('ann', first));
    await expectSent(200, 'POST', '/users/ann', { body: { password: second } });
    await expectSent(401, 'GET', '/user', auth('ann', canary('a wrong password')));
    await expectSent(401, 'GET', '/user', auth('nobody', canary('a password for nobody')));
    await expectSent(401, 'GET', '/user', auth(canary('a password typed into the name'), 'x'));
    await expectSent(400, 'POST', '/users/ann', {
      body: { password: canary('a password with a role'), role: 'default' },
    });
    await expectSent(400, 'POST', '/users/ann', {
      body: { password: { hidden: canary('a password of a wrong type') } },
    });
    await expectSent(400, 'POST', '/users/ann', { body: { password: canary('a long password').repeat(10) } });
    await expectSent(409, 'PUT', '/users', {
      body: { username: 'ann', password: canary('a password of a taken name') },
    });
    await expectSent(400, 'PUT', '/users', {
      body: { username: 'pre', password: `$argon2id$${canary('a broken hash')}`, is_prehashed: true },
    });
    await expectSent(201, 'POST', '/tenants/moon', { body: { rabbitmq_password: canary('a broker password') } });
    await expectSent(400, 'POST', '/tenants/sun', {
      body: { rabbitmq_password: canary('a long broker password').repeat(9) },
    });
    await expectSent(200, 'GET', '/users/ann?_include_hash=true', { reveals: true });
  });

  it('into tokens: good, wrong, ended, and in places where no token belongs', async () => {
    const made = await expectSent(200, 'POST', '/tokens', { body: { description: 'for a canary' }, reveals: true });
    const value = made.body.value as string;
    const secret = value.split('-')[2] ?? '';
    canaries.set(secret, 'the secret of a token');
    await expectSent(200, 'GET', '/user', token(value));
    await expectSent(
      401,
      'GET',
      '/user',
      token(`${value.slice(0, -8)}${canary('the end of a wrong token').slice(-8)}`),
    );
    await expectSent(401, 'GET', '/user', token(`ctok-0123456789-${canary('a token of another shape')}`));
    await expectSent(401, 'GET', '/user', token(canary('no token at all')));
    await expectSent(401, 'GET', '/user', { headers: { 'execution-token': canary('an execution token') } });
    await expectSent(401, 'GET', '/user', { headers: { authorization: `Bearer ${canary('a bearer token')}` } });
    await expectSent(401, 'GET', '/user', { headers: { authorization: `Basic ${canary('broken base64')}` } });
    await expectSent(401, 'GET', `/user?token=${canary('a token in the query')}`, { headers: {} });
    await expectSent(401, 'GET', '/user', { headers: { cookie: `XSRF-TOKEN=${canary('a token in a cookie')}` } });
    await expectSent(204, 'DELETE', `/tokens/${made.body.id as string}`);
    await expectSent(401, 'GET', '/user', token(value));
  });

  it('into secrets: values, options, schemas that refuse, exports and imports', async () => {
    await expectSent(200, 'PUT', '/secrets/plain', { body: { value: canary('a secret') } });
    await expectSent(200, 'PATCH', '/secrets/plain', { body: { value: canary('a changed secret') } });
    await expectSent(200, 'PUT', '/secrets/plain', {
      body: { value: canary('a replaced secret'), update_if_exists: true },
    });
    await expectSent(409, 'PUT', '/secrets/plain', { body: { value: canary('a secret of a taken key') } });
    const schema = { type: 'object', properties: { pin: { type: 'string', pattern: '^[a-z]+$' } } };
    await expectSent(200, 'PUT', '/secrets/shaped', {
      body: { value: { pin: 'abc', more: canary('a secret in JSON') }, schema },
    });
    await expectSent(409, 'PUT', '/secrets/other', {
      body: { value: { pin: canary('a secret that its schema refuses') }, schema },
    });
    await expectSent(409, 'PATCH', '/secrets/shaped', {
      body: { value: { pin: canary('a change that the schema refuses') } },
    });
    await expectSent(400, 'PUT', '/secrets/typed', { body: { value: { a: canary('a secret of a wrong type') } } });
    await expectSent(200, 'PUT', '/secrets/optioned', {
      body: {
        value: canary('a secret with options'),
        provider_options: { key: canary('provider options') },
        is_hidden_value: true,
      },
    });
    await expectSent(404, 'PUT', '/secrets/provided', {
      body: { value: canary('a provided secret'), provider_name: 'none' },
    });
    await expectSent(400, 'PUT', '/secrets/0bad', { body: { value: canary('a secret of a bad key') } });
    await expectSent(400, 'PUT', '/secrets/broken', { body: `{"value": "${canary('a secret in broken JSON')}", ` });
    await expectSent(400, 'PUT', '/secrets/listed', { body: JSON.stringify([canary('a secret in a list')]) });
    await expectSent(200, 'GET', '/secrets/plain', { reveals: true });
    await expectSent(200, 'GET', '/secrets');

    const passphrase = canary('an export passphrase');
    const exported = await expectSent(200, 'GET', `/secrets/share/export?_passphrase=${passphrase}`);
    await expectSent(200, 'GET', '/secrets/share/export', { reveals: true });
    await expectSent(
      400,
      'GET',
      `/secrets/share/export?_passphrase=${canary('a passphrase beside a bad filter')}&no_such=1`,
    );
    const list = (exported.body as Record<string, unknown>[]).map((entry) => ({
      ...entry,
      key: `again_${String(entry['key'])}`,
    }));
    const options = { override_collisions: true };
    await expectSent(200, 'POST', '/secrets/share/import', { body: { ...options, secrets_list: list, passphrase } });
    await expectSent(200, 'POST', '/secrets/share/import', {
      body: { ...options, secrets_list: list, passphrase: canary('a wrong passphrase') },
    });
    const plain = {
      key: 'imported',
      tenant_name: 'default_tenant',
      visibility: 'tenant',
      is_hidden_value: false,
      encrypted: false,
    };
    await expectSent(200, 'POST', '/secrets/share/import', {
      body: {
        ...options,
        secrets_list: [
          { ...plain, value: canary('an imported secret') },
          { ...plain, key: '0bad', value: canary('an imported secret of a bad key') },
          { ...plain, encrypted: true, value: canary('an imported secret that is not encrypted') },
        ],
      },
    });
    await expectSent(400, 'POST', '/secrets/share/import', {
      body: { ...options, secrets_list: canary('no list at all') },
    });
  });

  it('into settings that only administrators may read', async () => {
    for (const name of ['ldap_password', 'log_fetch_password']) {
      await expectSent(200, 'PUT', `/config/${name}`, {
        body: { value: canary(`the setting ${name}`) },
        reveals: true,
      });
      await expectSent(409, 'PUT', `/config/${name}`, { body: { value: { wrong: canary(`a wrong ${name}`) } } });
    }
  });

  it('into operations: as inputs, through everything that a script can print, and where one fails', async () => {
    const value = canary('a secret for an operation');
    await expectSent(200, 'PUT', '/secrets/runtime', { body: { value } });
    const nested = canary('a secret inside a template');
    await expectSent(200, 'PUT', '/secrets/nested', { body: { value: nested } });
    const outside = await mkdtemp(path.join(tmpdir(), 'holdfast-canary-'));
    await chmod(outside, 0o777);
    try {
      const files = { 'blueprint.yaml': OPERATED(outside), 'tell.sh': TELL, 'fail.sh': FAIL };
      await expectSent(201, 'PUT', '/blueprints/operated', { body: blueprintOf(files) });
      await expectSent(201, 'PUT', '/deployments/operated', { body: { blueprint_id: 'operated' } });
      const installed = await ran('install');
      expect(installed).toMatchObject({ status: 'failed' });
      const failed = await ran('execute_operation', { operation: 'cloudify.interfaces.lifecycle.start' });
      expect(failed).toMatchObject({ status: 'failed' });

      // The scripts really had them.
      const had = await readFile(path.join(outside, 'had'), 'utf8');
      expect(had).toContain(value);
      expect(had).toContain(`user:${nested}@db`);
      const tokens = new Set((await readFile(path.join(outside, 'tokens'), 'utf8')).trim().split('\n'));
      expect(tokens.size).toBeGreaterThan(1);
      for (const each of tokens) canaries.set(each, 'the token of an execution');

      const events = await expectSent(200, 'GET', '/events?deployment_id=operated&_size=1000');
      expect(events.text).toContain('told on its output: ');
      expect(events.text).toContain('told on its errors: ');
      expect(events.text).toContain('told by its log: ');
      expect(events.text).toContain('told as its failure: ');
      for (const { id } of [installed, failed]) {
        await expectSent(200, 'GET', `/executions/${id}`);
        await expectSent(200, 'GET', `/operations?execution_id=${id}`);
        await expectSent(200, 'GET', `/tasks_graphs?execution_id=${id}`);
      }
      for (const list of ['nodes', 'node-instances', 'deployments', 'executions?_include_system_workflows=true'])
        await expectSent(200, 'GET', `/${list}`);
      await expectSent(200, 'GET', '/blueprints/operated');
      for (const each of tokens) {
        await expectSent(401, 'GET', '/executions', { headers: { 'execution-token': each } }); // it has ended
      }
      await expectSent(400, 'POST', '/evaluate/functions', {
        body: { deployment_id: 'operated', context: {}, payload: { a: { get_secret: ['nested', value] } } },
        reveals: true,
      });
    } finally {
      await rm(outside, { recursive: true, force: true });
    }
  }, 60_000);

  it('through every route there is, in every field and header that holds one', async () => {
    const manifest = JSON.parse(readFileSync(path.join(import.meta.dirname, 'routes.manifest.json'), 'utf8')) as object;
    const routes = Object.keys(manifest).filter(
      (route) => !/maintenance|DELETE .*\/(audit|license)$|audit\/stream/.test(route),
    );
    for (const route of routes) {
      const [method = '', pattern = ''] = route.split(' ');
      const target = pattern.replaceAll(/:[a-z_]+|\*$/g, 'no-such-thing');
      for (const headers of [
        admin,
        { 'authentication-token': canary(`a token for ${route}`), tenant: canary(`a tenant for ${route}`) },
      ]) {
        const fields = ['password', 'value', 'passphrase', 'rabbitmq_password', 'ldap_password', 'token', 'secret'];
        const body = Object.fromEntries(fields.map((field) => [field, canary(`${field} of ${route}`)]));
        const query = `?_passphrase=${canary(`a passphrase for ${route}`)}&password=${canary(`a password in the query of ${route}`)}`;
        const { status, text } = await send(method, `${target}${query}`, {
          headers: { ...headers, 'x-api-key': canary(`a key for ${route}`) },
          ...(method === 'GET' ? {} : { body }),
          // Names of unknown tenants and unknown parameters are said back: they are the caller's own words.
          reveals: true,
        });
        expect([route, status < 500 || status === 501, text]).toEqual([route, true, text]);
      }
    }
  });
});

/** The text as it is, and as it looks in a dump of bytes or in a header. */
function formsOf(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  // Base64 of a text depends on where it begins; what no neighbour touches of each alignment does not.
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return encoded.slice(shift === 0 ? 0 : 4, Math.floor((bytes.length + shift) / 3) * 4);
  });
  return [text, bytes.toString('hex'), ...base64].map((form) => Buffer.from(form));
}

const MARK_FORMS = formsOf(MARK);

/** What each of the secrets found in there was. */
function foundIn(content: Buffer): string[] {
  const suspects = MARK_FORMS.some((form) => content.includes(form))
    ? [...canaries]
    : [...canaries].filter(([secret]) => !secret.startsWith(MARK));
  return suspects
    .filter(([secret]) => formsOf(secret).some((form) => content.includes(form)))
    .map(([, about]) => about);
}

describe('and are afterwards', () => {
  it('found where they are, in each form', () => {
    const [secret = '', about] = [...canaries].at(-1) ?? [];
    for (const shift of ['', 'x', 'xy']) {
      const basic = Buffer.from(basicHeader(`user${shift}`, `${secret}${shift}`));
      expect([foundIn(basic), foundIn(Buffer.from(`${shift}\\x${Buffer.from(secret).toString('hex')}`))]).toEqual([
        [about],
        [about],
      ]);
    }
    expect(foundIn(readFileSync(path.join(dataDir, 'admin-password')))).toEqual(['the first password of admin']);
  });

  it('in no answer but those that are there to show them', () => {
    expect(answers.length).toBeGreaterThan(30);
    const leaks = answers.flatMap(({ about, text }) => foundIn(Buffer.from(text)).map((secret) => ({ about, secret })));
    expect(leaks).toEqual([]);
  });

  it('in no record of the audit log, as administrators read it', async () => {
    const { body, text } = await manager.request('/api/v3.1/audit?kind=all&size=0', { headers: admin });
    expect(body.items.length).toBeGreaterThan(100);
    expect(foundIn(Buffer.from(text))).toEqual([]);
  });

  it(
    'in no line of what the manager said',
    async () => {
      expect(await manager.stop()).toBe(0);
      const { stdout, stderr } = manager.output;
      expect(stderr).toContain('"level":"debug"');
      expect(foundIn(Buffer.from(stdout + stderr))).toEqual([]);
    },
    START_MS,
  );

  it(
    'in no row of any table',
    async () => {
      const database = await startEmbeddedPostgres({ dataDir, log: { info: () => undefined, warn: () => undefined } });
      const client = new Client({ ...database.superuser, database: database.owner.database });
      try {
        await client.connect();
        const { rows: tables } = await client.query<{ name: string }>(
          `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
          WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
        );
        expect(tables.length).toBeGreaterThan(20);
        for (const { name } of tables) {
          const { rows } = await client.query<{ line: string }>(`SELECT t::text AS line FROM ${name} t`);
          expect([name, foundIn(Buffer.from(rows.map(({ line }) => line).join('\n')))]).toEqual([name, []]);
        }
      } finally {
        await client.end();
        await database.stop();
      }
    },
    START_MS,
  );

  it(
    'in no file that it leaves, but the one for the first password',
    async () => {
      const names = await readdir(dataDir, { recursive: true });
      const leaks: object[] = [];
      let files = 0;
      for (const name of names) {
        const file = path.join(dataDir, name);
        const info = await stat(file).catch(() => null);
        if (!info?.isFile() || name === 'admin-password') continue;
        files += 1;
        leaks.push(...foundIn(await readFile(file)).map((secret) => ({ name, secret })));
      }
      expect(leaks).toEqual([]);
      expect(files).toBeGreaterThan(100);
      expect(names.some((name) => name.endsWith('rest-security-audit.log'))).toBe(true);
    },
    START_MS,
  );
});
