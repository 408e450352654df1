import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { blueprintOf, PNG, storedFiles, uploadForm } from '../support/blueprints.js';
import { expectError, expectStatus } from '../support/expect-error.js';
import { archiveName, caravan, pluginYaml, pluginZip, uploadPlugin, wagon } from '../support/plugins.js';
import type { TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  world = await createTestApp({ config: { maxUploadMib: 1 } });
  tenant = await world.world.tenant();
});
afterAll(() => world?.close());

const fresh = (): { name: string; version: string } => ({ name: unique('p').replaceAll('_', '-'), version: '1.2.3' });

describe('POST /plugins', () => {
  it('takes a zip of a wagon and its YAML, and shows what they say', async () => {
    const facts = fresh();
    const yaml = pluginYaml(
      facts,
      [
        'labels: { Env: { values: [prod, test] } }',
        'blueprint_labels: { team: { values: [core] } }',
        'resource_tags: { tag: { get_sys: [tenant, name] } }',
      ].join('\n'),
    );
    const answer = await uploadPlugin(world.admin, pluginZip(facts, { 'plugin.yaml': yaml }));
    expect(answer.status).toBe(201);
    const { id } = answer.body;
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      visibility: 'tenant',
      tenant_name: 'default_tenant',
      created_by: 'admin',
      resource_availability: 'tenant',
      private_resource: false,
      archive_name: archiveName(facts),
      package_name: facts.name,
      package_version: '1.2.3',
      package_source: `${facts.name}==1.2.3`,
      distribution: 'centos',
      distribution_release: 'core',
      distribution_version: '7.9',
      title: facts.name,
      yaml_url_path: `plugin:${facts.name}?version=1.2.3&distribution=centos`,
      supported_platform: 'linux_x86_64',
      supported_py_versions: ['py311'],
      wheels: [`${facts.name}-1.2.3-py3-none-any.whl`],
      excluded_wheels: [],
      blueprint_labels: { team: ['core'] },
      labels: { env: ['prod', 'test'] },
      resource_tags: { tag: { get_sys: ['tenant', 'name'] } },
      uploaded_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      yaml_files_paths: [`/resources/plugins/${id}/plugin.yaml`],
      installation_state: [],
    });
    expect((await world.admin.get(`/plugins/${id}`)).body).toEqual(answer.body);
  });

  it.each(['zip', 'tar.gz'] as const)('takes a bare wagon that is a %s', async (kind) => {
    const facts = fresh();
    const bytes = wagon(facts, kind);
    const answer = await uploadPlugin(world.admin, bytes, { title: 'A title', visibility: 'private' });
    expect(answer.body).toMatchObject({ title: 'A title', visibility: 'private', yaml_url_path: '', labels: null });
    const download = await world.admin.get(`/plugins/${answer.body.id}/archive`);
    expect(download.raw.equals(bytes)).toBe(true);
    expectError(await world.admin.get(`/plugins/${answer.body.id}/yaml`), 404, 'not_found_error');
  });

  it('leaves out of yaml_url_path what a wagon does not say', async () => {
    const facts = { ...fresh(), distribution: null };
    const answer = await uploadPlugin(world.admin, pluginZip(facts));
    expect(answer.body).toMatchObject({
      distribution: null,
      yaml_url_path: `plugin:${facts.name}?version=1.2.3`,
    });
  });

  it('takes a caravan of several, and answers them as a list; of one, and answers it', async () => {
    const [one, two, three] = [fresh(), fresh(), fresh()];
    const several = await uploadPlugin(world.admin, caravan([one, two]), { _include: 'package_name' });
    expect(several.status).toBe(201);
    expect(several.body).toEqual({
      items: [{ package_name: one.name }, { package_name: two.name }],
      metadata: { pagination: { total: 2, size: 2, offset: 0 }, filtered: null },
    });
    const single = await uploadPlugin(world.admin, caravan([three]));
    expect(single.body).toMatchObject({ package_name: three.name, yaml_url_path: expect.stringContaining('plugin:') });
  });

  it('takes all of a caravan or nothing', async () => {
    const [one, two] = [fresh(), fresh()];
    expectStatus(await uploadPlugin(world.admin, pluginZip(two)), 201);
    const before = await storedFiles(world.dataDir);
    expectError(await uploadPlugin(world.admin, caravan([one, two])), 409, 'conflict_error');
    expect((await world.admin.get(`/plugins?package_name=${one.name}`)).body.items).toEqual([]);
    expect(await storedFiles(world.dataDir)).toEqual(before);
    expectError(await uploadPlugin(world.admin, caravan([one]).subarray(0, 200)), 400, 'invalid_plugin_error');
  });

  it('takes the file of a form', async () => {
    const boundary = 'hfb';
    const body = Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n`),
      pluginZip(fresh()),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    expectStatus(await world.admin.post('/plugins', body, { headers }), 201);
  });

  it('refuses the same package and archive in a tenant', async () => {
    const [facts, here] = [fresh(), (await tenant.member()).client];
    expectStatus(await uploadPlugin(world.admin, pluginZip(facts)), 201);
    expectError(await uploadPlugin(world.admin, pluginZip(facts)), 409, 'conflict_error');
    expectStatus(await uploadPlugin(here, pluginZip(facts)), 201);
    // Another version is another archive.
    expectStatus(await uploadPlugin(world.admin, pluginZip({ ...facts, version: '2.0' })), 201);
  });

  it('refuses it everywhere where it is or shall be global', async () => {
    const [other, here] = [fresh(), (await tenant.member()).client];
    expectStatus(await uploadPlugin(here, pluginZip(other)), 201);
    expectError(await uploadPlugin(world.admin, pluginZip(other), { visibility: 'global' }), 409, 'conflict_error');
    const wide = fresh();
    expectStatus(await uploadPlugin(world.admin, pluginZip(wide), { visibility: 'global' }), 201);
    expectError(await uploadPlugin(here, pluginZip(wide)), 409, 'conflict_error');
  });

  it('lets one of two equal uploads win', async () => {
    const archive = pluginZip(fresh());
    const answers = await Promise.all([1, 2, 3].map(() => uploadPlugin(world.admin, archive)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
  });

  it('keeps what is for a restore, and for global plugins, to those who may', async () => {
    const user = (await tenant.member('user')).client;
    for (const query of [
      { id: 'chosen' },
      { uploaded_at: '2020-01-02T03:04:05Z' },
      { created_by: 'admin' },
      { visibility: 'global' },
    ])
      expectError(await uploadPlugin(user, pluginZip(fresh()), query), 403, 'forbidden_error');
    const id = unique('restored');
    const restored = await uploadPlugin(world.admin, pluginZip(fresh()), {
      id,
      uploaded_at: '2020-01-02T03:04:05Z',
      created_by: 'ADMIN',
    });
    expect(restored.body).toMatchObject({ id, uploaded_at: '2020-01-02T03:04:05.000Z', created_by: 'admin' });
    expectError(await uploadPlugin(world.admin, pluginZip(fresh()), { id }), 409, 'conflict_error');
    expectError(await uploadPlugin(tenant.asAdmin, pluginZip(fresh()), { id }), 409, 'conflict_error');
  });

  it.each<[string, Record<string, string>]>([
    ['an unknown visibility', { visibility: 'public' }],
    ['two ways to say private', { visibility: 'tenant', private_resource: 'true' }],
    ['an id of other characters', { id: '../x' }],
    ['a date that is none', { uploaded_at: 'soon' }],
    ['an unknown owner', { created_by: 'nobody_at_all' }],
    ['a title of control characters', { title: 'a\nb' }],
    ['a URL of another scheme', { plugin_archive_url: 'file:///etc/passwd' }],
    ['a URL with a password', { plugin_archive_url: 'https://user:pass@example.com/x.wgn' }],
    ['a URL beside a body', { plugin_archive_url: 'https://example.com/x.wgn' }],
  ])('refuses %s', async (_what, query) => {
    expectError(await uploadPlugin(world.admin, pluginZip(fresh()), query), 400, 'bad_parameters_error');
  });

  it('wants a body or a URL, and no more than the limit', async () => {
    expectError(await world.admin.post('/plugins'), 400, 'bad_parameters_error');
    expect((await uploadPlugin(world.admin, Buffer.alloc(1024 * 1024 + 1))).status).toBe(413);
    const unknown = await uploadPlugin(world.admin, pluginZip(fresh()), { _include: 'nothing' });
    expectError(unknown, 400, 'no_such_include_field_error');
  });
});

describe('GET /plugins', () => {
  it('pages, searches by package name, filters and sorts', async () => {
    const { asAdmin, name: tenant_name } = await world.world.tenant();
    const names = ['alpha-one', 'alpha-two', 'beta'];
    for (const name of names) expectStatus(await uploadPlugin(asAdmin, pluginZip({ name })), 201);
    const namesOf = async (query: Record<string, string>): Promise<string[]> =>
      (await asAdmin.get('/plugins', { query: { tenant_name, ...query } })).body.items.map(
        (item: { package_name: string }) => item.package_name,
      );
    expect(await namesOf({})).toEqual(names);
    expect(await namesOf({ _search: 'ALPHA' })).toEqual(['alpha-one', 'alpha-two']);
    expect(await namesOf({ package_name: 'beta' })).toEqual(['beta']);
    expect(await namesOf({ package_name: 'beta', package_version: '9' })).toEqual([]);
    expect(await namesOf({ _sort: '-uploaded_at' })).toHaveLength(3);
    expect(await namesOf({ _sort: '-package_name', _size: '1', _offset: '1' })).toEqual(['alpha-two']);
    const include = await asAdmin.get('/plugins', {
      query: { tenant_name, _include: 'id,wheels,installation_state', _size: '1' },
    });
    expect(Object.keys(include.body.items[0])).toEqual(['id', 'wheels', 'installation_state']);
    expect(include.body.metadata.pagination.total).toBe(3);
    expectError(await asAdmin.get('/plugins?_include=created_at'), 400, 'no_such_include_field_error');
  });

  it('reaches the tenants of the caller with _all_tenants', async () => {
    const [one, two] = [await world.world.tenant(), await world.world.tenant()];
    const member = await one.member();
    await two.add(member, 'viewer');
    const facts = fresh();
    for (const { asAdmin } of [one, two]) expectStatus(await uploadPlugin(asAdmin, pluginZip(facts)), 201);
    const tenants = async (query: Record<string, string>): Promise<string[]> =>
      (await member.client.get('/plugins', { query: { package_name: facts.name, ...query } })).body.items.map(
        (item: { tenant_name: string }) => item.tenant_name,
      );
    expect(await tenants({})).toEqual([one.name]);
    expect(await tenants({ _all_tenants: 'true' })).toEqual([one.name, two.name]);
  });
});

describe('one plugin', () => {
  it('is downloaded as its wagon, as a whole, and as its YAML for a version', async () => {
    const facts = fresh();
    const yamls = {
      'plugin.yaml': pluginYaml(facts, '# 1'),
      'plugin_1_4.yaml': pluginYaml(facts, '# 4'),
      'plugin_1_5.yaml': pluginYaml(facts, '# 5'),
    };
    const { id } = (await uploadPlugin(world.admin, pluginZip(facts, yamls))).body;
    const archive = await world.admin.get(`/plugins/${id}/archive`, { headers: { 'accept-encoding': 'gzip' } });
    expect(archive.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${archiveName(facts)}"`,
      'content-length': String(wagon(facts).length),
      'cache-control': 'no-cache',
    });
    expect(archive.raw.equals(wagon(facts))).toBe(true);

    const whole = await world.admin.get(`/plugins/${id}/archive?full_archive=yes`);
    expect(whole.headers['content-disposition']).toBe('attachment; filename="plugin_archive.zip"');
    expect(whole.headers['content-length']).toBe(String(whole.raw.length));
    const again = await uploadPlugin(tenant.asAdmin, whole.raw);
    expect(again.body).toMatchObject({ package_name: facts.name, yaml_files_paths: { length: 3 } });

    const text = async (query: string): Promise<string> => (await world.admin.get(`/plugins/${id}/yaml${query}`)).text;
    expect(await text('')).toBe(yamls['plugin.yaml']);
    expect(await text('?dsl_version=1_3')).toBe(yamls['plugin.yaml']);
    expect(await text('?dsl_version=1_4')).toBe(yamls['plugin_1_4.yaml']);
    expect(await text('?dsl_version=cloudify_dsl_1_5')).toBe(yamls['plugin_1_5.yaml']);
    expectError(await world.admin.get(`/plugins/${id}/yaml?dsl_version=2`), 400, 'bad_parameters_error');
  });

  it('has its YAML read in another tenant with _all_tenants by those who may download there', async () => {
    const { id } = (await uploadPlugin(tenant.asAdmin, pluginZip(fresh()))).body;
    const stranger = await (await world.world.tenant()).member();
    expectError(await stranger.client.get(`/plugins/${id}/yaml?_all_tenants=true`), 404, 'not_found_error');
    await tenant.add(stranger, 'viewer');
    expect((await stranger.client.get(`/plugins/${id}/yaml`)).status).toBe(404);
    expect((await stranger.client.get(`/plugins/${id}/yaml?_all_tenants=true`)).status).toBe(200);
  });

  it('shows its icon and YAML under /resources to those who may see it', async () => {
    const icon = { name: 'icon.png', content: PNG, store: true };
    const { id } = (await uploadPlugin(tenant.asAdmin, pluginZip(fresh(), undefined, [icon]))).body;
    const [member, other] = [await tenant.member('viewer'), await (await world.world.tenant()).member()];
    const image = await member.client.get(`/resources/plugins/${id}/icon.png`, { tenant: null });
    expect([image.status, image.headers['content-type']]).toEqual([200, 'image/png']);
    expect(image.raw.equals(PNG)).toBe(true);
    const yaml = await member.client.get(`/resources/plugins/${id}/plugin.yaml`);
    expect(yaml.headers['content-disposition']).toBe('attachment; filename="plugin.yaml"');
    for (const header of [null, tenant.name]) {
      const hidden = await other.client.get(`/resources/plugins/${id}/icon.png`, { tenant: header });
      expect([hidden.status, hidden.body]).toEqual([404, { message: 'The requested file was not found' }]);
    }
    for (const name of ['wagon', '..%2fwagon', 'nothing.yaml', '%00'])
      expect((await member.client.get(`/resources/plugins/${id}/${name}`)).status).toBe(404);
    expect((await world.stranger.get(`/resources/plugins/${id}/icon.png`)).status).toBe(401);
    const without = (await uploadPlugin(tenant.asAdmin, pluginZip(fresh()))).body.id;
    expect((await member.client.get(`/resources/plugins/${without}/icon.png`)).status).toBe(404);
  });

  it('takes no file for an icon that is none', async () => {
    const icon = { name: 'icon.png', content: '<script>alert(1)</script>' };
    const { id } = (await uploadPlugin(world.admin, pluginZip(fresh(), undefined, [icon]))).body;
    expect((await world.admin.get(`/resources/plugins/${id}/icon.png`)).status).toBe(404);
  });

  it('has its labels, tags and owner changed', async () => {
    const { id } = (await uploadPlugin(tenant.asAdmin, pluginZip(fresh()))).body;
    const user = await tenant.member('user');
    const changed = await user.client.patch(`/plugins/${id}`, {
      labels: { A: ['x', { get_input: 'y' }] },
      blueprint_labels: { b: 'z' },
      resource_tags: { t: 1 },
      unknown: 'ignored',
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      labels: { a: ['x', { get_input: 'y' }] },
      blueprint_labels: { b: ['z'] },
      resource_tags: { t: 1 },
    });
    expect((await user.client.patch(`/plugins/${id}`, { labels: null })).body).toMatchObject({
      labels: null,
      blueprint_labels: { b: ['z'] },
    });
    expectError(await user.client.patch(`/plugins/${id}`, { creator: user.username }), 403, 'forbidden_error');
    const given = await tenant.asAdmin.patch(`/plugins/${id}`, { creator: user.username });
    expect(given.body.created_by).toBe(user.username);
    for (const body of [
      { labels: [] },
      { labels: { 'csys-other': ['x'] } },
      { blueprint_labels: { b: [{ get_input: 'y' }] } },
      { labels: { a: [1] } },
      { resource_tags: 'x' },
      { creator: 'nobody_at_all' },
    ])
      expectError(await tenant.asAdmin.patch(`/plugins/${id}`, body), 400, 'bad_parameters_error');
    expectError(await tenant.asAdmin.patch('/plugins/none', { labels: {} }), 404, 'not_found_error');
  });

  it('has its visibility widened, never narrowed', async () => {
    const facts = fresh();
    const { id } = (await uploadPlugin(tenant.asAdmin, pluginZip(facts), { visibility: 'private' })).body;
    const set = (client: TestTenant['asAdmin'], visibility: string): ReturnType<typeof client.patch> =>
      client.patch(`/plugins/${id}/set-visibility`, { visibility });
    expect((await set(tenant.asAdmin, 'tenant')).body).toMatchObject({ id, visibility: 'tenant' });
    expectError(await set(tenant.asAdmin, 'private'), 400, 'bad_parameters_error');
    expectError(await set((await tenant.member('manager')).client, 'global'), 403, 'forbidden_error');
    expectStatus(await uploadPlugin(world.admin, pluginZip(facts)), 201);
    expectError(await set(tenant.asAdmin, 'global'), 409, 'conflict_error');
    const own = (await world.admin.get(`/plugins?package_name=${facts.name}`)).body.items[0].id;
    expectStatus(await world.admin.delete(`/plugins/${own}`, { force: false }), 204);
    expect((await set(tenant.asAdmin, 'global')).body.visibility).toBe('global');
    expectError(await set(tenant.asAdmin, 'tenant'), 400, 'illegal_action_error');
    expectError(await set(world.admin, 'global'), 400, 'illegal_action_error');
    expect((await world.admin.get(`/plugins/${id}`)).body).toMatchObject({ tenant_name: tenant.name });
    expectError(await world.admin.delete(`/plugins/${id}`, { force: true }), 400, 'illegal_action_error');
    expectError(await world.admin.patch(`/plugins/${id}`, { labels: {} }), 400, 'illegal_action_error');
  });

  it('is deleted with its files', async () => {
    const before = await storedFiles(world.dataDir);
    const { id } = (await uploadPlugin(world.admin, pluginZip(fresh()))).body;
    expect((await storedFiles(world.dataDir)).length).toBeGreaterThan(before.length);
    expect(
      (await world.admin.delete(`/plugins/${id}`, 'x', { headers: { 'content-type': 'text/plain' } })).status,
    ).toBe(415);
    expectError(await world.admin.delete(`/plugins/${id}`, { force: 'x' }), 400, 'bad_parameters_error');
    const gone = await world.admin.delete(`/plugins/${id}`, { force: false });
    expect([gone.status, gone.text]).toEqual([204, '']);
    expectError(await world.admin.get(`/plugins/${id}`), 404, 'not_found_error');
    expectError(await world.admin.get(`/plugins/${id}/archive`), 404, 'not_found_error');
    expectError(await world.admin.delete(`/plugins/${id}`, { force: false }), 404, 'not_found_error');
    expect(await storedFiles(world.dataDir)).toEqual(before);
  });
});

describe('another tenant', () => {
  it('finds nothing of a plugin, in the words of one that does not exist', async () => {
    const { id } = (await uploadPlugin(tenant.asAdmin, pluginZip(fresh()))).body;
    const secret = (await uploadPlugin(tenant.asAdmin, pluginZip(fresh()), { visibility: 'private' })).body.id;
    const other = (await (await world.world.tenant()).member('manager')).client;
    const colleague = (await tenant.member('user')).client;
    for (const [client, hidden] of [
      [other, id],
      [colleague, secret],
    ] as const) {
      const asked = [
        await client.get(`/plugins/${hidden}`),
        await client.get(`/plugins/${hidden}/archive`),
        await client.get(`/plugins/${hidden}/archive?full_archive=1`),
        await client.get(`/plugins/${hidden}/yaml`),
        await client.patch(`/plugins/${hidden}`, { labels: {} }),
        await client.patch(`/plugins/${hidden}/set-visibility`, { visibility: 'tenant' }),
        await client.delete(`/plugins/${hidden}`, { force: true }),
      ];
      for (const answer of asked) {
        if (client === colleague && answer.status === 403) continue; // widening asks for more than `user`
        expectError(answer, 404, 'not_found_error');
        expect(answer.body.message).toBe(`Requested \`Plugin\` with ID \`${hidden}\` was not found`);
      }
      expect((await client.get(`/plugins?id=${hidden}`)).body.items).toEqual([]);
    }
    expect((await tenant.asAdmin.get(`/plugins/${secret}`)).status).toBe(200);
  });
});

const importing = (line: string, type: string): Buffer =>
  blueprintOf({
    'blueprint.yaml': [
      'tosca_definitions_version: cloudify_dsl_1_4',
      'imports:',
      '  - cloudify/types/types.yaml',
      `  - ${line}`,
      'node_templates:',
      '  thing:',
      `    type: ${type}`,
      '',
    ].join('\n'),
  });

describe('a blueprint', () => {
  it('imports a plugin by name and version, with the labels that are stored', async () => {
    const facts = fresh();
    const labelled = pluginYaml(facts, 'blueprint_labels: { from: { values: [yaml] } }');
    for (const version of ['1.0', '1.9', '2.0'])
      expectStatus(
        await uploadPlugin(
          world.admin,
          pluginZip({ ...facts, version }, { 'plugin.yaml': labelled.replace('1.2.3', version) }),
        ),
        201,
      );
    const id = unique('bp');
    const line = `plugin:${facts.name}?version=>=1.0,<2`;
    const answer = await uploadForm(world.admin, id, {}, importing(line, `${facts.name}.nodes.Thing`));
    expect(answer.status).toBe(201);
    const [used] = answer.body.plan.deployment_plugins_to_install;
    expect(used).toMatchObject({ package_name: facts.name, package_version: '1.9' });
    expect(answer.body.labels).toMatchObject([{ key: 'from', value: 'yaml' }]);
  });

  it('keeps the plugin that it imports from being deleted, unless forced', async () => {
    const facts = fresh();
    const { id } = (await uploadPlugin(world.admin, pluginZip(facts))).body;
    const blueprint = unique('bp');
    const archive = importing(`plugin:${facts.name}`, `${facts.name}.nodes.Thing`);
    expectStatus(await uploadForm(world.admin, blueprint, {}, archive), 201);
    const refused = await world.admin.delete(`/plugins/${id}`, { force: false });
    expectError(refused, 405, 'plugin_in_use');
    expect(refused.body.message).toContain(blueprint);
    expectStatus(await world.admin.delete(`/plugins/${id}`, { force: true }), 204);
    expect((await world.admin.get(`/blueprints/${blueprint}`)).body.state).toBe('uploaded');

    const again = (await uploadPlugin(world.admin, pluginZip(facts))).body.id;
    const second = unique('bp');
    expectStatus(await uploadForm(world.admin, second, {}, archive), 201);
    expectError(await world.admin.delete(`/plugins/${again}`, {}), 405, 'plugin_in_use');
    expectStatus(await world.admin.delete(`/blueprints/${second}`), 204);
    expectStatus(await world.admin.delete(`/plugins/${again}`, {}), 204);
  });

  it('keeps a plugin that its plan installs, also where its YAML came with the blueprint', async () => {
    const facts = fresh();
    const { id } = (await uploadPlugin(world.admin, pluginZip(facts))).body;
    const other = (await uploadPlugin(world.admin, pluginZip({ ...facts, version: '9.9' }))).body.id;
    const archive = blueprintOf({
      'blueprint.yaml': [
        'tosca_definitions_version: cloudify_dsl_1_4',
        'imports: [cloudify/types/types.yaml, plugin.yaml]',
        `node_templates: { thing: { type: ${facts.name}.nodes.Thing } }`,
        '',
      ].join('\n'),
      'plugin.yaml': pluginYaml(facts),
    });
    expectStatus(await uploadForm(world.admin, unique('bp'), {}, archive), 201);
    expectError(await world.admin.delete(`/plugins/${id}`, { force: false }), 405, 'plugin_in_use');
    expectStatus(await world.admin.delete(`/plugins/${other}`, { force: false }), 204);
  });

  it('keeps a global plugin that it imports from another tenant, which learns nothing of it', async () => {
    const facts = fresh();
    const { id } = (await uploadPlugin(world.admin, pluginZip(facts), { visibility: 'global' })).body;
    const member = (await tenant.member()).client;
    const blueprint = unique('bp');
    const archive = importing(`plugin:${facts.name}`, `${facts.name}.nodes.Thing`);
    expectStatus(await uploadForm(member, blueprint, {}, archive), 201);
    const refused = await world.admin.delete(`/plugins/${id}`, { force: false });
    expectError(refused, 405, 'plugin_in_use');
    expect(refused.body.message).not.toContain(blueprint);
    expectStatus(await world.admin.delete(`/plugins/${id}`, { force: true }), 204);
  });

  it('reaches no plugin of another tenant, and no private one of somebody else, by name or by version', async () => {
    const [foreign, secret] = [fresh(), fresh()];
    expectStatus(await uploadPlugin(world.admin, pluginZip(foreign)), 201);
    expectStatus(await uploadPlugin(tenant.asAdmin, pluginZip(secret), { visibility: 'private' }), 201);
    const member = (await tenant.member()).client;
    const absent = fresh();
    const messages: string[] = [];
    for (const { name } of [foreign, secret, absent]) {
      for (const suffix of ['', '?version=1.2.3']) {
        const answer = await uploadForm(
          member,
          unique('bp'),
          {},
          importing(`plugin:${name}${suffix}`, `${name}.nodes.Thing`),
        );
        expectError(answer, 400, 'invalid_blueprint_error');
        messages.push(answer.body.message.replaceAll(name, 'NAME'));
      }
    }
    expect(new Set(messages.filter((_, index) => index % 2 === 0)).size).toBe(1);
    expect(new Set(messages.filter((_, index) => index % 2 === 1)).size).toBe(1);
  });

  it('imports no bare wagon, which has no YAML', async () => {
    const facts = fresh();
    expectStatus(await uploadPlugin(world.admin, wagon(facts)), 201);
    const answer = await uploadForm(world.admin, unique('bp'), {}, importing(`plugin:${facts.name}`, 'x'));
    expectError(answer, 400, 'invalid_blueprint_error');
  });
});

it('records each change in the audit log', async () => {
  const { id } = (await uploadPlugin(world.admin, pluginZip(fresh()))).body;
  await world.admin.patch(`/plugins/${id}`, { resource_tags: { a: 'b' } });
  await world.admin.delete(`/plugins/${id}`, { force: false });
  const { items } = (await world.admin.get('/audit?_size=3&ref_table=plugins&order_by=created_at&desc=true')).body;
  const records = (items as { ref_table: string; operation: string; ref_identifier: { id: string } }[]).filter(
    ({ ref_identifier }) => ref_identifier?.id === id,
  );
  expect(records.map(({ operation }) => operation).toSorted()).toEqual(['create', 'delete', 'update']);
});
