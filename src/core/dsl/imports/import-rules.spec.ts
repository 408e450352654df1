import { readImportRules, urlCandidates } from './import-rules.js';

describe('the rules of the import resolver', () => {
  it('try every rule whose prefix matches, in order, then the URL itself [§5.2]', () => {
    const settings = readImportRules({
      rules: [{ 'http://a/': 'file:///x/' }, { 'http://b/': 'no' }, { 'http:': 'https:' }],
    });
    expect(urlCandidates('http://a/t.yaml', settings)).toEqual([
      'file:///x/t.yaml',
      'https://a/t.yaml',
      'http://a/t.yaml',
    ]);
  });

  it('do not fall back to the URL when that is switched off [§5.2]', () => {
    const settings = readImportRules({ rules: [{ 'http://a/': 'file:///x/' }], fallback: false });
    expect(urlCandidates('http://a/t.yaml', settings)).toEqual(['file:///x/t.yaml']);
    expect(urlCandidates('http://b/t.yaml', settings)).toEqual([]);
  });

  it.each([undefined, null, {}])('are none by default: %p [§5.2]', (parameters) => {
    expect(readImportRules(parameters)).toEqual({ rules: [], fallback: true });
  });

  it.each([
    ['rules that are no list', { rules: { a: 'b' } }],
    ['a rule that is no mapping', { rules: ['a'] }],
    ['a rule with two entries', { rules: [{ a: 'b', c: 'd' }] }],
    ['a rule without one', { rules: [{}] }],
    ['a replacement that is no text', { rules: [{ a: 1 }] }],
    ['a fallback that is neither true nor false', { fallback: 'no' }],
    ['parameters that are no mapping', ['a']],
  ])('are a configuration error: %s [§5.2]', (_name, parameters) => {
    expect(() => readImportRules(parameters)).toThrow('import resolver');
  });
});
