import { createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { parseAddressRanges } from '../../src/core/access/client-address.js';
import { DEFAULT_LIMITS, Listener } from '../../src/platform/tls/listener.js';
import { expectCodeless, expectError } from '../support/expect-error.js';
import { RawConnection } from '../support/raw-socket.js';
import { digestOf, tableNames } from '../support/superuser.js';

/* What nobody should send. Each time: an exact error, nothing changed, nothing left behind, and the next request is served. */

const SHORT_LIMITS = { ...DEFAULT_LIMITS, headersMs: 1_000, requestMs: 2_000, silenceMs: 12_000 };
/** Written by refusals and sign-ins themselves. */
const LIVELY_TABLES = /^(audit_|access_token|manager_process|address_failure|login_failure|tenant_key)/;

/** Stands for any of these in an expected value. */
function oneOf(allowed: readonly unknown[]): object {
  return {
    asymmetricMatch: (value: unknown) => allowed.includes(value),
    toString: () => `one of ${allowed.join(', ')}`,
  };
}

const CLIENT_ERROR = oneOf([400, 403, 404, 405, 409, 414]);

let test: TestApp;
let admin: Client;
let listener: Listener;
let port: number;
let tables: string[];
let before: Record<string, string>;
let errorsBefore: number;

beforeAll(async () => {
  test = await createTestApp();
  ({ admin } = test);
  const fastify = test.app.getHttpAdapter().getInstance();
  listener = new Listener(
    {
      name: 'external',
      host: '127.0.0.1',
      port: 0,
      admission: { kind: 'proxies', proxies: parseAddressRanges(['127.0.0.1']) },
      limits: SHORT_LIMITS,
      log: test.log.log,
    },
    (request, response) => fastify.routing(request, response),
  );
  ({ port } = await listener.start());
  await admin.put('/secrets/there', { value: 'before' });
  tables = (await tableNames(test.database)).filter((name) => !LIVELY_TABLES.test(name));
});
afterAll(async () => {
  await listener?.stop(0);
  await test?.close();
});

beforeEach(async () => {
  before = await digestOf(test.database, tables);
  errorsBefore = test.log.at('error').length;
});
afterEach(async () => {
  const next = new RawConnection(port).write('GET /api/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const after = { next: await next.status(), rows: await digestOf(test.database, tables) };
  await new Promise((resolve) => setImmediate(resolve)); // the log is a stream
  // A refusal is the caller's to mend; an error line would call for a person.
  const errors = test.log.at('error').slice(errorsBefore);
  // oxlint-disable-next-line jest/no-standalone-expect -- holds for every test of this file
  expect({ ...after, errors }).toEqual({ next: 200, rows: before, errors: [] });
});

const put = (body: string | Buffer, contentType = 'application/json'): Promise<Answer> =>
  admin.put('/secrets/new_one', body, { headers: { 'content-type': contentType } });

/** A request head of the administrator, for a raw connection. */
function head(start: string, ...headers: string[]): string {
  const { token = '' } = admin.identity;
  const all = ['Host: x', `Authentication-Token: ${token}`, 'Tenant: default_tenant', ...headers];
  return `${start} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n`;
}

describe('a body', () => {
  it.each([
    '',
    '{',
    '{"value": "x"',
    '{"value": "x"} trailing',
    "{'value': 'x'}",
    '{"value": undefined}',
    '{"value": NaN}',
    '{"value": 01}',
    '{"value": "line\nbreak"}',
    '\u0000',
    '<value>x</value>',
    '--boundary\r\n',
  ])('that is no JSON is refused: %j', async (body) => {
    expectCodeless(await put(body), 400);
  });

  it.each(['null', '1', '"text"', '[]', '[{"value": "x"}]', 'true'])(
    'that is no object is refused: %s',
    async (body) => {
      expectError(await put(body), 400, 'bad_parameters_error');
    },
  );

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['half a character', [0xe2, 0x82]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00]],
  ])('in bad UTF-8 is refused: %s', async (_, bytes) => {
    expectCodeless(await put(Buffer.concat([Buffer.from('{"value": "'), Buffer.from(bytes), Buffer.from('"}')])), 400);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/jsonx',
    'application/json, text/plain',
    'multipart/form-data; boundary=x',
    '',
  ])('of another content type is refused: %j', async (contentType) => {
    expectError(await put('{"value": "x"}', contentType), 415, 'unsupported_content_type_error');
  });

  it('without a content type is refused, and one of a bad type only after everybody was asked who they are', async () => {
    const bare = new RawConnection(port).write(
      `${head('PUT /api/v3.1/secrets/new_one', 'Content-Length: 14')}{"value": "x"}`,
    );
    expect(await bare.status()).toBe(415);
    bare.end();
    const stranger = await test.stranger.put('/secrets/new_one', '{}', { headers: { 'content-type': 'none, at all' } });
    expectError(stranger, 401, 'unauthorized_error');
  });

  it('nested too deep is refused, however deep', async () => {
    for (const depth of [64, 1_000, 500_000]) {
      const body = `{"value": ${'['.repeat(depth)}${']'.repeat(depth)}, "schema": {"type": "array"}}`;
      expectError(await put(body), 400, 'bad_parameters_error');
    }
  });

  it('of wrong types is refused, field by field, with nothing changed', async () => {
    const wrong: Record<string, unknown[]> = {
      username: [1, true, [], {}, null, ['name'], { toString: 'x' }],
      password: [123456789012, {}, [], ['a long enough password']],
      role: [1, {}, ['default']],
    };
    for (const [field, values] of Object.entries(wrong))
      for (const value of values) {
        const body = { username: unique('never'), password: 'a good enough password 1', [field]: value };
        // Only `role` may be null, and then is the default; not here.
        const answer = await admin.put('/users', body);
        expect([field, value, answer.status, answer.body.error_code]).toEqual([
          field,
          value,
          400,
          'bad_parameters_error',
        ]);
      }
    for (const value of ['yes', 1, [], {}, 'TRUE!'])
      expectError(await admin.put('/secrets/n', { value: 'x', is_hidden_value: value }), 400, 'bad_parameters_error');
    for (const visibility of ['public', 1, [], {}, ['tenant'], 'TENANT'])
      expectError(await admin.put('/secrets/n', { value: 'x', visibility }), 400, 'bad_parameters_error');
  });

  it('with keys of prototypes changes nobody’s prototype, and is judged like any unknown field', async () => {
    const body =
      '{"__proto__": {"value": "planted", "isAdmin": true}, "constructor": {"prototype": {"value": "planted"}}}';
    expectError(await put(body), 400, 'bad_parameters_error');
    expectError(
      await admin.put('/users', '{"__proto__": {"username": "planted", "password": "a planted password 1"}}'),
      400,
      'bad_parameters_error',
    );
    expect([({} as Record<string, unknown>)['value'], ({} as Record<string, unknown>)['isAdmin']]).toEqual([
      undefined,
      undefined,
    ]);
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      for (const target of [`/config/${name}`, `/secrets/${name}`, `/users/${name}`, `/permissions/${name}`])
        expect([target, (await admin.get(target)).status]).toEqual([target, CLIENT_ERROR]);
    for (const name of ['__proto__', 'constructor'])
      for (const query of [`_include=${name}`, `_sort=${name}`])
        expect([query, (await admin.get(`/secrets?${query}`)).status]).toEqual([query, 400]);
  });

  it('with NUL in a text is refused before the database sees it', async () => {
    for (const text of ['a\\u0000b', '\\u0000']) {
      for (const [method, target, body] of [
        ['PUT', '/users', `{"username": "${text}", "password": "a good enough password 1"}`],
        ['POST', '/user-groups', `{"group_name": "g", "ldap_group_dn": "${text}"}`],
        ['POST', '/tokens', `{"description": "${text}"}`],
        ['PUT', '/secrets/nul', `{"value": {"a": "${text}"}, "schema": {"type": "object", "title": "${text}"}}`],
        ['PUT', '/config/ldap_domain', `{"value": "${text}"}`],
        ['POST', '/provider/context?update=true', `{"name": "${text}", "context": {"a": "${text}"}}`],
        ['PUT', '/tenants/users', `{"tenant_name": "${text}", "username": "admin", "role": "user"}`],
      ] as const) {
        const { status } = await admin.send(method, target, body);
        expect([method, target, text, status]).toEqual([method, target, text, CLIENT_ERROR]);
      }
    }
  });

  it('beyond a mebibyte is refused, declared or not', async () => {
    const body = JSON.stringify({ value: 'x'.repeat(1024 * 1024) });
    expectCodeless(await put(body), 413);
    const declared = new RawConnection(port).write(
      head('PUT /api/v3.1/secrets/new_one', 'Content-Type: application/json', 'Content-Length: 99999999999'),
    );
    expect(await declared.status()).toBe(413);
    declared.end();
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const chunked = new RawConnection(port).write(
      head('PUT /api/v3.1/secrets/new_one', 'Content-Type: application/json', 'Transfer-Encoding: chunked'),
    );
    for (let count = 0; count < 24; count += 1) chunked.write(chunk);
    expect(await chunked.status()).toBe(413);
    chunked.end();
  });
});

describe('a path', () => {
  it('that is unknown is 404, a known one with another method 405, before anything else', async () => {
    for (const target of [
      '/nothing',
      '/secrets/',
      '/secrets/a/b/c',
      '/users/active',
      '/../secrets',
      '//secrets',
      '/Secrets',
    ])
      expect([target, (await test.stranger.get(target)).status]).toEqual([target, oneOf([401, 404])]);
    expectCodeless(await test.stranger.get('/nothing'), 404);
    for (const [method, target] of [
      ['DELETE', '/secrets'],
      ['PATCH', '/user'],
      ['PUT', '/status'],
      ['HEAD', '/user'],
      ['OPTIONS', '/user'],
    ] as const) {
      const answer = await test.stranger.send(method, target);
      expect([method, target, answer.status]).toEqual([method, target, 405]);
    }
  });

  it('with names that are none is refused, and long ones do not get in', async () => {
    for (const name of [
      'a%00b',
      'a%2Fb',
      '%2e%2e',
      'a%20b',
      'a%0d%0aSet-Cookie:x',
      '-a',
      '1a',
      '%C3%A4',
      'a%27--',
      `a${'b'.repeat(256)}`,
    ]) {
      for (const target of [`/secrets/${name}`, `/tenants/${name}`, `/blueprints/${name}`]) {
        const answer = target.startsWith('/tenants')
          ? await admin.post(target)
          : await admin.put(target, { value: 'x' });
        expect([target, answer.status]).toEqual([target, CLIENT_ERROR]);
      }
    }
    expectCodeless(await admin.get(`/secrets/${'a'.repeat(2_000)}`), 414);
    expect((await admin.get(`/secrets/${'%61'.repeat(256)}`)).status).toBe(404);
  });

  it('that cannot be decoded is refused', async () => {
    for (const target of ['/secrets/%', '/secrets/%zz', '/secrets/%c3%28', '/users/%ff'])
      expect([target, (await admin.get(target)).status]).toEqual([target, CLIENT_ERROR]);
  });
});

describe('a query', () => {
  it.each([
    '_size=-1',
    '_size=1.5',
    '_size=many',
    '_size=1e3',
    '_offset=-1',
    '_offset=0x10',
    '_sort=no_such',
    '_sort=;DROP TABLE secret',
    "_sort=' --",
    '_include=no_such',
    '_include=key,',
    '_include=value',
    'no_such=1',
    'value=before',
    '=x',
    'created_at=yesterday',
    'created_at=2026-13-45',
    '_get_all_results=maybe',
    'key[]=there',
    'key[$ne]=x',
    'key=%00',
  ])('that asks for what is not there is refused: %s', async (query) => {
    const answer = await admin.get(`/secrets?${query}`);
    expect([query, answer.status]).toEqual([query, query === 'key=%00' ? oneOf([200, 400]) : 400]);
    expect(answer.body?.items ?? []).toEqual([]);
  });

  it('is text, never SQL or a pattern', async () => {
    for (const text of ["' OR '1'='1", '%', '_', '\\', "there'--", '$1', '::text', '%00']) {
      const search = await admin.get('/secrets', { query: { _search: text } });
      expect([text, search.status, search.body.items.length]).toEqual([text, 200, 0]);
      const equal = await admin.get('/secrets', { query: { key: text } });
      expect([text, equal.status, equal.body.items.length]).toEqual([text, 200, 0]);
    }
  });
});

/** The status that these bytes on a connection of their own are answered with. */
async function statusOf(bytes: string): Promise<number | null> {
  const connection = new RawConnection(port).write(bytes);
  const found = await connection.status();
  connection.end();
  return found;
}

const smuggling = (...headers: string[]): string =>
  head('PUT /api/v3.1/secrets/smuggled', 'Content-Type: application/json', ...headers);

describe('headers', () => {
  it('that name two tenants or two tokens name none', async () => {
    const get = 'GET /api/v3.1/secrets';
    expect(await statusOf(head(get))).toBe(200);
    expect(await statusOf(head(get, 'Tenant: default_tenant'))).toBe(403);
    expect(await statusOf(head(get, 'Tenant: other'))).toBe(403);
    expect(await statusOf(head(get, `Authentication-Token: ${admin.identity.token ?? ''}`))).toBe(401);
    expect(await statusOf(head(get, 'Authentication-Token: ctok-other'))).toBe(401);
  });

  it('that smuggle, split or lie about lengths end the connection', async () => {
    const body = '{"value": "x"}';
    for (const bytes of [
      `${smuggling('Content-Length: 14', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      `${smuggling('Content-Length: 14', 'Content-Length: 15')}${body}`,
      `${smuggling('Content-Length: +14')}${body}`,
      `${smuggling('Content-Length: -1')}${body}`,
      `${smuggling('Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}${body}`,
      `${smuggling('Transfer-Encoding: chunked')}zz\r\n${body}\r\n`,
      smuggling('X-A: a\r\n b'),
      smuggling('X A: space'),
      smuggling('X-A: nul\0nul', 'Content-Length: 0'),
      'GET /api/version HTTP/9.9\r\n\r\n',
      'GET\r\n\r\n',
      'PUT /api/version\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    ]) {
      const found = await statusOf(bytes);
      expect([bytes.slice(-60), found]).toEqual([bytes.slice(-60), oneOf([null, 400, 405, 501, 505])]);
    }
    expect((await admin.get('/secrets/smuggled')).status).toBe(404);
  });

  it('that are too many or too long are refused', async () => {
    expect(await statusOf(head('GET /api/v3.1/user', `X-Long: ${'x'.repeat(20_000)}`))).toBe(431);
    expect([await statusOf(head(`GET /api/v3.1/secrets?_search=${'x'.repeat(20_000)}`))]).toEqual([oneOf([414, 431])]);
  });

  it('of ours cannot be split by what a caller names', async () => {
    const answer = await admin.get('/secrets/a%0d%0aX-Planted:%20yes');
    expect(answer.headers).not.toHaveProperty('x-planted');
    for (const name of ['x\r\nX-Planted: yes', 'x\nX-Planted: yes'])
      expect((await admin.get('/blueprints', { query: { _search: name } })).headers).not.toHaveProperty('x-planted');
  });
});

describe('clients', () => {
  it('that are slow are given up: in the headers, in the body, and in between', async () => {
    const inHeaders = new RawConnection(port).write('GET /api/version HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const inBody = new RawConnection(port).write(
      `${head('PUT /api/v3.1/secrets/slow', 'Content-Type: application/json', 'Content-Length: 14')}{"value`,
    );
    const silent = new RawConnection(port);
    const statuses = await Promise.all([inHeaders.status(), inBody.status(), silent.status()]);
    expect(statuses).toEqual([408, oneOf([400, 408, null]), oneOf([408, null])]);
    await Promise.all([inHeaders.closed, inBody.closed, silent.closed]);
  }, 30_000);

  it('that go away in the middle of a body leave nothing behind', async () => {
    for (const target of [
      'PUT /api/v3.1/secrets/gone',
      'PUT /api/v3.1/blueprints/gone',
      'PUT /api/v3.1/tenants/users',
    ]) {
      const connection = new RawConnection(port).write(
        `${head(target, 'Content-Type: application/json', 'Content-Length: 1000')}{"value": `,
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      connection.abort();
      await connection.closed;
    }
    // The requests have ended when a later one has been answered and their log lines are written.
    await admin.get('/user');
    expect((await admin.get('/secrets/gone')).status).toBe(404);
    expect((await admin.get('/blueprints/gone')).status).toBe(404);
  });

  it('that pipeline get their answers in order, and none of another', async () => {
    const connection = new RawConnection(port);
    connection.write(
      head('GET /api/v3.1/secrets/there') +
        'GET /api/v3.1/secrets/there HTTP/1.1\r\nHost: x\r\n\r\n' +
        head('GET /api/version', 'Connection: close'),
    );
    const text = await connection.text();
    expect(text.match(/HTTP\/1\.1 (\d+)/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401', 'HTTP/1.1 200']);
  });
});
