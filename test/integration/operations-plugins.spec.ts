import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/core/graph/task.js';
import { instanceOf, OperationsWorld } from './operations-world.js';

describe('the http plugin', () => {
  let world: OperationsWorld;
  let server: Server;
  let origin: string;
  const asked: { method: string; url: string; headers: Record<string, unknown>; body: string }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        asked.push({ method, url, headers, body });
        const status = Number(/\/status\/(\d+)/.exec(url)?.[1] ?? 200);
        if (url === '/moved') response.writeHead(302, { location: '/json' }).end();
        else if (url === '/away') response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
        else if (url === '/hang') response.flushHeaders();
        else if (url === '/large') response.end(Buffer.alloc(5_000_000));
        else if (url === '/json') response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":[1]}');
        else response.writeHead(status, { 'retry-after': '9' }).end('text');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    world = await OperationsWorld.open({ outboundAllowedHosts: ['127.0.0.1'], outboundHttpHosts: ['127.0.0.1'] });
  });
  afterEach(() => {
    asked.length = 0;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await world.close();
  });

  function ask(path: string, inputs: Readonly<Record<string, Json>> = {}, isResumed = false) {
    const url = path.startsWith('/') ? `${origin}${path}` : path;
    return world.run({ plugin: 'http', task: 'http.request', inputs: { url, ...inputs }, operation: { isResumed } });
  }

  it('sends what it is told, and keeps the answer', async () => {
    const result = await ask('/json', {
      method: 'post',
      headers: { 'X-Token': 't' },
      json: { a: [1, null] },
      save_to: 'answers.first',
    });
    expect(result).toMatchObject({ kind: 'success', value: { status: 200, body: { ok: [1] } } });
    expect(asked).toMatchObject([
      {
        method: 'POST',
        url: '/json',
        headers: { 'x-token': 't', 'content-type': 'application/json' },
        body: '{"a":[1,null]}',
      },
    ]);
    expect(world.host.properties('web_a1b2')).toMatchObject({ answers: { first: { status: 200, body: { ok: [1] } } } });
  });

  it.each([
    ['/status/201', {}, { kind: 'success' }],
    [
      '/status/404',
      {},
      { kind: 'non-recoverable', cause: expect.stringMatching(/GET http:\S+ the server answered 404/) },
    ],
    ['/status/404', { expected_status: [200, 404] }, { kind: 'success' }],
    ['/status/200', { expected_status: 201 }, { kind: 'non-recoverable' }],
    ['/status/503', {}, { kind: 'recoverable', after: 9 }],
    ['/status/409', { retry_status: 409 }, { kind: 'retry', after: 9 }],
    ['/moved', {}, { kind: 'success', value: { body: { ok: [1] } } }],
    ['/moved', { method: 'POST' }, { kind: 'non-recoverable' }],
    ['/away', {}, { kind: 'non-recoverable', cause: expect.stringContaining('not allowed') }],
    ['/large', {}, { kind: 'non-recoverable', cause: expect.stringContaining('more than') }],
    ['/hang', { timeout: 0.2 }, { kind: 'recoverable' }],
    [
      'https://10.0.0.1/x',
      {},
      { kind: 'non-recoverable', cause: expect.stringContaining('not on the public internet') },
    ],
    ['http://127.0.0.1:1/', {}, { kind: 'recoverable' }],
  ])('takes %s with %j as it should', async (path, inputs, expected) => {
    expect(await ask(path, inputs)).toMatchObject(expected);
  });

  it.each([
    [{ url: null }, 'url'],
    [{ method: 'TRACE' }, 'method'],
    [{ body: 'a', json: 'b' }, 'body and json'],
    [{ headers: { 'a\nb': 'c' } }, 'header'],
    [{ headers: { a: 'c\r\nd: e' } }, 'header'],
    [{ headers: { Host: 'x' } }, 'Host cannot be set'],
    [{ timeout: -1 }, 'timeout'],
    [{ expected_status: 'fine' }, 'expected_status'],
  ])('refuses %j', async (inputs, text) => {
    const result = await ask('/json', inputs);
    expect(result).toEqual({ kind: 'non-recoverable', cause: expect.stringContaining(text) });
    expect(asked).toEqual([]);
  });

  it('does not send again what may not be sent twice', async () => {
    expect(await ask('/json', { method: 'POST' }, true)).toEqual({
      kind: 'non-recoverable',
      cause: expect.stringContaining('cannot be begun twice'),
    });
    expect(asked).toEqual([]);
    expect(await ask('/json', { method: 'PUT' }, true)).toMatchObject({ kind: 'success' });
  });
});

const MODULE = `
variable "name" { type = string }
resource "terraform_data" "it" { input = "hello \${var.name}" }
output "greeting" { value = terraform_data.it.output }
output "secret" {
  value     = "hidden"
  sensitive = true
}`;

describe('the terraform plugin', () => {
  let world: OperationsWorld;
  beforeAll(async () => {
    world = await OperationsWorld.open();
    world.host.resources.set('module/main.tf', MODULE);
  });
  afterAll(() => world.close());

  const run = (task: string, inputs: Readonly<Record<string, Json>> = {}) =>
    world.run({
      plugin: 'terraform',
      task: `terraform.${task}`,
      inputs: { source: 'module', variables: { name: 'world' }, ...inputs },
      subject: { kind: 'node-instance', instance: instanceOf('tf_1') },
    });

  it('says so where there is no terraform', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    const result = await run('apply');
    process.env['PATH'] = path;
    expect(result).toEqual({
      kind: 'non-recoverable',
      cause: expect.stringContaining('terraform is not on the PATH'),
    });
  });

  it('refuses what it cannot find, or is not given', async () => {
    expect(await run('apply', { source: 'absent' })).toMatchObject({ kind: 'non-recoverable' });
    expect(await run('apply', { source: null })).toMatchObject({ kind: 'non-recoverable' });
  });

  it('initialises, plans, applies and destroys, and keeps the state with the deployment', async () => {
    expect(await run('init')).toMatchObject({ kind: 'success' });
    expect(await run('plan')).toMatchObject({ kind: 'success' });
    expect(await run('apply')).toEqual({ kind: 'success', value: { greeting: 'hello world' } });
    expect(world.host.properties('tf_1')).toEqual({ outputs: { greeting: 'hello world' } });
    const state = join(world.host.folder, 'terraform/tf_1/terraform.tfstate');
    expect(await readFile(state, 'utf8')).toContain('hello world');
    expect(await run('destroy')).toMatchObject({ kind: 'success' });
    expect(world.host.properties('tf_1')).toEqual({});
    expect(await readFile(state, 'utf8')).not.toContain('hello world');
  }, 60_000);
});
