import { load, refusal, refusedCodes } from '../../../../test/support/imports.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';
const TYPES = 'cloudify/types/types.yaml';

async function merge(main: string, ...others: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  return (await load(...written(main, others))).merged;
}

async function refuse(main: string, ...others: readonly string[]): Promise<readonly (number | null)[]> {
  return refusedCodes(...written(main, others));
}

function written(main: string, others: readonly string[]) {
  const files = Object.fromEntries(others.map((text, index) => [`f${String(index)}.yaml`, text]));
  const version = main.startsWith('tosca') ? '' : HEAD;
  return [`${version}${main}\nimports: [${Object.keys(files).join(', ')}]\n`, { files }] as const;
}

const R1 = '{type: r, target: one}';
const R2 = '{type: r, target: two}';

async function mergedNode(first: string, second: string): Promise<unknown> {
  const merged = await merge(`node_templates: {n: ${first}}`, `node_templates: {n: ${second}}`);
  return (merged['node_templates'] as Record<string, unknown>)['n'];
}

describe('merging documents', () => {
  it('goes breadth-first, the main file first: existing entries in their order, then new ones [§5.4]', async () => {
    const files = {
      'a.yaml': 'imports: [deep.yaml]\nnode_types: {a: {}}',
      'b.yaml': 'node_types: {b: {}}',
      'deep.yaml': 'node_types: {deep: {}}',
    };
    const { merged } = await load(`${HEAD}imports: [a.yaml, b.yaml]\nnode_types: {m: {}}`, { files });
    expect(Object.keys(merged['node_types'] as object)).toEqual(['m', 'a', 'b', 'deep']);
  });

  it('takes a section that is new as it is [§5.4]', async () => {
    const merged = await merge('node_types: {}', 'policies: {p: {}}\ndeployment_settings: {id_template: x}\nodd: [1]');
    expect(merged).toMatchObject({ policies: { p: {} }, deployment_settings: { id_template: 'x' }, odd: [1] });
  });

  it('lets the first description and metadata win, an imported one where there is none [§5.4]', async () => {
    const imported = 'description: theirs\nmetadata: {theirs: 1}';
    expect(await merge('description: ours\nmetadata: {ours: 1}', imported)).toMatchObject({
      description: 'ours',
      metadata: { ours: 1 },
    });
    expect(await merge('inputs: {}', imported)).toMatchObject({ description: 'theirs', metadata: { theirs: 1 } });
  });

  it('takes a section that is null for absent [§3]', async () => {
    expect(await merge('inputs:\npolicies:', 'inputs: {i: {}}\npolicies: {p: {}}', 'inputs:\npolicies:')).toMatchObject(
      {
        inputs: { i: {} },
        policies: { p: {} },
      },
    );
  });

  it.each([
    'node_types',
    'plugins',
    'workflows',
    'relationships',
    'policy_types',
    'policy_triggers',
    'groups',
    'data_types',
  ])('merges %s entry by entry in every version [§5.4]', async (section) => {
    const merged = await merge(
      `tosca_definitions_version: cloudify_dsl_1_0\n${section}: {a: {}}`,
      `${section}: {b: {}}`,
    );
    expect(merged[section]).toEqual({ a: {}, b: {} });
  });

  it.each(['inputs', 'outputs', 'node_templates', 'capabilities', 'labels', 'blueprint_labels', 'resource_tags'])(
    'merges %s entry by entry since 1_3; before, a second one is error 3 [§5.4] [§4] [error 3]',
    async (section) => {
      const [first, second] = [`${section}: {a: {}}`, `${section}: {b: {}}`];
      const since = await merge(`tosca_definitions_version: cloudify_dsl_1_3\n${first}`, second);
      expect(since[section]).toEqual({ a: {}, b: {} });
      expect(await refuse(`tosca_definitions_version: cloudify_dsl_1_2\n${first}`, second)).toEqual([3]);
    },
  );

  it.each(['policies', 'deployment_settings', 'odd'])(
    'cannot merge two sections %s [§5.4] [error 3]',
    async (section) => {
      expect(await refuse(`${section}: {a: {}}`, `${section}: {b: {}}`)).toEqual([3]);
    },
  );

  it.each([
    'node_types',
    'plugins',
    'relationships',
    'policy_types',
    'policy_triggers',
    'groups',
    'data_types',
    'inputs',
    'outputs',
    'capabilities',
    'node_templates',
  ])('refuses two entries of one name in %s [§5.4] [error 4]', async (section) => {
    expect(await refuse(`${section}: {a: {}}`, `${section}: {a: {}}`)).toEqual([4]);
  });

  it('says where the first one stands, and goes on to the next fault [§5.4] [error 4]', async () => {
    const faults = await refusal(
      ...written('inputs: {a: {}, b: {}}\npolicies: {}', ['inputs:\n  a: {}\n  b: {}\npolicies: {}']),
    );
    expect(faults).toMatchObject([
      { code: 4, file: 'f0.yaml', line: 2, path: 'inputs.a' },
      { code: 4, file: 'f0.yaml', line: 3, path: 'inputs.b' },
      { code: 3, file: 'f0.yaml', line: 4, path: 'policies' },
    ]);
    expect(faults[0]?.message).toContain('first in blueprint.yaml, line 2');
  });

  it.each(['labels', 'blueprint_labels', 'resource_tags'])(
    'keeps the first entry of a name in %s [§5.4]',
    async (section) => {
      const merged = await merge(`${section}: {a: 1}`, `${section}: {a: 2, b: 2}`, `${section}: {b: 3}`);
      expect(merged[section]).toEqual({ a: 1, b: 2 });
    },
  );

  it('refuses to merge what is no dictionary [§5.4] [error 1]', async () => {
    expect(await refuse('inputs: {a: {}}', 'inputs: [a]')).toEqual([1]);
    expect(await refuse('inputs: text', 'inputs: {a: {}}')).toEqual([1]);
  });

  it('fills in what a workflow lacks, if both are mappings [§5.4] [error 4]', async () => {
    const ours = 'workflows: {w: {mapping: p.ours, parameters: {a: {}}}}';
    const theirs = 'workflows: {w: {mapping: p.theirs, is_cascading: true}}';
    expect((await merge(ours, theirs))['workflows']).toEqual({
      w: { mapping: 'p.ours', parameters: { a: {} }, is_cascading: true },
    });
    expect(await refuse('workflows: {w: p.x}', theirs)).toEqual([4]);
    expect(await refuse(ours, 'workflows: {w: p.x}')).toEqual([4]);
  });
});

describe('built-in types', () => {
  const resources = {
    [TYPES]:
      'node_types: {cloudify.nodes.Root: {}, plain: {from: types}}\nworkflows: {install: p.builtin}\nmetadata: {cloudify_types: true}',
  };

  it('override what the blueprint defines itself, silently and in its place [§5.4] [trap 5]', async () => {
    const main = `${HEAD}imports: [${TYPES}]\nworkflows: {install: p.mine, mine: p.y}\nnode_types: {plain: {from: me}, z: {}}`;
    const { merged } = await load(main, { resources });
    expect(merged['workflows']).toEqual({ install: 'p.builtin', mine: 'p.y' });
    expect(merged['node_types']).toEqual({ plain: { from: 'types' }, z: {}, 'cloudify.nodes.Root': {} });
    expect(Object.keys(merged['node_types'] as object)).toEqual(['plain', 'z', 'cloudify.nodes.Root']);
    expect(merged['metadata']).toEqual({ cloudify_types: true });
  });

  it('are recognised by their root type, wherever the file lies; by nothing else [§5.4]', async () => {
    expect(await merge('workflows: {w: a}', 'node_types: {cloudify.nodes.Root: }\nworkflows: {w: b}')).toMatchObject({
      workflows: { w: 'b' },
    });
    expect(await refuse('workflows: {w: a}', 'metadata: {cloudify_types: true}\nworkflows: {w: b}')).toEqual([4]);
  });

  it('can be overridden by names that begin with cloudify. only: the last one counts [§5.4] [trap 5]', async () => {
    const merged = await merge(
      'node_types: {cloudify.nodes.Web: {from: me}}',
      'node_types: {cloudify.nodes.Web: {from: them}}',
    );
    expect(merged['node_types']).toEqual({ 'cloudify.nodes.Web': { from: 'them' } });
  });

  it('do not make the main file the types file: what it declares is overridden [§5.4]', async () => {
    const main = 'node_types: {cloudify.nodes.Root: {from: me}}\nworkflows: {w: a}';
    expect(await refuse(main, 'workflows: {w: b}')).toEqual([4]);
  });

  it('are read once for many parses, if the caller keeps their trees [§5.1]', async () => {
    const options = { cache: new Map() };
    const main = `${HEAD}imports: [${TYPES}]`;
    const first = await load(main, { resources, options });
    const second = await load(main, { resources, options });
    expect(first.resolver.opened).toContain(`resource:${TYPES}`);
    expect(second.resolver.opened).not.toContain(`resource:${TYPES}`);
    expect(second.merged).toEqual(first.merged);
    const entry = (loaded: typeof first) => loaded.document.root.entries.get('node_types')?.value;
    expect(entry(second)).toBe(entry(first));
  });
});

describe('a node template in two files', () => {
  it('takes the relationships that the other adds [§5.4]', async () => {
    expect(await mergedNode(`{type: t, relationships: [${R1}]}`, `{relationships: [${R2}]}`)).toEqual({
      type: 't',
      relationships: [
        { type: 'r', target: 'one' },
        { type: 'r', target: 'two' },
      ],
    });
  });

  it('adds its own to the definition, of which dictionaries and text are copied [§5.4]', async () => {
    const full = `{type: t, properties: {p: 1}, relationships: [${R2}], odd: 5, flag: true, list: [1]}`;
    expect(await mergedNode(`{relationships: [${R1}]}`, full)).toEqual({
      type: 't',
      properties: { p: 1 },
      relationships: [
        { type: 'r', target: 'one' },
        { type: 'r', target: 'two' },
      ],
    });
    expect(await mergedNode(`{relationships: [${R1}]}`, '{type: t}')).toEqual({
      type: 't',
      relationships: [{ type: 'r', target: 'one' }],
    });
  });

  it('may be additions on both sides, even the same twice [§5.4]', async () => {
    expect(await mergedNode(`{relationships: [${R1}]}`, `{relationships: [${R1}]}`)).toEqual({
      relationships: [
        { type: 'r', target: 'one' },
        { type: 'r', target: 'one' },
      ],
    });
  });

  it.each([
    ['two definitions', '{type: t, relationships: []}', '{type: t, relationships: []}'],
    ['an addition to a node without relationships', '{type: t}', `{relationships: [${R1}]}`],
    ['an addition to which neither is a definition', `{relationships: [${R1}]}`, '{properties: {p: 1}}'],
    ['relationships that are no list', `{relationships: [${R1}]}`, '{type: t, relationships: {}}'],
    ['relationships of the first that are no list', '{relationships: text}', `{relationships: [${R1}]}`],
    ['an empty second one', `{type: t, relationships: [${R1}]}`, '{}'],
    ['a second one that is null', `{type: t, relationships: [${R1}]}`, ''],
  ])('is refused: %s [§5.4] [error 4]', async (_name, first, second) => {
    expect(await refuse(`node_templates: {n: ${first}}`, `node_templates: {n: ${second}}`)).toEqual([4]);
  });
});
