import { BadParametersError } from '../errors/app-error.js';
import { assertName } from './names.js';

function message(name: string): string {
  try {
    return assertName('id', name);
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a name', () => {
  it.each(['a', 'Z9', 'web-site_1.2~x', `a${'b'.repeat(255)}`])('%j is one', (name) => {
    expect(assertName('id', name)).toBe(name);
  });

  it.each(['1a', '-a', '_a', '.a', '~a', '..'])('%j is none, since it does not begin with a letter', (name) => {
    expect(() => assertName('id', name)).toThrow(BadParametersError);
  });

  it.each([
    '',
    ' ',
    'a b',
    'a/b',
    'a\\b',
    'größe',
    'a\0',
    'a\n',
    'a%20',
    'a:b',
    'a?',
    'a\u202Eb',
    'ａ',
    `a${'b'.repeat(256)}`,
  ])('%j is none', (name) => {
    expect(() => assertName('blueprint_id', name)).toThrow(BadParametersError);
    expect(() => assertName('blueprint_id', name)).toThrow(/`blueprint_id`/);
  });

  it('is quoted short and escaped when it is refused', () => {
    expect(message('a\nb"c')).toContain('a\\nb\\"c');
    expect(message('<'.repeat(200)).length).toBeLessThan(250);
    expect(message('x'.repeat(100_000)).length).toBeLessThan(200);
  });
});
