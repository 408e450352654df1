import type { Diagnostic } from '../../../core/dsl/diagnostics.js';
import { faultsText, warningTexts } from './diagnostic-text.js';

const fault = (changes: Partial<Diagnostic> = {}): Diagnostic => ({
  severity: 'error',
  code: 7,
  class: 'logic',
  message: "Could not locate node type: 'x'",
  file: 'blueprint.yaml',
  line: 3,
  column: 5,
  path: 'node_templates.a.type',
  ...changes,
});

describe('the faults of a blueprint', () => {
  it('are told one after the other, each with its place', () => {
    expect(faultsText([fault(), fault({ message: 'another', file: null, line: null, column: null, path: '' })])).toBe(
      [
        "Could not locate node type: 'x'",
        '  in: blueprint.yaml, line 3, column 5',
        '  path: node_templates.a.type',
        'another',
      ].join('\n'),
    );
    expect(faultsText([fault({ line: null, column: null, path: '' })])).toBe(
      "Could not locate node type: 'x'\n  in: blueprint.yaml",
    );
  });

  it('are not too many, nor too long', () => {
    const text = faultsText(Array.from({ length: 1_000 }, () => fault({ message: 'm'.repeat(100_000) })));
    expect(text.length).toBeLessThan(50_000);
    expect(text).toContain('… and 980 more');
  });

  it.each([
    ['https://user:secret@a.example/x.yaml', 'https://a.example/x.yaml'],
    ["cannot fetch 'HTTPS://token@a.example'", "cannot fetch 'HTTPS://a.example'"],
    ['ftp://u:p@h/ and http://v:q@i/', 'ftp://h/ and http://i/'],
    ['https://a.example/user@b', 'https://a.example/user@b'],
  ])('name no credentials of URLs: %s', (message, shown) => {
    expect(faultsText([fault({ message, file: message, path: '' })])).toBe(
      `${shown}\n  in: ${shown}, line 3, column 5`,
    );
  });

  it.each(['a.', 'a://', '://a', 'a:/', '@', 'a-b+'])('take no longer where there are many %j', (piece) => {
    const long = piece.repeat(2_000_000);
    const startedAt = performance.now();
    faultsText([fault({ message: long, path: long, file: long })]);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('can be stored', () => {
    expect(faultsText([fault({ message: 'a\0b\u{d800}', path: '' })])).toBe(
      'a\u{fffd}b\u{fffd}\n  in: blueprint.yaml, line 3, column 5',
    );
  });
});

describe('the warnings of a blueprint', () => {
  it('are lines of a log', () => {
    expect(warningTexts([fault({ message: 'twice' }), fault({ message: 'odd', file: null })])).toEqual([
      'blueprint.yaml, line 3, column 5: twice',
      'odd',
    ]);
    expect(warningTexts(Array.from({ length: 30 }, () => fault()))).toHaveLength(21);
  });
});
