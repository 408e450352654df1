import { MemoryResolver, load, refusal, refusedCodes } from '../../../../test/support/imports.js';
import { Diagnostics } from '../diagnostics.js';
import { loadDocument } from './load-document.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';
const TYPES = 'node_types: {cloudify.nodes.Root: {}}\nmetadata: {cloudify_types: true}\n';

describe('the main file', () => {
  it('declares its version, which stays in the merged document [§4]', async () => {
    const { document, merged } = await load('tosca_definitions_version: cloudify_dsl_1_3\n');
    expect(document.version).toEqual({ raw: 'cloudify_dsl_1_3', major: 1, minor: 3 });
    expect(merged).toEqual({ tosca_definitions_version: 'cloudify_dsl_1_3' });
  });

  it.each([
    ['without a version', 'node_types: {}', 27],
    ['that is empty', '', 27],
    ['whose version is null', 'tosca_definitions_version:', 27],
    ['whose version is a number', 'tosca_definitions_version: 1.3', 1],
    ['whose version is a list', 'tosca_definitions_version: [cloudify_dsl_1_3]', 1],
    ['with a version that there is not', 'tosca_definitions_version: cloudify_dsl_1_6', 29],
    ['with an empty version', "tosca_definitions_version: ''", 29],
    ['that is no mapping', '- a', 1],
    ['that is no YAML', 'a: [', -1],
    ['that is not ASCII', `${HEAD}description: naïve`, 108],
  ])('is refused %s [§4] [error 1] [error 27] [error 29]', async (_name, text, code) => {
    expect(await refusedCodes(text)).toEqual([code]);
  });

  it('must be there, and within the folder [error 30]', async () => {
    expect(await refusedCodes(HEAD, { request: { mainFile: 'other.yaml' } })).toEqual([30]);
    expect(await refusedCodes(HEAD, { request: { mainFile: '../blueprint.yaml' } })).toEqual([30]);
  });

  it('may have definitions as a mapping or a list since 1_2; they are gone afterwards [§3] [§4]', async () => {
    for (const definitions of ['{a: &a {b: 1}}', '[&a {b: 1}]', '']) {
      const { merged } = await load(`${HEAD}dsl_definitions: ${definitions}\nmetadata: {m: 1}`);
      expect(Object.keys(merged)).toEqual(['tosca_definitions_version', 'metadata']);
    }
    expect(await refusedCodes(`${HEAD}dsl_definitions: text`)).toEqual([1]);
  });

  it('has none below 1_2, unless gating is off or they are empty [§4] [error 102]', async () => {
    const text = 'tosca_definitions_version: cloudify_dsl_1_1\n';
    expect(await refusedCodes(`${text}dsl_definitions: {}`)).toEqual([102]);
    await load(`${text}dsl_definitions: {}`, { request: { validateVersions: false } });
    await load(`${text}dsl_definitions:`);
  });

  it('keeps sections that nobody knows: the schema will refuse them [§3]', async () => {
    expect((await load(`${HEAD}upload_resources: {}`)).merged).toHaveProperty('upload_resources');
  });
});

describe('an imported file', () => {
  it.each(['', 'tosca_definitions_version: cloudify_dsl_1_0\n', 'tosca_definitions_version: cloudify_dsl_1_3\n'])(
    'may have no version, an older one or the same: %p [§4]',
    async (version) => {
      const main = 'tosca_definitions_version: cloudify_dsl_1_3\nimports: [a.yaml]\n';
      const { document, merged } = await load(main, { files: { 'a.yaml': `${version}inputs: {i: {}}` } });
      expect(document.version.minor).toBe(3);
      expect(merged).toMatchObject({ tosca_definitions_version: 'cloudify_dsl_1_3', inputs: { i: {} } });
    },
  );

  it('may not be newer than the main file [§4] [error 28]', async () => {
    const main = 'tosca_definitions_version: cloudify_dsl_1_3\nimports: [a.yaml]\n';
    const files = { 'a.yaml': 'tosca_definitions_version: cloudify_dsl_1_4' };
    expect(await refusal(main, { files })).toMatchObject([{ code: 28, file: 'a.yaml', line: 1 }]);
    await load(main, { files, request: { validateVersions: false } });
  });

  it('is refused with a version that there is not [§4] [error 29]', async () => {
    const files = { 'a.yaml': 'tosca_definitions_version: cloudify_dsl_9' };
    expect(await refusedCodes(`${HEAD}imports: [a.yaml]`, { files })).toEqual([29]);
  });

  it('has definitions that are not looked at, whatever the version [§5.4]', async () => {
    const main = 'tosca_definitions_version: cloudify_dsl_1_0\nimports: [a.yaml]\n';
    const { merged } = await load(main, { files: { 'a.yaml': 'dsl_definitions: text\nnode_types: {}' } });
    expect(Object.keys(merged)).toEqual(['tosca_definitions_version', 'node_types']);
  });

  it('may be empty [§2]', async () => {
    const { merged } = await load(`${HEAD}imports: [a.yaml]`, { files: { 'a.yaml': '# nothing' } });
    expect(Object.keys(merged)).toEqual(['tosca_definitions_version']);
  });

  it.each([
    ['is no mapping', '[a]', 1],
    ['is no YAML', 'a: [', -1],
    ['is not ASCII', 'a: é', 108],
  ])('is refused where it %s, at its own place [§2]', async (_name, text, code) => {
    const [fault] = await refusal(`${HEAD}imports: [a.yaml]`, { files: { 'a.yaml': text } });
    expect(fault).toMatchObject({ code, file: 'a.yaml', line: 1 });
  });
});

describe('the list of imports', () => {
  it.each([
    ['no list', '{a: b}', 1],
    ['text', 'a.yaml', 1],
    ['a null item', '[null]', 220],
    ['a number', '[5]', 1],
    ['a list as an item', '[[a.yaml]]', 1],
    ['an empty mapping', '[{}]', 220],
    ['a mapping with two entries', '[{a.yaml: {}, b.yaml: {}}]', 220],
    ['a key that is no text', '[{5: {}}]', 1],
    ['properties that are no mapping', '[{a.yaml: [x]}]', 1],
    ['two entries, one of which has no mapping', '[{a.yaml: {}, b.yaml: 1}]', 1],
    ['a dictionary as a property', '[{a.yaml: {p: {x: 1}}}]', 220],
    ['a property whose name is no text', '[{a.yaml: {5: 1}}]', 1],
    ['the same twice', '[a.yaml, b.yaml, a.yaml]', 2],
    ['the same twice, once with properties', '[a.yaml, {a.yaml: {}}]', 2],
    ['the same under the same namespace', '[x--a.yaml, x--a.yaml]', 2],
    ['a namespace with a separator in it', '[x--y--a.yaml]', 212],
    ['a separator that only seems to lead', '[--x--a.yaml]', 212],
  ])('is refused with %s [§5] [error 1] [error 2] [error 212] [error 220]', async (_name, imports, code) => {
    const files = { 'a.yaml': '', 'b.yaml': '' };
    expect(await refusedCodes(`${HEAD}imports: ${imports}`, { files })).toEqual([code]);
  });

  it('is judged by its structure before the version is asked [§1] [error 1]', async () => {
    const main = 'tosca_definitions_version: cloudify_dsl_1_4\nimports: [{get_input: nope}]';
    expect((await refusedCodes(main, {}))[0]).toBe(1);
  });

  it.each(['5', '[b.yaml]', '{5: {}}'])(
    'is no more than a list of things to follow in an imported file: %s [§5] [error 220]',
    async (item) => {
      const files = { 'a.yaml': `imports: [${item}]` };
      expect(await refusedCodes(`${HEAD}imports: [a.yaml]`, { files })).toEqual([220]);
    },
  );

  it('is checked in imported files, too [§5]', async () => {
    const files = { 'a.yaml': 'imports: [b.yaml, b.yaml]', 'b.yaml': '' };
    expect(await refusal(`${HEAD}imports: [a.yaml]`, { files })).toMatchObject([
      { code: 2, file: 'a.yaml', path: 'imports[1]' },
    ]);
  });

  it('may be null, as if it were not there [§3]', async () => {
    expect(Object.keys((await load(`${HEAD}imports:`)).merged)).toEqual(['tosca_definitions_version']);
  });

  it('takes properties since 1_5 [§4] [error 102]', async () => {
    const main = 'tosca_definitions_version: cloudify_dsl_1_4\nimports: [{a.yaml: {p: 1}}]';
    const files = { 'a.yaml': '' };
    expect(await refusedCodes(main, { files })).toEqual([102]);
    await load(main, { files, request: { validateVersions: false } });
    await load(`${HEAD}imports: [{a.yaml: }]`, { files });
  });

  it('says all that is wrong with it at once, with places [§5]', async () => {
    const main = `${HEAD}imports:\n- [x]\n- x--y--z\n- missing.yaml\n- a.yaml\n`;
    expect(await refusal(main, { files: { 'a.yaml': 'b: [' } })).toMatchObject([
      { code: 1, line: 3, path: 'imports[0]' },
      { code: 212, line: 4, path: 'imports[1]' },
      { code: 13, line: 5, path: 'imports[2]' },
      { code: -1, file: 'a.yaml' },
    ]);
  });

  it('takes a leading separator for no namespace [§6]', async () => {
    const { merged } = await load(`${HEAD}imports: [--a.yaml]`, { files: { 'a.yaml': 'inputs: {i: {}}' } });
    expect(merged['inputs']).toEqual({ i: {} });
  });

  it('splits at the last separator [§6]', async () => {
    const { merged } = await load(`${HEAD}imports: [x---a.yaml]`, { files: { 'a.yaml': 'inputs: {i: {}}' } });
    expect(merged['inputs']).toEqual({ 'x---i': {} });
  });
});

describe('finding an import', () => {
  it('prefers the file beside the importing one to the resources [§5.1]', async () => {
    const world = {
      files: { 'sub/a.yaml': 'imports: [b.yaml]', 'sub/b.yaml': 'inputs: {near: {}}', 'b.yaml': 'inputs: {far: {}}' },
      resources: { 'b.yaml': 'inputs: {resource: {}}', 'b_1_5.yaml': 'inputs: {versioned: {}}' },
    };
    const { merged, resolver } = await load(`${HEAD}imports: [sub/a.yaml]`, world);
    expect(merged['inputs']).toEqual({ near: {} });
    expect(resolver.opened).toEqual(['blueprint.yaml', 'sub/a.yaml', 'sub/b.yaml']);
  });

  it('takes the types for the main version, and the plain ones where there are none [§5.1]', async () => {
    const resources = { 'cloudify/types/types.yaml': TYPES, 'cloudify/types/types_1_3.yaml': TYPES };
    const imports = 'imports: [cloudify/types/types.yaml]';
    const versioned = await load(`tosca_definitions_version: cloudify_dsl_1_3\n${imports}`, { resources });
    expect(versioned.resolver.opened.at(-1)).toBe('resource:cloudify/types/types_1_3.yaml');
    const plain = await load(HEAD + imports, { resources });
    expect(plain.resolver.opened.slice(1)).toEqual([
      'cloudify/types/types.yaml',
      'resource:cloudify/types/types_1_5.yaml',
      'resource:cloudify/types/types.yaml',
    ]);
  });

  it("takes the main file's version also where an older file imports [§5.1]", async () => {
    const world = {
      files: { 'a.yaml': 'tosca_definitions_version: cloudify_dsl_1_3\nimports: [t.yaml]' },
      resources: { 't_1_3.yaml': 'inputs: {old: {}}', 't_1_5.yaml': 'inputs: {new: {}}' },
    };
    expect((await load(`${HEAD}imports: [a.yaml]`, world)).merged['inputs']).toEqual({ new: {} });
  });

  it('names every attempt in one error [§5.1] [error 13]', async () => {
    const [fault] = await refusal(`${HEAD}imports: [t.yaml]`);
    expect(fault).toMatchObject({ code: 13, file: 'blueprint.yaml', line: 2 });
    expect(fault?.message).toBe(
      "Import failed: 't.yaml' cannot be fetched: t.yaml: it is not there; t_1_5.yaml: it is not there",
    );
  });

  it.each(['../secret.yaml', 'a/../../secret.yaml', '../../../../etc/passwd', '..', '.', ''])(
    'never looks outside of the folder: %p [§5.1] [error 13]',
    async (path) => {
      const resolver = new MemoryResolver(`${HEAD}imports: ['${path}']`);
      const request = { mainFile: 'blueprint.yaml', validateVersions: true, rules: [] };
      const failure = await loadDocument(request, resolver, new Diagnostics()).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 13, message: expect.stringContaining('outside') as string });
      expect(resolver.opened).toEqual(['blueprint.yaml']);
    },
  );

  it('may climb within the folder [§5.1]', async () => {
    const files = { 'sub/a.yaml': 'imports: [../b.yaml]', 'b.yaml': 'inputs: {i: {}}' };
    expect((await load(`${HEAD}imports: [sub/a.yaml]`, { files })).merged['inputs']).toEqual({ i: {} });
  });

  it('fetches URLs, and what their files import beside them [§5] [§5.1]', async () => {
    const urls = {
      'https://h/d/a.yaml': 'imports: [b.yaml, t.yaml]',
      'https://h/d/b.yaml': 'inputs: {b: {}}',
    };
    const resources = { 't.yaml': 'inputs: {t: {}}' };
    const { merged } = await load(`${HEAD}imports: ['https://h/d/a.yaml']`, { urls, resources });
    expect(merged['inputs']).toEqual({ b: {}, t: {} });
  });

  it('tries the rules for a URL, then the URL; one error tells of all [§5.2] [error 13]', async () => {
    const rules = [
      { prefix: 'http://old/', replacement: 'file:///one/' },
      { prefix: 'http://', replacement: 'https://' },
    ];
    const main = `${HEAD}imports: ['http://old/t.yaml']`;
    const hit = await load(main, { urls: { 'https://old/t.yaml': 'inputs: {i: {}}' }, request: { rules } });
    expect(hit.resolver.opened).toEqual(['blueprint.yaml', 'file:///one/t.yaml', 'https://old/t.yaml']);
    const [fault] = await refusal(main, { request: { rules } });
    expect(fault?.message).toContain('file:///one/t.yaml');
    expect(fault?.message).toContain('https://old/t.yaml');
    expect(fault?.message).toContain('http://old/t.yaml: it is not there');
    const [strict] = await refusal(main, { request: { rules, fallback: false }, urls: { 'http://old/t.yaml': '' } });
    expect(strict).toMatchObject({ code: 13 });
  });

  it('leaves it to the resolver whether a file: URL may be read [§5]', async () => {
    const { resolver } = await load(`${HEAD}imports: ['file:///x.yaml']`, { urls: { 'file:///x.yaml': '' } });
    expect(resolver.opened).toEqual(['blueprint.yaml', 'file:///x.yaml']);
    expect(await refusedCodes(`${HEAD}imports: ['file:///etc/passwd']`)).toEqual([13]);
  });

  it('never repeats the password of a URL in a message', async () => {
    for (const text of ['https://bob:hunter2@h/x.yaml', 'ns--https://bob:hunter2@h/x.yaml']) {
      const faults = await refusal(`${HEAD}imports: ['${text}', '${text}']`);
      expect(faults.map(({ code }) => code)).toEqual([2, 13]);
      expect(JSON.stringify(faults)).not.toContain('hunter2');
    }
  });
});

describe('an import that was there before', () => {
  it('is skipped silently, whoever imports it and however it is spelled [§5.1]', async () => {
    const files = { 'a.yaml': 'imports: [b.yaml]', 'b.yaml': 'node_types: {t: {}}' };
    const { merged, resolver } = await load(`${HEAD}imports: [a.yaml, b.yaml, ./b.yaml, x/../b.yaml]`, { files });
    expect(merged['node_types']).toEqual({ t: {} });
    expect(resolver.opened.filter((name) => name === 'b.yaml')).toHaveLength(1);
  });

  it('may close a circle, also through the main file [§5.1]', async () => {
    const files = {
      'a.yaml': 'imports: [b.yaml]\ninputs: {a: {}}',
      'b.yaml': 'imports: [a.yaml, blueprint.yaml]\ninputs: {b: {}}',
    };
    const { merged } = await load(`${HEAD}imports: [a.yaml, blueprint.yaml]\ninputs: {m: {}}`, { files });
    expect(merged['inputs']).toEqual({ m: {}, a: {}, b: {} });
  });

  it('is another one under another namespace [§5.1] [§6]', async () => {
    const files = { 'a.yaml': 'inputs: {i: {}}' };
    const { merged } = await load(`${HEAD}imports: [a.yaml, x--a.yaml, y--a.yaml]`, { files });
    expect(merged['inputs']).toEqual({ i: {}, 'x--i': {}, 'y--i': {} });
  });
});
