import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { gunzipSync } from 'node:zlib';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { blueprintForm, blueprintOf, storedFiles, uploadForm } from '../support/blueprints.js';
import { goodBlueprint } from '../support/archive-builder.js';
import type { Answer, Client } from '../support/client.js';
import { expectError } from '../support/expect-error.js';
import type { TestTenant } from '../support/world.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_4\n';
const TYPES = 'imports: [cloudify/types/types.yaml]\n';

let world: TestApp;
let tenant: TestTenant;
let server: Server;
let origin: string;
const served = new Map<string, string>();
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const file = served.get(request.url ?? '');
    response.statusCode = file === undefined ? 404 : 200;
    response.end(file);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world = await createTestApp({
    config: { outboundHttpHosts: ['127.0.0.1'], outboundAllowedHosts: ['127.0.0.1'], blueprintParserSeconds: 20 },
  });
  tenant = await world.world.tenant();
});
afterAll(async () => {
  server.close();
  await world.close();
});

/** Uploads and expects that it is taken. */
async function uploaded(client: Client, files: Readonly<Record<string, string>>, params: object = {}): Promise<string> {
  const id = unique('bp');
  const answer = await uploadForm(client, id, params, blueprintOf(files));
  if (answer.status !== 201) throw new Error(answer.text);
  return id;
}

const putArchive = (client: Client, id: string, archive: Buffer | string): Promise<Answer> =>
  client.put(`/blueprints/${id}/archive`, archive);

const putContext = (section: object): Promise<Answer> =>
  world.admin.post('/provider/context?update=true', { name: 'provider', context: { cloudify: section } });

const importing = (id: string): Readonly<Record<string, string>> => yaml(`imports: ["x--blueprint:${id}"]\n`);

const validate = (
  client: Client,
  id: string,
  files: Readonly<Record<string, string>>,
  params: object = {},
): Promise<Answer> =>
  client.put(`/blueprints/${id}/validate`, blueprintForm(params, blueprintOf(files)), {
    headers: { 'content-type': 'multipart/form-data; boundary=hfboundary7391' },
  });

/** The execution of an upload once it has ended. */
async function endOf({ body }: Answer): Promise<Record<string, unknown>> {
  for (;;) {
    const { body: execution } = await world.admin.get(`/executions/${body.upload_execution.id}`);
    if (execution.ended_at !== null) return execution;
  }
}

const yaml = (text: string): { 'blueprint.yaml': string } => ({ 'blueprint.yaml': `${HEAD}${text}` });

/** Uploads and expects that it is refused. */
async function refused(client: Client, files: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const id = unique('bad');
  const before = await storedFiles(world.dataDir);
  const answer = await uploadForm(client, id, {}, blueprintOf(files));
  expectError(answer, 400, 'invalid_blueprint_error');
  expect(await storedFiles(world.dataDir)).toEqual(before);
  return (await client.get(`/blueprints/${id}`)).body;
}

describe('an uploaded blueprint', () => {
  it('has its plan, its requirements and its labels', async () => {
    const id = await uploaded(
      world.admin,
      yaml(
        `${TYPES}description: One host\ninputs:\n  port: {type: integer, default: 80}\nmetadata: {ratio: 1.0}\nnode_templates:\n  host: {type: cloudify.nodes.Compute}\n  app:\n    type: cloudify.nodes.Root\n    relationships: [{type: cloudify.relationships.contained_in, target: host}]\noutputs:\n  o: {value: {get_secret: never_made}}\nblueprint_labels:\n  Team: {values: [infra, core]}\n`,
      ),
    );
    const { status, body, text } = await world.admin.get(`/blueprints/${id}`);
    expect(status).toBe(200);
    expect(Object.keys(body.plan).toSorted()).toEqual(
      'blueprint_labels capabilities data_types deployment_plugins_to_install deployment_settings description groups host_agent_plugins_to_install imported_blueprints inputs labels metadata namespaces_mapping nodes outputs policies policy_triggers policy_types relationships requirements resource_tags scaling_groups version workflow_plugins_to_install workflows'.split(
        ' ',
      ),
    );
    expect(body).toMatchObject({
      state: 'uploaded',
      error: null,
      description: 'One host',
      requirements: { parent_capabilities: [], secrets: ['never_made'] },
      labels: [
        { key: 'team', value: 'core', created_by: 'admin' },
        { key: 'team', value: 'infra' },
      ],
      plan: {
        inputs: { port: { type: 'integer', default: 80 } },
        nodes: [{ id: 'host' }, { id: 'app', host_id: 'host' }],
        requirements: { secrets: ['never_made'] },
      },
    });
    expect(text).toContain('"ratio":1.0');
  });

  it('keeps the labels of its upload', async () => {
    const id = await uploaded(world.admin, yaml('blueprint_labels: {a: {values: [b]}}\n'), { labels: [{ c: 'd' }] });
    const { body } = await world.admin.get(`/blueprints/${id}?_include=labels`);
    expect(body.labels).toMatchObject([{ key: 'c', value: 'd' }]);
  });

  it('is narrowed to what is included, with its plan or without', async () => {
    const id = await uploaded(world.admin, yaml('inputs: {a: {}}\n'));
    expect((await world.admin.get(`/blueprints/${id}?_include=id,state`)).body).toEqual({ id, state: 'uploaded' });
    expect((await world.admin.get(`/blueprints/${id}?_include=plan`)).body).toEqual({
      plan: expect.objectContaining({ inputs: { a: {} } }),
    });
    expect((await world.admin.get(`/blueprints/${id}?_include=plan,id`)).body).toEqual({
      id,
      plan: expect.objectContaining({ inputs: { a: {} } }),
    });
    const zipped = await world.admin.get(`/blueprints/${id}`, { headers: { 'accept-encoding': 'gzip' } });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(zipped.raw).toString())).toMatchObject({ id, plan: { inputs: { a: {} } } });
  });

  it('is listed without its plan, unless that is asked for', async () => {
    const owner = await tenant.member('user');
    const ids = [
      await uploaded(owner.client, yaml('inputs: {first: {}}\n')),
      await uploaded(owner.client, yaml('inputs: {second: {}}\n')),
    ];
    await refused(owner.client, yaml('nonsense: 1\n'));
    const plain = await owner.client.get(`/blueprints?created_by=${owner.username}`);
    expect(plain.body.items.map((item: { plan: unknown }) => item.plan)).toEqual([null, null, null]);
    const full = await owner.client.get(`/blueprints?created_by=${owner.username}&_include=plan,id&_sort=created_at`);
    expect(full.body).toEqual({
      items: [
        { id: ids[0], plan: expect.objectContaining({ inputs: { first: {} } }) },
        { id: ids[1], plan: expect.objectContaining({ inputs: { second: {} } }) },
        { id: expect.any(String), plan: null },
      ],
      metadata: { pagination: { total: 3, size: 1000, offset: 0 }, filtered: null },
    });
    const none = await owner.client.get(`/blueprints?created_by=nobody&_include=plan`);
    expect(none.body).toEqual({
      items: [],
      metadata: { pagination: { total: 0, size: 1000, offset: 0 }, filtered: null },
    });
  });

  it('warns in the log of its upload', async () => {
    const id = await uploaded(world.admin, yaml('inputs:\n  a: {default: 1}\n  a: {default: 2}\n'));
    const { body } = await world.admin.get(`/blueprints/${id}`);
    expect(body.plan.inputs.a.default).toBe(2);
    const { body: events } = await world.admin.get(
      `/events?execution_id=${body.upload_execution.id}&type=cloudify_log&level=warning`,
    );
    expect(events.items).toMatchObject([{ message: expect.stringContaining('blueprint.yaml, line 4') }]);
  });

  it('has text that no database could hold, and is uploaded all the same', async () => {
    const id = await uploaded(
      world.admin,
      yaml('description: "a\\0b"\noutputs:\n  o: {value: {get_secret: "x\\0y"}}\nmetadata: {m: "\\0"}\n'),
    );
    const { body } = await world.admin.get(`/blueprints/${id}`);
    expect(body).toMatchObject({
      description: 'a\u{fffd}b',
      requirements: { secrets: ['x\u{fffd}y'] },
      plan: { description: 'a\0b', metadata: { m: '\0' } },
    });
  });
});

describe('a blueprint that is refused', () => {
  it.each([
    ['an unknown type', 'node_templates: {a: {type: no.such.Type}}\n', 'invalid', 'no.such.Type', 'line 2'],
    ['an unknown section', 'upload_resources: {}\n', 'invalid', 'upload_resources', 'line 2'],
    ['a feature of a later version', 'inputs: {a: {type: operation_name}}\n', 'invalid', '1_5', 'line 2'],
    ['an import that is missing', 'imports: [none.yaml]\n', 'invalid', 'none.yaml', 'line 2'],
    [
      'an unknown input in a function',
      'outputs: {o: {value: {get_input: none}}}\n',
      'failed_parsing',
      'none',
      'line 2',
    ],
    ['a label that labels cannot be', 'blueprint_labels: {csys-mine: {values: [x]}}\n', 'invalid', 'csys-mine', ''],
  ])('for %s says so on its record, with the place', async (_what, text, state, message, place) => {
    const body = await refused(world.admin, yaml(text));
    expect(body).toMatchObject({ state, plan: null, error_traceback: null });
    expect(body['error']).toContain(message);
    expect(body['error']).toContain(place);
    expect(body['error']).toMatch(/^Invalid blueprint - /);
  });

  it('names several faults at once', async () => {
    const { error } = await refused(world.admin, yaml('node_templates:\n  a: {type: none.A}\n  b: {type: none.B}\n'));
    for (const name of ['none.A', 'none.B']) expect(error).toContain(name);
  });

  it('for a file in its archive that it imports names that file', async () => {
    const { error } = await refused(world.admin, {
      ...yaml('imports: [sub/more.yaml]\n'),
      'sub/more.yaml': '\n\nnode_templates: {a: {type: none}}\n',
    });
    expect(error).toContain('in: sub/more.yaml, line 3');
  });
});

describe('a blueprint that costs too much', () => {
  it('is ended at its time, and others are parsed meanwhile', async () => {
    const app = await createTestApp({ config: { blueprintParserSeconds: 1 } });
    try {
      const aliases = Array.from({ length: 9 }, (_, n) => `  a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}*a${n}]`);
      const bomb = `dsl_definitions:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${aliases.join('\n')}\nmetadata: {m: *a9}\n`;
      const large = `metadata:\n  x:\n${'    - {a: [b, c], d: e}\n'.repeat(170_000)}`;
      const [first, second, third] = await Promise.all([
        uploadForm(app.admin, 'bomb', {}, blueprintOf(yaml(bomb))),
        uploadForm(app.admin, 'large', {}, blueprintOf(yaml(large))),
        uploadForm((await app.world.tenant()).asAdmin, 'small', {}, blueprintOf(yaml('inputs: {}\n'))),
      ]);
      expectError(first, 400, 'invalid_blueprint_error');
      expectError(second, 400, 'invalid_blueprint_error');
      expect(third.status).toBe(201);
      expect((await app.admin.get('/blueprints/bomb')).body.state).toBe('invalid');
    } finally {
      await app.close();
    }
  });
});

describe('imports by URL', () => {
  it('are fetched, as rules of the manager say, and from nowhere else', async () => {
    served.set('/new/extra.yaml', 'inputs: {extra: {}}\n');
    const setting = { parameters: { rules: [{ 'https://old.example/': `${origin}/new/` }] } };
    expect((await world.admin.put('/config/import_resolver', { value: setting })).status).toBe(200);
    try {
      const id = await uploaded(world.admin, yaml('imports: ["https://old.example/extra.yaml"]\n'));
      expect((await world.admin.get(`/blueprints/${id}`)).body.plan.inputs).toEqual({ extra: {} });
    } finally {
      await world.admin.put('/config/import_resolver', { value: null });
    }
  });

  it.each([
    ['http://169.254.169.254/latest/meta-data', 'plain http'],
    ['https://localhost/types.yaml', 'public internet'],
    ['https://10.0.0.1/types.yaml', 'public internet'],
    ['https://[::ffff:127.0.0.1]/types.yaml', 'public internet'],
    ['ftp://example.com/types.yaml', 'ftp'],
    ['file:///etc/passwd', 'file:'],
    ['file:///etc/passwd#.yaml', 'file:'],
  ])('do not reach %s', async (url, reason) => {
    const { state, error } = await refused(world.admin, yaml(`imports: ["${url}"]\n`));
    expect(state).toBe('invalid');
    expect(error).toContain(reason);
  });

  it('do not reach it through a rule either, and tell no credentials of one', async () => {
    const rules = [
      { 'https://old.example/': 'https://user:hunter2@localhost/' },
      { 'https://old.example/': 'file:///etc/' },
    ];
    await world.admin.put('/config/import_resolver', { value: { parameters: { rules, fallback: false } } });
    try {
      const body = await refused(world.admin, yaml('imports: ["https://old.example/passwd"]\n'));
      expect(body).toMatchObject({ state: 'invalid' });
      expect(JSON.stringify(body)).not.toContain('hunter2');
      expect(world.log.lines.join('')).not.toContain('hunter2');
    } finally {
      await world.admin.put('/config/import_resolver', { value: null });
    }
  });

  it('are what system administrators decide', async () => {
    const manager = await tenant.member('manager');
    const value = { parameters: { rules: [{ 'https://a/': 'https://b/' }] } };
    expectError(await manager.client.put('/config/import_resolver', { value }), 401, 'unauthorized_error');
    expectError(
      await manager.client.put('/config/validate_definitions_version', { value: false }),
      401,
      'unauthorized_error',
    );
    expectError(
      await world.admin.put('/config/import_resolver', { value: { parameters: { rules: [{ a: 1 }] } } }),
      409,
      'conflict_error',
    );
  });
});

describe('the flags of the language', () => {
  const later = yaml('inputs: {a: {type: operation_name}}\n');

  it('are read from the configuration, and from the provider context before it', async () => {
    await refused(world.admin, later);
    await world.admin.put('/config/validate_definitions_version', { value: false });
    await uploaded(world.admin, later);
    expect((await putContext({ validate_definitions_version: true })).status).toBe(200);
    await refused(world.admin, later);
    await world.admin.put('/config/validate_definitions_version', { value: true });
    await putContext({ validate_definitions_version: false });
    await uploaded(world.admin, later);
    served.set('/context.yaml', 'inputs: {context: {}}\n');
    await putContext({ import_resolver: { parameters: { rules: [{ 'https://c.example': origin }] } } });
    const id = await uploaded(world.admin, yaml('imports: ["https://c.example/context.yaml"]\n'));
    expect((await world.admin.get(`/blueprints/${id}`)).body.plan.inputs).toEqual({ context: {} });
    await putContext({});
  });

  it('cannot be what nobody could follow', async () => {
    expectError(
      await putContext({ import_resolver: { parameters: { rules: {} } } }),
      400,
      'resolver_instantiation_error',
    );
    expectError(await putContext({ validate_definitions_version: 'no' }), 400, 'bad_parameters_error');
  });
});

describe('imports of the catalogue', () => {
  const LIB = {
    'lib.yaml': `${HEAD}imports: [types.yaml]\ninputs: {size: {default: 1}}\nnode_templates: {part: {type: my.Part}}\n`,
    'types.yaml': 'node_types: {my.Part: {}}\n',
  };

  it('are parsed from the stored files, under their namespace, and cannot be deleted without force', async () => {
    const owner = await tenant.member('user');
    const lib = await uploaded(owner.client, LIB, { application_file_name: 'lib.yaml' });
    const id = await uploaded(owner.client, yaml(`imports: ["ns--blueprint:${lib}"]\n`));
    const nested = await uploaded(owner.client, yaml(`imports: ["outer--blueprint:${id}"]\n`));
    const { body } = await owner.client.get(`/blueprints/${id}`);
    expect(body.plan).toMatchObject({
      imported_blueprints: [lib],
      namespaces_mapping: { ns: lib },
      inputs: { 'ns--size': { default: 1 } },
      nodes: [{ id: 'ns--part', type: 'ns--my.Part' }],
    });
    expect((await owner.client.get(`/blueprints/${nested}`)).body.plan.namespaces_mapping).toEqual({
      outer: id,
      'outer--ns': lib,
    });

    const inUse = await owner.client.delete(`/blueprints/${lib}`);
    expectError(inUse, 405, 'blueprint_in_use');
    expect(inUse.body.message).toContain(id);
    expect((await owner.client.delete(`/blueprints/${lib}?force=true`)).status).toBe(204);
    expect((await owner.client.get(`/blueprints/${id}`)).body.plan.imported_blueprints).toEqual([lib]);
    expect((await owner.client.delete(`/blueprints/${nested}`)).status).toBe(204);
    expect((await owner.client.delete(`/blueprints/${id}`)).status).toBe(204);
  });

  it('are those that the uploader may see: hidden and absent are told apart by nobody', async () => {
    const elsewhere = await world.world.tenant();
    const [ada, bob, eve] = [
      await tenant.member('user'),
      await tenant.member('user'),
      await elsewhere.member('manager'),
    ];
    const hidden = await uploaded(ada.client, LIB, { application_file_name: 'lib.yaml', visibility: 'private' });
    const absent = unique('never');
    for (const { client } of [bob, eve]) {
      const [one, other] = [await refused(client, importing(hidden)), await refused(client, importing(absent))];
      expect(String(one['error']).replaceAll(hidden, 'x')).toBe(String(other['error']).replaceAll(absent, 'x'));
      expect(one['state']).toBe('invalid');
    }
    await uploaded(ada.client, importing(hidden));
    expectError(await ada.client.delete(`/blueprints/${hidden}`), 405, 'blueprint_in_use');
  });

  it('of another tenant’s global one keep it, and say nothing of who imports it', async () => {
    const elsewhere = await world.world.tenant();
    const eve = await elsewhere.member('user');
    const lib = await uploaded(world.admin, LIB, { application_file_name: 'lib.yaml', visibility: 'global' });
    const id = await uploaded(eve.client, yaml(`imports: ["x--blueprint:${lib}"]\n`));
    const inUse = await world.admin.delete(`/blueprints/${lib}`);
    expectError(inUse, 405, 'blueprint_in_use');
    expect(inUse.text).not.toContain(id);
    expect((await world.admin.delete(`/blueprints/${lib}?force=True`)).status).toBe(204);
    expect((await eve.client.get(`/blueprints/${id}`)).body.state).toBe('uploaded');
  });

  it('are not what is not uploaded, nor the blueprint itself', async () => {
    const failed = unique('bad');
    await uploadForm(world.admin, failed, {}, blueprintOf(yaml('nonsense: 1\n')));
    expect((await refused(world.admin, yaml(`imports: ["x--blueprint:${failed}"]\n`)))['state']).toBe('invalid');
    const id = unique('self');
    const answer = await uploadForm(world.admin, id, {}, blueprintOf(yaml(`imports: ["x--blueprint:${id}"]\n`)));
    expectError(answer, 400, 'invalid_blueprint_error');
  });

  it('may be restored with a plan, if they are there', async () => {
    const lib = await uploaded(world.admin, LIB, { application_file_name: 'lib.yaml' });
    const id = await uploaded(world.admin, yaml(''), { skip_execution: true });
    const plan = { imported_blueprints: [lib], blueprint_labels: { a: { values: ['b'] } } };
    expectError(
      await world.admin.patch(`/blueprints/${id}`, { plan: { imported_blueprints: ['never_made'] } }),
      404,
      'imported_blueprint_not_found',
    );
    expect((await world.admin.get(`/blueprints/${id}`)).body.plan).toBeNull();
    const { body } = await world.admin.patch(`/blueprints/${id}`, { plan, state: 'uploaded' });
    expect(body).toMatchObject({ plan, state: 'uploaded', labels: [{ key: 'a', value: 'b' }] });
    expectError(await world.admin.delete(`/blueprints/${lib}`), 405, 'blueprint_in_use');
    expect((await world.admin.patch(`/blueprints/${id}`, { plan: null })).body.plan).toBeNull();
    expect((await world.admin.delete(`/blueprints/${lib}`)).status).toBe(204);
    for (const wrong of [{ imported_blueprints: 'x' }, { blueprint_labels: { a: 'b' } }])
      expectError(await world.admin.patch(`/blueprints/${id}`, { plan: wrong }), 400, 'bad_parameters_error');
  });
});

describe('PUT /blueprints/{id}/validate', () => {
  it('is there while it is looked at, and its execution says how that ended', async () => {
    const before = await storedFiles(world.dataDir);
    const [good, bad] = [unique('v'), unique('v')];
    const first = await validate(world.admin, good, yaml(TYPES));
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      id: good,
      state: 'validating',
      plan: null,
      upload_execution: { workflow_id: 'upload_blueprint', parameters: { validate_only: true, blueprint_id: good } },
    });
    expect(await endOf(first)).toMatchObject({ status: 'terminated', error: '' });
    const second = await validate(world.admin, bad, yaml('nonsense: 1\n'));
    expect(await endOf(second)).toMatchObject({ status: 'failed', error: expect.stringContaining('nonsense') });
    const third = await validate(world.admin, bad, { 'README.md': '' });
    expect(await endOf(third)).toMatchObject({ status: 'failed', error: expect.stringContaining('no YAML') });
    for (const id of [good, bad]) expectError(await world.admin.get(`/blueprints/${id}`), 404, 'not_found_error');
    expect(await storedFiles(world.dataDir)).toEqual(before);
  });

  it('takes nobody’s place: not of a blueprint, a failed one, nor of another validation', async () => {
    const taken = await uploaded(world.admin, yaml(''));
    const failed = unique('bad');
    await uploadForm(world.admin, failed, {}, blueprintOf(yaml('nonsense: 1\n')));
    for (const id of [taken, failed]) expectError(await validate(world.admin, id, yaml('')), 409, 'conflict_error');
    expect((await world.admin.get(`/blueprints/${failed}`)).body.state).toBe('invalid');
  });

  it('judges as an upload does', async () => {
    const member = await tenant.member('user');
    expectError(await validate(member.client, '1x', yaml('')), 400, 'bad_parameters_error');
    expectError(await validate(member.client, unique('v'), yaml(''), { visibility: 'global' }), 403, 'forbidden_error');
    const viewer = await tenant.member('viewer');
    expectError(await validate(viewer.client, unique('v'), yaml('')), 403, 'forbidden_error');
  });

  it('ends with any change of its blueprint', async () => {
    const id = unique('v');
    const answer = await validate(world.admin, id, yaml(TYPES));
    const patched = await world.admin.patch(`/blueprints/${id}`, { description: 'x' });
    expect([200, 404]).toContain(patched.status); // it may have ended first
    await endOf(answer);
    expectError(await world.admin.get(`/blueprints/${id}`), 404, 'not_found_error');
  });
});

describe('PUT /blueprints/{id}/archive', () => {
  it('gives an archive to who has none, and to others only from who may restore', async () => {
    const member = await tenant.member('user');
    const id = unique('bp');
    const made = await uploadForm(
      member.client,
      id,
      { skip_execution: true, blueprint_archive_url: 'https://a.example/x.zip' },
      null,
    );
    expect(made.body).toMatchObject({ state: 'pending', upload_execution: null });
    expectError(await member.client.get(`/blueprints/${id}/archive`), 404, 'not_found_error');
    const answer = await putArchive(member.client, id, goodBlueprint('tar'));
    expect([answer.status, answer.text]).toEqual([200, 'null']);
    const download = await member.client.get(`/blueprints/${id}/archive`);
    expect(download.headers['content-disposition']).toContain(`${id}.tar"`);
    expect(download.raw.equals(goodBlueprint('tar'))).toBe(true);
    expectError(await putArchive(member.client, id, goodBlueprint('zip')), 403, 'forbidden_error');
    expect((await putArchive(tenant.asAdmin, id, goodBlueprint('zip'))).status).toBe(200);
    expect((await member.client.get(`/blueprints/${id}/archive`)).headers['content-disposition']).toContain('.zip"');
  });

  it('refuses what is no archive, and blueprints that cannot have one', async () => {
    const before = await storedFiles(world.dataDir);
    const failed = unique('bad');
    await uploadForm(world.admin, failed, {}, blueprintOf(yaml('nonsense: 1\n')));
    expectError(await putArchive(world.admin, failed, goodBlueprint()), 409, 'conflict_error');
    expectError(await putArchive(world.admin, 'never_made', goodBlueprint()), 404, 'not_found_error');
    const id = unique('bp');
    await uploadForm(world.admin, id, { skip_execution: true, blueprint_archive_url: 'https://a.example/x.zip' }, null);
    for (const body of ['', 'no archive'])
      expectError(await putArchive(world.admin, id, body), 400, 'bad_parameters_error');
    expect(await storedFiles(world.dataDir)).toEqual(before);
  });
});

describe('the plan of another', () => {
  it('is behind the same wall as its blueprint', async () => {
    const elsewhere = await world.world.tenant();
    const [ada, eve] = [await tenant.member('user'), await elsewhere.member('manager')];
    const id = await uploaded(ada.client, yaml('inputs: {of_ada: {}}\n'), { visibility: 'private' });
    expectError(await eve.client.get(`/blueprints/${id}`), 404, 'not_found_error');
    const own = await uploadForm(eve.client, id, {}, blueprintOf(yaml('inputs: {of_eve: {}}\n')));
    expect(own.body.plan.inputs).toEqual({ of_eve: {} });
    for (const list of ['/blueprints?_include=id,plan&_all_tenants=true', '/blueprints?_include=id,plan'])
      expect((await eve.client.get(list)).text).not.toContain('of_ada');
    expect((await eve.client.get('/blueprints?_include=id,plan')).text).toContain('of_eve');
  });
});

describe('what lists hold of a blueprint', () => {
  it('is not as long as its description, which the plan has in full', async () => {
    const client = world.admin;
    const description = 'd'.repeat(100_000);
    const id = await uploaded(client, yaml(`${TYPES}description: ${description}\nnode_templates: {}\n`));
    const { body } = await client.get(`/blueprints/${id}`);
    expect(body.plan.description).toBe(description);
    expect(body.description).toHaveLength(16 * 1024);
    const patched = await client.patch(`/blueprints/${id}?_include=description`, { description: 'e'.repeat(100_000) });
    expect(patched.body.description).toHaveLength(16 * 1024);
  });

  it('does not grow with endless requirements', async () => {
    const outputs = Array.from({ length: 4_000 }, (_, n) => `  o${n}: {value: {get_secret: ${'s'.repeat(80)}${n}}}\n`);
    const { error, state } = await refused(
      world.admin,
      yaml(`${TYPES}outputs:\n${outputs.join('')}node_templates: {}\n`),
    );
    expect(error).toContain('longer than 256 KiB');
    expect(state).toBe('failed_parsing');
  });
});

describe('a fault in a place with a long name', () => {
  it('keeps nobody waiting', async () => {
    const { error } = await refused(
      world.admin,
      yaml(`${TYPES}node_templates:\n  ? "${'a.'.repeat(200_000)}"\n  : {type: no.such.Type}\n`),
    );
    expect(String(error).length).toBeLessThan(5_000);
  });
});

describe('a worker that is lost while it validates', () => {
  it('leaves no blueprint behind', async () => {
    const first = await createTestApp();
    const body = blueprintForm({}, blueprintOf(yaml('')));
    const { body: made } = await first.admin.put('/blueprints/lost/validate', body, {
      headers: { 'content-type': 'multipart/form-data; boundary=hfboundary7391' },
    });
    await first.app.close();
    const owner = new pg.Client(first.database.owner);
    await owner.connect();
    await owner.query(
      `UPDATE execution SET status = 'started', attempts = 3, lease_owner = NULL, lease_until = NULL, ended_at = NULL`,
    );
    await owner.end();
    const second = await createTestApp({ from: first });
    try {
      let execution = (await second.admin.get(`/executions/${made.upload_execution.id}`)).body;
      while (execution.ended_at === null)
        execution = (await second.admin.get(`/executions/${made.upload_execution.id}`)).body;
      expect(execution.status).toBe('failed');
      expectError(await second.admin.get('/blueprints/lost'), 404, 'not_found_error');
    } finally {
      await second.close();
    }
  });
});

describe('POST /evaluate/functions', () => {
  it('finds no deployment', async () => {
    expectError(
      await world.admin.post('/evaluate/functions', { deployment_id: 'd', payload: {} }),
      404,
      'not_found_error',
    );
    expectError(await world.admin.post('/evaluate/functions', { deployment_id: 'd' }), 400, 'bad_parameters_error');
    expectError(
      await world.admin.post('/evaluate/functions', { deployment_id: 'd', payload: [] }),
      400,
      'bad_parameters_error',
    );
  });
});
