import fc from 'fast-check';

import { parsePattern } from './parse.js';
import { PatternWork } from './pattern-work.js';
import { PythonPattern, compilesInPython } from './python-pattern.js';
import { PatternSyntaxError } from './syntax.js';
import { PatternUnusableError } from './translate.js';

/* What CPython 3.11 answers to each, asked once; newer syntax that older versions refuse is taken. */
const COMPILING: readonly string[] = [
  '',
  '|',
  '(|)',
  'a++',
  '(?>a)',
  '(?t)a',
  '(?a)(?u:b)',
  '(?u:(?a:b))',
  'x{,}',
  'a{,2}',
  '{a',
  '{',
  '}',
  'a{',
  'a{1',
  'a{1,',
  'a{ 1}',
  'a{1}+',
  'a*?',
  '(^)*',
  '(?:^)*',
  '(?=a)*',
  '(?!)*',
  '(?(1)a|b)(x)',
  '(x)(?(1)a)',
  '(?P<a>x)(?(a)b|c)',
  '(x)(?( 1 )a)',
  '\\N{DIGIT ONE}',
  '[\\N{DIGIT ONE}-9]',
  '(a)(?<=\\1)',
  '(a)(?<=(?(1)b|c))',
  '(?<=a{2})b',
  '(?<=a|b)c',
  '(?<=\\b)',
  '(?<=^a)',
  '(?<=(?=a*))',
  '(?<=[ab].\\d)',
  '(?P<n>a)(?P=n)',
  '(?P<\u{e9}>a)',
  '[]a]',
  '[^]]',
  '[\\d-]',
  '[a-]',
  '[-a]',
  '[a-a]',
  '[[]',
  '[a&&b]',
  '[\\b]',
  '[\\w-]',
  '[\\377]',
  '[\\-]',
  '(a)\\1',
  '\\0',
  '\\08',
  '\\377',
  '\\x41',
  '\\u0041',
  '\\U0010ffff',
  '\\_',
  '\\.',
  '\\\u{e9}',
  '(?i)',
  '(?i:a)',
  '(?-i:a)',
  '(?im-sx:a)',
  '(?ii)a',
  'a(?#foo)*',
  '(?x)a b',
  '(?x)a #c\n*',
  '(?x:a )b*',
  '(?x:a #)\n)',
  '(?x)[a #]',
  '(?x)a{1, 2}',
];

const REFUSED: readonly string[] = [
  '(?t:a)',
  '(?a)(?u)a',
  '(?au)b',
  '{2}',
  'a{2,1}',
  'a{4294967295}',
  'a{1}{2}',
  'a*??',
  'a**',
  'a+?+',
  '^*',
  '$?',
  '\\b+',
  '\\Z*',
  '*a',
  'a|*',
  '(*)',
  '(?(1)a|b)',
  '(x)(?(1)a|b|c)',
  '(?(a)b)',
  '(?(0)a)',
  '(x)(?(1',
  '(?(',
  '(?()a)',
  '\\N',
  '\\Nx',
  '(?<=(a)\\1)',
  '(?<=(?P<q>a)(?P=q))',
  '(?<=(?(1)b|c))(a)',
  '(?<=a*)',
  '(?<=a|bb)c',
  '(?<!a+)b',
  '(?P<1>a)',
  '(?P<>a)',
  '(?P<n>a',
  '(?P<n',
  '(?P=b)',
  '(?P=)',
  '(?P<a>x)(?P<a>y)',
  '(?P<a>(?P=a))',
  '(?P',
  '(?P>',
  '(?<',
  '(?<a',
  '(?',
  '(?z)',
  '[]',
  '[^]',
  '[a',
  '[a-\\d]',
  '[\\d-a]',
  '[z-a]',
  '[\\A]',
  '[\\Z]',
  '[\\B]',
  '[\\8]',
  '[\\400]',
  '[\\x4]',
  '[\\q]',
  '\\',
  '\\8',
  '\\1',
  '(\\1)',
  '(a)\\2',
  '\\400',
  '\\x1',
  '\\u12',
  '\\U00110000',
  '\\q',
  '(?i',
  '(?i:',
  '(?-i)a',
  '(?i-i:a)',
  '(?-a:a)',
  '(?L)a',
  '(?s-)',
  '(?s-m',
  '(?i a)',
  '(?#foo',
  '(?#foo)*',
  '(?x) a * ?',
  '(?x)( ?:a)',
  '(?x)(? :a)',
  '(',
  'a)',
  '(a',
  '((a)',
  '(?:a',
  '(?=a',
  '(?<=a',
  ')',
];

const MATCHING: readonly (readonly [pattern: string, text: string])[] = [
  ['ab', 'abc'],
  ['(?m)a$', 'a\nb'],
  ['a$', 'a\n'],
  ['a\\Z', 'a'],
  ['a\\n\\Z', 'a\n'],
  ['(?m)a$', 'a\n'],
  ['(?s).*c', 'a\nc'],
  ['\\Aa', 'a'],
  ['(a|ab)c', 'abc'],
  ['a{2,3}?b', 'aaab'],
  ['a{,2}b', 'aab'],
  ['a{,}b', 'aaab'],
  ['x{1500}', 'x'.repeat(1500)],
  ['(?:x{700}){2}', 'x'.repeat(1400)],
  ['(?:x{0,700}y){0,3}z', 'xyyz'],
  ['\\d', '\u{663}'],
  ['\\w', '\u{e9}'],
  ['(?a)\\W', '\u{e9}'],
  ['[\\W_]', '_'],
  ['[^\\W_]', '\u{e9}'],
  ['[\\W\\d]', '\u{663}'],
  ['\\s', '\x1c'],
  ['\\s', '\u{2003}'],
  ['\\w', '\u{b2}'],
  ['\\w', '_'],
  ['(?i)straSSe', 'STRAsse'],
  ['(?i)k', '\u{212a}'],
  ['(?i)[a-z]', '\u{212a}'],
  ['(?ai)K', 'k'],
  ['(?ai)[a-f]', 'E'],
  ['(?i)\u{e9}', '\u{c9}'],
  ['(?i:a)b', 'Ab'],
  ['a\\b', 'a b'],
  ['\\bab', 'ab'],
  ['a\\B', 'ab'],
  ['\\B', ' '],
  ['[]a]', 'a'],
  ['[]a]', ']'],
  ['[^]a]', 'b'],
  ['[\\d-]', '-'],
  ['[\\b]', '\x08'],
  ['\\x41\\u0042\\103', 'ABC'],
  ['\\0', '\x00'],
  ['\\07', '\x07'],
  ['(?x)a b # c', 'ab'],
  ['(?x)a\\ b', 'a b'],
  ['a(?#comment)b', 'ab'],
  ['(?P<n>a)b', 'ab'],
  ['(?s:.)b', '\nb'],
  ['(?i)\\.', '.'],
  ['$', ''],
  ['^$', ''],
  ['^$', '\n'],
  ['\u{1f600}+$', '\u{1f600}\u{1f600}'],
  ['^.$', '\u{1f600}'],
  ['{a', '{a'],
  ['a{1', 'a{1'],
  ['x*', 'abc'],
  ['(?:)', 'abc'],
  ['a|', 'b'],
  ['(a*)*b', 'aaab'],
  ['()', 'a'],
];

const NOT_MATCHING: readonly (readonly [pattern: string, text: string])[] = [
  ['b', 'abc'],
  ['^b', 'a\nb'],
  ['(?m)^b', 'a\nb'],
  ['a$', 'a\nb'],
  ['a$', 'a\n\n'],
  ['a\\Z', 'a\n'],
  ['.*c', 'a\nc'],
  ['a{2,3}', 'a'],
  ['x{1500}', 'x'.repeat(1499)],
  ['(?:x{700}){2}', 'x'.repeat(1399)],
  ['(?a)\\d', '\u{663}'],
  ['(?a)\\w', '\u{e9}'],
  ['\\W', '\u{e9}'],
  ['[\\W_]', '\u{e9}'],
  ['(?a)\\s', '\x1c'],
  ['\\S', '\u{2003}'],
  ['[\\S ]', '\u{2003}'],
  ['\\d', '\u{b2}'],
  ['(?ai)k', '\u{212a}'],
  ['(?ai)\u{e9}', '\u{c9}'],
  ['(?i:a)b', 'AB'],
  ['(?i)a(?-i:b)', 'AB'],
  ['(?i)[^a]', 'A'],
  ['(?i)[\\W_]', 'k'],
  ['a\\b', 'ab'],
  ['\\B', ''],
  ['\\b', ''],
  ['\\ba', ' a'],
  ['[a\\-c]', 'b'],
  ['(?x)[ ]', 'x'],
  ['.b', '\nb'],
  ['$a', 'a'],
  ['(?m)^$', 'a\n'],
];

/** Flags for the whole pattern in its midst: older versions take them, 3.11 does not. */
const COMPILING_ONCE = ['a(?i)b', '(a(?s).)', ' (?x) a'];

function matches(pattern: string, text: string, work = new PatternWork()): boolean {
  return PythonPattern.of(pattern).matchesStart(text, work);
}

function outcomeOf(pattern: string, text: string): unknown {
  try {
    return String(matches(pattern, text));
  } catch (error) {
    return (error as Error).constructor;
  }
}

describe('regular expressions of Python', () => {
  it.each(COMPILING)('take %j [§7.1] [trap 3]', (pattern) => {
    expect(compilesInPython(pattern)).toBe(true);
  });

  it.each(COMPILING_ONCE)('take %j, as versions before 3.11 do [§7.1] [trap 3]', (pattern) => {
    expect(compilesInPython(pattern)).toBe(true);
  });

  it.each(REFUSED)('refuse %j [§7.1] [trap 3]', (pattern) => {
    expect(compilesInPython(pattern)).toBe(false);
  });

  it.each(MATCHING)('%j matches at the start of %j [§8.3] [trap 3]', (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  it.each(NOT_MATCHING)('%j does not match at the start of %j [§8.3] [trap 3]', (pattern, text) => {
    expect(matches(pattern, text)).toBe(false);
  });

  it('say what is wrong, and where', () => {
    expect(() => parsePattern('ab(c')).toThrow(new PatternSyntaxError('missing ), unterminated subpattern', 2));
    expect(() => parsePattern('a**')).toThrow('multiple repeat at position 2');
  });

  it.each([
    ['(?=a)a', 'look-around'],
    ['(?!b)a', 'look-around'],
    ['(?<=b)a', 'look-around'],
    ['(?<!b)a', 'look-around'],
    ['(a)\\1', 'a back-reference'],
    ['(?P<n>a)(?P=n)', 'a back-reference'],
    ['(a)(?(1)b|c)', 'a conditional'],
    ['(?>a)', 'an atomic group'],
    ['a++', 'a possessive repeat'],
    ['\\N{DIGIT ONE}', 'names a character'],
    ['[\\N{DIGIT ONE}]', 'names a character'],
  ])('compile %j, but say clearly that it cannot be used (%s) [trap 3]', (pattern, reason) => {
    expect(compilesInPython(pattern)).toBe(true);
    expect(() => matches(pattern, 'a')).toThrow(PatternUnusableError);
    expect(() => matches(pattern, 'a')).toThrow(reason);
  });

  it('know the bounds of words in ASCII text only, unless the pattern says that ASCII is meant', () => {
    expect(() => matches('\\bé', 'é')).toThrow(PatternUnusableError);
    expect(matches('(?a)a\\bé', 'aé')).toBe(true);
  });

  describe('from strangers', () => {
    it.each([
      ['nested repeats', '(a*)*b', 'a'.repeat(100_000)],
      ['overlapping alternatives', '(a|a|ab?)*c', 'ab'.repeat(50_000)],
      ['repeats side by side', 'a*a*a*a*a*a*a*a*b', 'a'.repeat(100_000)],
    ])('take linear time for %s', (_name, pattern, text) => {
      const began = performance.now();
      expect(matches(pattern, text)).toBe(false);
      expect(performance.now() - began).toBeLessThan(10_000);
    });

    it.each([
      ['counts that multiply', '((((a{100}){100}){100}){100}){100}'],
      ['large counts side by side', '[a-z]{0,1000}'.repeat(30)],
      ['a long text', 'a'.repeat(30_000)],
    ])('are refused for %s before anything is built', (_name, pattern) => {
      expect(compilesInPython(pattern)).toBe(true);
      const began = performance.now();
      expect(() => matches(pattern, 'a')).toThrow('too large or repeats too much');
      expect(performance.now() - began).toBeLessThan(10_000);
    });

    it('share what they may spend', () => {
      const work = new PatternWork(20_000);
      expect(matches('[ab]{1,90}$', 'ab', work)).toBe(true);
      expect(matches('[ab]{1,91}$', 'ab', work)).toBe(true);
      for (let time = 0; time < 10; time += 1) {
        expect(matches('[ab]{1,90}$', 'ab', work)).toBe(true);
      }
      expect(() => matches('[ab]{1,500}$', 'ab', work)).toThrow('takes too long to match');
    });

    it('may nest and be long within reason', () => {
      expect(compilesInPython(`${'('.repeat(390)}a${')'.repeat(390)}`)).toBe(true);
      expect(compilesInPython('('.repeat(50_000))).toBe(false);
      expect(compilesInPython('(?(1)'.repeat(10_000))).toBe(false);
      expect(compilesInPython('a'.repeat(50_001))).toBe(false);
      expect(matches(`${'('.repeat(390)}a${')*'.repeat(390)}`, 'a')).toBe(true);
    });
  });

  it('never fail in any other way, whatever they are', () => {
    const tokens =
      'a ( ) [ ] ^ - \\ { } 2 , * + ? | $ . (? P < > = ! : # i x \\d \\b \\1 (?: (?i) (?<= é \u{1f600} \ud800';
    const token = fc.constantFrom(...tokens.split(' '), ' ');
    const expected: readonly unknown[] = ['true', 'false', PatternSyntaxError, PatternUnusableError];
    fc.assert(
      fc.property(fc.array(token, { maxLength: 14 }), fc.string({ maxLength: 8 }), (pattern, text) => {
        expect(expected).toContain(outcomeOf(pattern.join(''), text));
      }),
      { numRuns: 3_000, seed: 11 },
    );
  });
});
