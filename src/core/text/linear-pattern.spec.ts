import { LinearPattern, PatternError } from './linear-pattern.js';

describe('patterns from strangers', () => {
  it.each([
    ['^\\d{3}-[a-z]+$', '123-abc', '123-'],
    ['b', 'abc', 'ac'],
    ['\\u0041\\x42', 'AB', 'ab'],
    ['a\\/b', 'a/b', 'a'],
    ['^(?<year>\\d{4})$', '2026', '26'],
    ['^\\p{L}+$', 'größe', '1'],
    ['^[a-zA-Z0-9]{1,63}(\\.[a-zA-Z0-9]{1,63}){1,10}$', 'a.example', 'a'],
  ])('finds %s', (pattern, match, other) => {
    expect(new LinearPattern(pattern).test(match)).toBe(true);
    expect(new LinearPattern(pattern).test(other)).toBe(false);
  });

  it.each(['(', '(?=a)', '(?!a)', '(?<=a)b', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>', 'a{2000}', '[b-a]', 'a**'])(
    'refuses %s',
    (pattern) => {
      expect(() => new LinearPattern(pattern)).toThrow(PatternError);
    },
  );

  it('says nothing of the pattern in the refusal', () => {
    expect(() => new LinearPattern('(hunter2')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') }) as Error,
    );
  });

  it.each(['^(a+)+$', '^(a|a)*$', '(a|b|[a-c]*){300}x$', '(.*a){100}x$'])(
    'takes time linear in the text for %s',
    (pattern) => {
      const compiled = new LinearPattern(pattern);
      const text = `${'a'.repeat(100_000)}!`;
      const started = performance.now();
      expect(compiled.test(text)).toBe(false);
      expect(performance.now() - started).toBeLessThan(10_000);
    },
  );

  it.each([`(${'ab?'.repeat(300)}){1000}`, 'a'.repeat(1_001), '[a-c]{900}'.repeat(20)])(
    'refuses what takes long to compile',
    (pattern) => {
      const started = performance.now();
      expect(() => new LinearPattern(pattern)).toThrow(PatternError);
      expect(performance.now() - started).toBeLessThan(10_000);
    },
  );
});
