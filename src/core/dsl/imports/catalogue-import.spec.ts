import { load, refusal, refusedCodes } from '../../../../test/support/imports.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_3\n';

describe('a blueprint of the catalogue', () => {
  it('is merged under its namespace, and recorded [§5.5] [§6]', async () => {
    const catalogue = {
      lib: {
        'blueprint.yaml': `${HEAD}imports: [sub/more.yaml]\nnode_templates: {n: {type: t}}`,
        'sub/more.yaml': 'imports: [most.yaml]\nnode_types: {t: {}}',
        'sub/most.yaml': 'outputs: {o: {value: {get_attribute: [n, a]}}}',
      },
    };
    const world = { catalogue, files: { 'sub/more.yaml': 'inputs: {wrong: {}}' } };
    const { merged, document, resolver } = await load(`${HEAD}imports: [ns--blueprint:lib]`, world);
    expect(merged).toEqual({
      tosca_definitions_version: 'cloudify_dsl_1_3',
      node_templates: { 'ns--n': { type: 'ns--t' } },
      node_types: { 'ns--t': {} },
      outputs: { 'ns--o': { value: { get_attribute: ['ns--n', 'a'] } } },
    });
    expect(document.importedBlueprints).toEqual(['lib']);
    expect([...document.namespaces]).toEqual([['ns', 'lib']]);
    expect(resolver.opened).toEqual(['blueprint.yaml', 'lib:blueprint.yaml', 'lib:sub/more.yaml', 'lib:sub/most.yaml']);
  });

  it('may import others: namespaces compose, and all are recorded [§5.5]', async () => {
    const catalogue = {
      outer: { 'blueprint.yaml': `${HEAD}imports: [b--blueprint:inner, c--blueprint:inner]` },
      inner: { 'blueprint.yaml': `${HEAD}inputs: {i: {}}` },
    };
    const world = { catalogue, files: { 'a.yaml': 'imports: [y--blueprint:inner]' } };
    const { merged, document } = await load(`${HEAD}imports: [a--blueprint:outer, x--a.yaml]`, world);
    expect(merged['inputs']).toEqual({ 'a--b--i': {}, 'a--c--i': {}, 'x--y--i': {} });
    expect(document.importedBlueprints).toEqual(['outer', 'inner']);
    expect(Object.fromEntries(document.namespaces)).toEqual({
      a: 'outer',
      'a--b': 'inner',
      'a--c': 'inner',
      'x--y': 'inner',
    });
  });

  it('needs a namespace of its own [§5.5] [error 213]', async () => {
    const world = { catalogue: { lib: { 'blueprint.yaml': HEAD } }, files: { 'a.yaml': 'imports: [blueprint:lib]' } };
    expect(await refusedCodes(`${HEAD}imports: [blueprint:lib]`, world)).toEqual([213]);
    expect(await refusedCodes(`${HEAD}imports: [--blueprint:lib]`, world)).toEqual([213]);
    expect(await refusedCodes(`${HEAD}imports: [x--a.yaml]`, world)).toEqual([213]);
  });

  it('does not share its namespace with another one, but with files [§5.5] [error 214]', async () => {
    const world = {
      catalogue: { lib: { 'blueprint.yaml': HEAD }, other: { 'blueprint.yaml': HEAD } },
      files: { 'a.yaml': 'inputs: {i: {}}', 'b.yaml': 'imports: [ns--blueprint:lib]' },
    };
    expect(await refusedCodes(`${HEAD}imports: [ns--blueprint:lib, ns--blueprint:other]`, world)).toEqual([214]);
    await load(`${HEAD}imports: [ns--blueprint:lib, ns--a.yaml, b.yaml, other--blueprint:other]`, world);
  });

  it('must exist: otherwise it is an invalid import, without a number [§5.5]', async () => {
    const faults = await refusal(`${HEAD}imports: [ns--blueprint:lib]`);
    expect(faults).toMatchObject([
      { code: null, class: 'import', file: 'blueprint.yaml', line: 2, path: 'imports[0]' },
    ]);
  });

  it('is read leniently: no gate is shut, and its imports may be newer than it is [§1] [§5.5]', async () => {
    const lib = {
      'blueprint.yaml': 'tosca_definitions_version: cloudify_dsl_1_0\ndsl_definitions: {}\nimports: [{a.yaml: {p: 1}}]',
      'a.yaml': 'tosca_definitions_version: cloudify_dsl_1_3\ninputs: {i: {}}',
    };
    const { merged } = await load(`${HEAD}imports: [ns--blueprint:lib]`, { catalogue: { lib } });
    expect(merged['inputs']).toEqual({ 'ns--i': {} });
  });

  it('may not be newer than the importing one [§4] [error 28]', async () => {
    const catalogue = { lib: { 'blueprint.yaml': 'tosca_definitions_version: cloudify_dsl_1_4' } };
    expect(await refusedCodes(`${HEAD}imports: [ns--blueprint:lib]`, { catalogue })).toEqual([28]);
    await load(`${HEAD}imports: [ns--blueprint:lib]`, { catalogue, request: { validateVersions: false } });
  });

  it('merges by the rules of its own version [§5.4] [§5.5] [error 3]', async () => {
    const lib = {
      'blueprint.yaml': 'tosca_definitions_version: cloudify_dsl_1_2\nimports: [a.yaml]\ninputs: {a: {}}',
      'a.yaml': 'inputs: {b: {}}',
    };
    const faults = await refusal(`${HEAD}imports: [ns--blueprint:lib]`, { catalogue: { lib } });
    expect(faults).toMatchObject([{ code: 3, file: 'blueprint:lib/a.yaml' }]);
  });

  it('tells what is wrong in it, in all of its files, once [§5.5]', async () => {
    const lib = { 'blueprint.yaml': `${HEAD}imports: [missing.yaml, bad.yaml, ../../x.yaml]`, 'bad.yaml': 'a: [' };
    const main = `${HEAD}imports: [ns--blueprint:lib, other--blueprint:lib, gone.yaml]`;
    expect((await refusal(main, { catalogue: { lib } })).map(({ code, file }) => [code, file])).toEqual([
      [13, 'blueprint:lib/blueprint.yaml'],
      [-1, 'blueprint:lib/bad.yaml'],
      [13, 'blueprint:lib/blueprint.yaml'],
      [13, 'blueprint.yaml'],
    ]);
  });

  it('may not be a part of itself', async () => {
    const catalogue = {
      a: { 'blueprint.yaml': `${HEAD}imports: [x--blueprint:b]` },
      b: { 'blueprint.yaml': `${HEAD}imports: [y--blueprint:a]` },
    };
    const faults = await refusal(`${HEAD}imports: [z--blueprint:a]`, { catalogue });
    expect(faults).toMatchObject([{ code: null, file: 'blueprint:b/blueprint.yaml' }]);
    expect(faults[0]?.message).toContain("blueprint 'a' imports itself");
  });
});

describe('a blueprint of the catalogue and the built-in types', () => {
  const types =
    'node_types: {cloudify.nodes.Root: {}, plain: {}}\nworkflows: {install: p.x}\nmetadata: {cloudify_types: true}';

  it('keeps their names, at any depth, and its own take the prefix [§5.4] [§6]', async () => {
    const catalogue = {
      outer: { 'blueprint.yaml': `${HEAD}imports: [b--blueprint:inner]` },
      inner: {
        'blueprint.yaml': `${HEAD}imports: [t.yaml]\nnode_templates: {n: {type: mine}}\nworkflows: {install: p.mine}`,
      },
    };
    const { merged } = await load(`${HEAD}imports: [a--blueprint:outer]`, {
      catalogue,
      resources: { 't.yaml': types },
    });
    expect(merged).toMatchObject({
      node_types: { 'cloudify.nodes.Root': {}, plain: {} },
      node_templates: { 'a--b--n': { type: 'a--b--mine' } },
      workflows: { install: 'p.x' },
      metadata: { cloudify_types: true },
    });
  });

  it('is itself the types file if it declares the root type: nothing takes the prefix then [§5.4] [§6]', async () => {
    const lib = { 'blueprint.yaml': `${HEAD}${types}\nnode_templates: {n: {type: plain}}` };
    const { merged, document } = await load(`${HEAD}imports: [ns--blueprint:lib]`, { catalogue: { lib } });
    expect(merged['node_templates']).toEqual({ n: { type: 'plain' } });
    expect([...document.namespaces]).toEqual([['ns', 'lib']]);
  });

  it('is none if it declares the root type and imports the types, too [§5.4]', async () => {
    const lib = { 'blueprint.yaml': `${HEAD}imports: [t.yaml]\nnode_types: {cloudify.nodes.Root: {}, own: {}}` };
    const { merged } = await load(`${HEAD}imports: [ns--blueprint:lib]`, {
      catalogue: { lib },
      resources: { 't.yaml': types },
    });
    expect(Object.keys(merged['node_types'] as object)).toEqual(['cloudify.nodes.Root', 'ns--own', 'plain']);
  });
});
