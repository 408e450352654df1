import { Diagnostics, DslError, Path, dslError } from './diagnostics.js';
import { loadYaml } from './yaml/load.js';
import type { Node } from './yaml/tree.js';

function nodeOf(text: string): Node {
  const node = loadYaml(text, 'main.yaml');
  if (node === null) throw new Error('empty');
  return node;
}

describe('diagnostics', () => {
  it('say where something is: file, line, column and path [§2]', () => {
    const root = nodeOf('\na:\n  b: [x, y]\n');
    const a = root.kind === 'mapping' ? root.entries.get('a') : undefined;
    if (a === undefined) throw new Error('no a');
    const path = Path.ROOT.child('a').child('b').child(1);
    expect(dslError({ code: 7, message: 'unknown', at: { node: a.value, path } }).diagnostics).toEqual([
      {
        severity: 'error',
        code: 7,
        class: 'logic',
        message: 'unknown',
        file: 'main.yaml',
        line: 3,
        column: 3,
        path: 'a.b[1]',
      },
    ]);
  });

  it('know their class by their number [§17]', () => {
    const classes = [-1, 1, 2, 220, 7, 108, null].map((code) => dslError({ code, message: '' }).diagnostics[0].class);
    expect(classes).toEqual(['format', 'format', 'format', 'format', 'logic', 'input-type', 'general']);
    expect(dslError({ code: 213, class: 'general', message: '' }).diagnostics[0].class).toBe('general');
  });

  it('stay readable, however long what they show is, and however many they are', () => {
    const [{ message }] = dslError({ code: 7, message: `unknown ${'x'.repeat(100_000)}` }).diagnostics;
    expect(message).toHaveLength(2_000);
    expect(message.endsWith('x…')).toBe(true);
    const diagnostics = new Diagnostics();
    for (let count = 0; count < 5_000; count += 1) diagnostics.error({ code: 1, message: `fault ${String(count)}` });
    expect(diagnostics.errors).toHaveLength(1_000);
    expect(diagnostics.errors[0]?.message).toBe('fault 0');
  });

  it('keep of a long path its beginning', () => {
    const root = nodeOf('a: 1');
    const path = Path.ROOT.child('node_templates').child('k'.repeat(1_000_000)).child('type');
    const [{ path: shown }] = dslError({ code: 7, message: '', at: { node: root, path } }).diagnostics;
    expect(shown).toHaveLength(2_000);
    expect(shown.startsWith('node_templates.kkk')).toBe(true);
    expect(shown.endsWith('k…')).toBe(true);
  });

  it('end a stage with all that was found, the first one first', () => {
    const diagnostics = new Diagnostics();
    diagnostics.warn({ message: 'hm' });
    expect(() => diagnostics.throwIfAny()).not.toThrow();
    diagnostics.error({ code: 27, message: 'first' });
    diagnostics.error({ code: null, message: 'second' });
    let thrown: unknown;
    try {
      diagnostics.throwIfAny();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DslError);
    expect(thrown).toMatchObject({ code: 27, message: 'first', diagnostics: [{ code: 27 }, { code: null }] });
  });
});
