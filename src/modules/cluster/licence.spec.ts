import { AppError } from '../../core/errors/app-error.js';
import { assertLicenceText } from './licence.js';

function codeOf(text: string): string | null {
  try {
    assertLicenceText(text);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe('the text of a licence', () => {
  it.each(['license:\n  customer_id: a\nsignature: !!binary |\n  AAAA\n', '{a: 1}'])('is a mapping: %j', (text) => {
    expect(codeOf(text)).toBeNull();
  });

  it.each([
    ['nothing', ''],
    ['a text', 'hello'],
    ['a list', '- a'],
    ['broken', 'a: [1'],
    ['with a key twice', 'a: 1\na: 2'],
    ['nested without end', '['.repeat(60_000)],
    ['a mapping of unclosed mappings', 'a: ' + '{a: '.repeat(15_000)],
  ])('is refused when it is %s', (_what, text) => {
    expect(codeOf(text)).toBe('invalid_yaml_format');
  });

  it('costs nothing more when its aliases would unfold to billions', () => {
    const levels = Array.from({ length: 30 }, (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]`);
    const started = performance.now();
    expect(codeOf(['l0: &l0 x', ...levels].join('\n'))).toBeNull();
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
