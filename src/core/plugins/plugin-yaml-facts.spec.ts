import { PluginFault } from './plugin-fault.js';
import { mergeFacts, readCaravanMetadata, readPluginYaml } from './plugin-yaml-facts.js';

const read = (text: string): ReturnType<typeof readPluginYaml> => readPluginYaml(text, 'plugin.yaml');

describe('the YAML of a plugin', () => {
  it('says nothing to the manager as a rule', () => {
    expect(read('plugins: {}')).toEqual({ labels: null, blueprintLabels: null, resourceTags: null });
  });

  it('may give labels, whose keys are lower-cased, and tags', () => {
    const text = [
      'labels:',
      '  Env: { values: [prod, { get_input: env }] }',
      '  ENV: { values: [Ⅳ] }',
      'blueprint_labels: { csys-obj-type: { values: [Terraform] } }',
      'resource_tags: { a: 1, b: { concat: [x, 1.5, true, null] } }',
    ].join('\n');
    expect(read(text.replace('Ⅳ', 'IV'))).toEqual({
      labels: { env: ['prod', { get_input: 'env' }, 'IV'] },
      blueprintLabels: { 'csys-obj-type': ['terraform'] },
      resourceTags: { a: 1, b: { concat: ['x', 1.5, true, null] } },
    });
  });

  it('makes plain keys of those that mean something to JavaScript', () => {
    const { resourceTags } = read('resource_tags: { __proto__: { polluted: true } }');
    expect(Object.keys(resourceTags ?? {})).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each<[string, string, RegExp]>([
    ['broken', 'a: [b', /^plugin\.yaml, line 1, column \d+: illegal YAML/],
    ['an alias bomb', bomb(), /^plugin\.yaml/],
    ['a foreign tag', 'a: !!python/object/apply:os.system ["id"]', /^plugin\.yaml/],
    ['nested deep', '['.repeat(10_000), /^plugin\.yaml/],
    ['a list', '- a', /must be a YAML mapping/],
    ['empty', '', /must be a YAML mapping/],
    ['of a control character', 'a: \u0007', /control character/],
    ['labels that are a list', 'labels: [a]', /`labels` must be a mapping/],
    ['labels of another form', 'labels: { a: b }', /KEY: \{values/],
    ['labels without a list', 'labels: { a: { values: b } }', /KEY: \{values/],
    ['a key that is a number', 'labels: { 1: { values: [b] } }', /KEY: \{values/],
    ['a reserved label', 'labels: { csys-secret: { values: [a] } }', /plugin\.yaml: .*reserved/],
    ['a label of other characters', 'labels: { "a b": { values: [a] } }', /letters, digits/],
    ['a label that is a number', 'blueprint_labels: { a: { values: [1] } }', /must be texts$/],
    ['a function for a blueprint', 'blueprint_labels: { a: { values: [{ get_input: b }] } }', /must be texts$/],
    ['a label that is a list', 'labels: { a: { values: [[b]] } }', /must be texts or functions/],
    ['many labels', `labels: { a: { values: [${Array(1001).fill('x').join(',')}] } }`, /more than 1000 labels/],
    ['tags that are a list', 'resource_tags: [a]', /`resource_tags` must be a mapping/],
    ['tags that are binary', 'resource_tags: { a: !!binary aGk= }', /texts, numbers, true and false only/],
    ['tags that are endless', 'resource_tags: { a: .inf }', /texts, numbers, true and false only/],
    ['tags with odd keys', 'resource_tags: { a: { 1: b } }', /keys in labels and tags must be texts/],
    ['large tags', `resource_tags: { a: "${'x'.repeat(65 * 1024)}" }`, /larger than 65536 bytes/],
  ])('is refused: %s', (_what, text, reason) => {
    expect(() => read(text)).toThrow(PluginFault);
    expect(() => read(text)).toThrow(reason);
  });

  it('counts first where several say the same', () => {
    const facts = ['plugins: {}', 'labels: { a: { values: [x] } }', 'labels: { a: { values: [y] } }'].map(read);
    expect(mergeFacts(facts)).toEqual({ labels: { a: ['x'] }, blueprintLabels: null, resourceTags: null });
    expect(mergeFacts([])).toEqual({ labels: null, blueprintLabels: null, resourceTags: null });
  });
});

describe('the METADATA of a caravan', () => {
  it('names a YAML, several, or none for each wagon', () => {
    const wagons = readCaravanMetadata('a.wgn: a.yaml\nb.wgn: [b.yaml, c.yaml]\nc.wgn:\n', 'METADATA');
    expect([...wagons]).toEqual([
      ['a.wgn', ['a.yaml']],
      ['b.wgn', ['b.yaml', 'c.yaml']],
      ['c.wgn', []],
    ]);
  });

  it.each(['{}', '- a', 'a.wgn: 1', '1: a.yaml', 'a.wgn: { b: c }', ''])('is refused: %j', (text) => {
    expect(() => readCaravanMetadata(text, 'METADATA')).toThrow(PluginFault);
  });
});

/** Ten to the ninth of one item. */
function bomb(): string {
  const lines = Array.from({ length: 8 }, (_, level) => {
    const inner = level === 0 ? 'x' : `*a${level - 1}`;
    return `k${level}: &a${level} [${Array(10).fill(inner).join(', ')}]`;
  });
  return lines.join('\n');
}
