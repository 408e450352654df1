import { load, refusal, refusedCodes } from '../../../../test/support/imports.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';

function manyFiles(count: number, text: (index: number) => string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${String(index)}.yaml`, text(index)]));
}

/** Each file imports the next one. */
function chain(count: number): Record<string, string> {
  return manyFiles(count, (index) =>
    index === count - 1 ? 'inputs: {last: {}}' : `imports: [f${String(index + 1)}.yaml]`,
  );
}

describe('who imports without end', () => {
  it('is told so, when a file leads back to itself under ever longer namespaces', async () => {
    const files = { 'a.yaml': 'imports: [y--b.yaml]', 'b.yaml': 'imports: [a.yaml]' };
    for (const imports of ['x--blueprint.yaml', 'a.yaml', 'n--a.yaml']) {
      const faults = await refusal(`${HEAD}imports: [${imports}]`, { files });
      expect(faults).toMatchObject([{ code: null, class: 'import' }]);
      expect(faults[0]?.message).toContain('leads back to itself');
    }
  });

  it('may import a thousand files, not more', async () => {
    expect((await load(`${HEAD}imports: [f0.yaml]`, { files: chain(999) })).merged['inputs']).toEqual({ last: {} });
    const faults = await refusal(`${HEAD}imports: [f0.yaml]`, { files: chain(1200) });
    expect(faults).toMatchObject([{ code: null, class: 'import' }]);
    expect(faults[0]?.message).toContain('more than 1000 files');
  });

  it('cannot double the files at every level', async () => {
    const files = manyFiles(30, (index) => {
      const next = `f${String(index + 1)}.yaml`;
      return index === 29 ? '' : `imports: [a--${next}, b--${next}]`;
    });
    expect(await refusedCodes(`${HEAD}imports: [f0.yaml]`, { files })).toEqual([null]);
  });

  it('cannot double the blueprints of the catalogue at every level', async () => {
    const catalogue = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => {
        const next = String(index + 1);
        const imports = index === 29 ? '' : `imports: [a--blueprint:l${next}, b--blueprint:l${next}]`;
        return [`l${String(index)}`, { 'blueprint.yaml': `${HEAD}${imports}\ninputs: {i: {}}` }];
      }),
    );
    const faults = await refusal(`${HEAD}imports: [x--blueprint:l0]`, { catalogue });
    expect(faults).toMatchObject([{ code: null, class: 'import' }]);
    expect(faults[0]?.message).toContain('imports too much');
  });

  it('cannot ask for endless items, absent ones included', async () => {
    const list = Array.from({ length: 50 }, (_, index) => `absent${String(index)}.yaml`).join(', ');
    const faults = await refusal(`${HEAD}imports: [${list}]`, { options: { limits: { maxItems: 10 } } });
    expect(faults.map(({ message }) => message)).toEqual([expect.stringContaining('more than 10 imports')]);
  });

  it('cannot copy a large file under hundreds of namespaces', async () => {
    const inputs = Array.from({ length: 1000 }, (_, index) => `i${String(index)}: {}`).join(', ');
    const imports = Array.from({ length: 400 }, (_, index) => `n${String(index)}--a.yaml`).join(', ');
    const world = { files: { 'a.yaml': `inputs: {${inputs}}` }, options: { limits: { maxRenamed: 100_000 } } };
    const faults = await refusal(`${HEAD}imports: [${imports}]`, world);
    expect(faults[0]?.message).toContain('elements under namespaces');
  });

  it('gets no further with names that are special elsewhere', async () => {
    const text = 'inputs: {__proto__: {polluted: true}, constructor: {}}\nnode_types: {toString: {}}';
    const { document } = await load(`${HEAD}imports: [__proto__--a.yaml]`, { files: { 'a.yaml': text } });
    const inputs = document.root.entries.get('inputs')?.value;
    expect(inputs?.kind === 'mapping' ? [...inputs.entries.keys()] : []).toEqual([
      '__proto__--__proto__',
      '__proto__--constructor',
    ]);
    expect({}).not.toHaveProperty('polluted');
  });

  it('stays below the limits with nine hundred files that share a section [§5.4]', async () => {
    const files = manyFiles(900, (index) => `inputs: {i${String(index)}: {}}`);
    const { merged } = await load(`${HEAD}imports: [${Object.keys(files).join(', ')}]`, { files });
    expect(Object.keys(merged['inputs'] as object)).toHaveLength(900);
  });
});
