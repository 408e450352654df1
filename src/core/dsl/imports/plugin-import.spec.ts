import type { WrittenPlugin } from '../../../../test/support/imports.js';
import { load, refusal, refusedCodes } from '../../../../test/support/imports.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';

/** Plugins `plug` of these versions, each of which declares a node type with its number. */
function versions(...numbers: readonly string[]): readonly WrittenPlugin[] {
  return numbers.map((version) => ({ version, yaml: `node_types: {'${version}': {}}` }));
}

async function chosen(text: string, plugins: readonly WrittenPlugin[], pins = {}): Promise<readonly string[]> {
  const request = { pins: { mappings: new Map(), constraints: new Map(), ...pins } };
  const { merged } = await load(`${HEAD}imports: ['${text}']`, { plugins, request });
  return Object.keys(merged['node_types'] as object);
}

describe('the plugin that an import means', () => {
  it.each([
    ['plugin:plug', '2.10'],
    ['plugin:plug?version=', '2.10'],
    ['plugin:plug?version=<2', '1.9'],
    ['plugin:plug?version= <=1.5', '1.5'],
    ['plugin:plug?version=>=1.0,<2,!=1.9', '1.5'],
    ['plugin:plug?version=~=1.5', '1.9'],
    ['plugin:plug?version=1.5', '1.5'],
    ['plugin:plug?version=%3E%3D1.0,<2', '1.9'],
    ['plugin:plug?version=>1&version=<2', '1.9'],
    ['plugin:plug?other=', '2.10'],
    ['plugin:plug?', '2.10'],
  ])('is the highest version that fits %s: %s [§5.3]', async (text, version) => {
    expect(await chosen(text, versions('1.5', '2.10', '1.9', '2.9', 'nonsense'))).toEqual([version]);
  });

  it('is of the given distribution [§5.3]', async () => {
    const plugins = [
      { version: '3.0', distribution: 'rhel', yaml: 'node_types: {rhel: {}}' },
      { version: '2.0', distribution: 'centos', yaml: 'node_types: {centos: {}}' },
      { version: '4.0', yaml: 'node_types: {any: {}}' },
    ];
    expect(await chosen('plugin:plug?distribution=centos', plugins)).toEqual(['centos']);
    expect(await chosen('plugin:plug?distribution=rhel&version=>1', plugins)).toEqual(['rhel']);
    expect(await chosen('plugin:plug', plugins)).toEqual(['any']);
  });

  it('is a pre-release only if that is asked for, or nothing else fits [§5.3]', async () => {
    expect(await chosen('plugin:plug', versions('1.0', '2.0rc1'))).toEqual(['1.0']);
    expect(await chosen('plugin:plug?version=>=2.0rc1', versions('1.0', '2.0rc1'))).toEqual(['2.0rc1']);
    expect(await chosen('plugin:plug?version=>1.5', versions('1.0', '2.0rc1'))).toEqual(['2.0rc1']);
  });

  it('is what the manager pins: versions by import, constraints by name [§5.3]', async () => {
    const plugins = versions('1.0', '2.0', '3.0');
    expect(await chosen('plugin:plug?version=>2', plugins, { mappings: new Map([['plugin:plug', '1.0']]) })).toEqual([
      '1.0',
    ]);
    expect(await chosen('plugin:plug', plugins, { mappings: new Map([['plugin:plug?version=>2', '1.0']]) })).toEqual([
      '3.0',
    ]);
    expect(await chosen('plugin:plug', plugins, { constraints: new Map([['plug', '<3']]) })).toEqual(['2.0']);
    expect(await chosen('plugin:plug?version=<2', plugins, { constraints: new Map([['plug', '<3']]) })).toEqual([
      '1.0',
    ]);
  });

  it.each([
    ['of a name that is not installed', 'plugin:other'],
    ['of no name', 'plugin:'],
    ['of a version that is not installed', 'plugin:plug?version=>9'],
    ['of an exact version in another spelling', 'plugin:plug?version=1.0.0'],
    ['of a distribution that is not installed', 'plugin:plug?distribution=suse'],
    ['with an empty specifier', 'plugin:plug?version=>=1.0,,<2'],
    ['with a malformed specifier', 'plugin:plug?version=>>1'],
    ['with another parameter', 'plugin:plug?platform=linux'],
  ])('does not exist %s: an invalid import, without a number [§5.3]', async (_name, text) => {
    const faults = await refusal(`${HEAD}imports: ['${text}']`, { plugins: versions('1.0') });
    expect(faults).toMatchObject([{ code: null, class: 'import', file: 'blueprint.yaml', line: 2 }]);
    expect(faults[0]?.message).toContain('Invalid blueprint import');
  });

  it('must be there in the pinned version [§5.3]', async () => {
    const pins = { mappings: new Map([['plugin:plug', '9']]), constraints: new Map() };
    expect(
      await refusedCodes(`${HEAD}imports: [plugin:plug]`, { plugins: versions('1.0'), request: { pins } }),
    ).toEqual([null]);
    const broken = { mappings: new Map(), constraints: new Map([['plug', '>>1']]) };
    const world = { plugins: versions('1.0'), request: { pins: broken } };
    expect(await refusedCodes(`${HEAD}imports: [plugin:plug]`, world)).toEqual([null]);
  });

  it('is the same import, whatever was asked for [§5.1]', async () => {
    const main = `${HEAD}imports: [plugin:plug, 'plugin:plug?version=>=1']`;
    expect((await load(main, { plugins: versions('1.0') })).merged['node_types']).toEqual({ '1.0': {} });
  });

  it('may itself import: plugins and resources, but no files beside it [§5.1]', async () => {
    const plugins = [{ yaml: 'imports: [plugin:second, t.yaml]' }, { name: 'second', yaml: 'inputs: {b: {}}' }];
    const world = { plugins, resources: { 't.yaml': 'inputs: {t: {}}' }, files: { 't.yaml': 'inputs: {wrong: {}}' } };
    expect((await load(`${HEAD}imports: [plugin:plug]`, world)).merged['inputs']).toEqual({ b: {}, t: {} });
  });

  it('takes a namespace like any file [§6]', async () => {
    const plugins = [{ yaml: 'plugins: {p: {executor: x}}', labels: new Map([['k', ['v']]]) }];
    const { merged } = await load(`${HEAD}imports: [ns--plugin:plug]`, { plugins });
    expect(merged).toMatchObject({ plugins: { 'ns--p': {} }, labels: { 'ns--k': { values: ['v'] } } });
  });
});

describe('labels and tags of a plugin', () => {
  const yaml =
    'labels: {y: {values: [x]}}\nblueprint_labels: {y: {values: [x]}}\nresource_tags: {y: x}\ninputs: {i: {}}';

  it('are those that are stored with it, not those in its YAML [§5.3]', async () => {
    const stored = {
      labels: new Map([['a', ['b', 'c']]]),
      blueprintLabels: new Map([['d', ['e']]]),
      resourceTags: new Map([['f', 'g']]),
    };
    const { merged } = await load(`${HEAD}imports: [plugin:plug]`, { plugins: [{ yaml, ...stored }] });
    expect(merged).toMatchObject({
      labels: { a: { values: ['b', 'c'] } },
      blueprint_labels: { d: { values: ['e'] } },
      resource_tags: { f: 'g' },
      inputs: { i: {} },
    });
    expect(JSON.stringify(merged)).not.toContain('"y"');
  });

  it('are none where none are stored [§5.3]', async () => {
    const stored = { labels: null, blueprintLabels: new Map(), resourceTags: null };
    const { merged } = await load(`${HEAD}imports: [plugin:plug]`, { plugins: [{ yaml, ...stored }] });
    expect(Object.keys(merged)).toEqual(['tosca_definitions_version', 'inputs']);
  });
});

describe('import properties', () => {
  const yaml = `
plugins:
  p:
    executor: x
    properties:
      s: {type: string, value: before}
      i: {type: integer}
      f: {type: float}
      b: {type: boolean}
      l: {type: list}
      any: {description: d}
      bare:
      odd: {type: dict}
  q: {executor: x, properties: {s: {type: string}}}
  none: {executor: x}
`;

  async function properties(
    given: string,
    written = yaml,
  ): Promise<Record<string, Record<string, { value?: unknown }>>> {
    const { merged } = await load(`${HEAD}imports: [{plugin:plug: ${given}}]`, { plugins: [{ yaml: written }] });
    const plugins = merged['plugins'] as Record<string, { properties?: Record<string, { value?: unknown }> }>;
    return Object.fromEntries(Object.entries(plugins).map(([name, plugin]) => [name, plugin.properties ?? {}]));
  }

  it('become the values of what every plugin of the file declares [§5.3]', async () => {
    const set = await properties('{s: text}');
    expect(set).toMatchObject({
      p: { s: { type: 'string', value: 'text' }, i: { type: 'integer' } },
      q: { s: { value: 'text' } },
      none: {},
    });
    expect(set['p']?.['i']).not.toHaveProperty('value');
  });

  const single = yaml.slice(0, yaml.indexOf('  q:'));

  it.each([
    ['s', '5', 5],
    ['i', '5', 5],
    ['f', '5', 5],
    ['f', '1.5', 1.5],
    ['b', 'true', true],
    ['l', '[a, {get_input: x}]', ['a', { get_input: 'x' }]],
    ['any', 'true', true],
    ['bare', 'x', 'x'],
    ['i', '{get_secret: x}', { get_secret: 'x' }],
    ['odd', '{get_input: x}', { get_input: 'x' }],
  ])('fit by the declared type: %s takes %s [§5.3]', async (name, written, value) => {
    expect((await properties(`{${name}: ${written}}`, single))['p']?.[name]?.value).toEqual(value);
  });

  it.each([
    ['s', '1.5'],
    ['s', 'true'],
    ['i', '1.0'],
    ['i', "'5'"],
    ['f', 'text'],
    ['b', '1'],
    ['l', 'text'],
    ['unknown', 'x'],
  ])('do not fit otherwise: %s refuses %s [§5.3] [error 221]', async (name, written) => {
    const main = `${HEAD}imports: [{plugin:plug: {${name}: ${written}}}]`;
    expect(await refusedCodes(main, { plugins: [{ yaml: single }] })).toEqual([221]);
  });

  it('are told of in one message [§5.3] [error 221]', async () => {
    const main = `${HEAD}imports: [{plugin:plug: {s: 1.5, unknown: x, i: 1}}]`;
    const faults = await refusal(main, { plugins: [{ yaml: single }] });
    expect(faults).toHaveLength(1);
    expect(faults[0]?.message).toMatch(/'s' must be of type string.*'unknown' is not declared/);
  });

  it('cannot have another type [§5.3] [error 220]', async () => {
    const main = `${HEAD}imports: [{plugin:plug: {odd: x}}]`;
    expect(await refusedCodes(main, { plugins: [{ yaml: single }] })).toEqual([220]);
  });

  it('have no effect where no plugin declares any: a warning says so [§5.3]', async () => {
    const main = `${HEAD}imports: [{plugin:plug: {s: x}}, {a.yaml: {s: x}}]`;
    const world = { plugins: [{ yaml: 'plugins: {none: {executor: x}}' }], files: { 'a.yaml': 'inputs: {}' } };
    const { warnings } = await load(main, world);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('plugin:plug'),
      expect.stringContaining('a.yaml'),
    ]);
  });

  it('are set on plugins under their new names, too, and never on the shared tree [§5.3] [§6]', async () => {
    const main = `${HEAD}imports: [plugin:plug, {ns--plugin:plug: {s: x}}]`;
    const { merged } = await load(main, { plugins: [{ yaml: 'plugins: {p: {properties: {s: {type: string}}}}' }] });
    expect(merged['plugins']).toEqual({
      p: { properties: { s: { type: 'string' } } },
      'ns--p': { properties: { 'ns--s': { type: 'string', value: 'x' } } },
    });
  });
});
