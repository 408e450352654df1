import { Float } from '../values.js';
import { pythonFloat, pythonInteger } from './python-numbers.js';

describe('numbers in text', () => {
  it.each([
    ['5', 5],
    [' -5\n', -5],
    ['+5', 5],
    ['007', 7],
    ['1_000', 1000],
    ['99999999999999999999', 99999999999999999999n],
  ])('%j is the integer %p, as in Python [§8.1] [§12]', (text, value) => {
    expect(pythonInteger(text)).toBe(value);
  });

  it.each(['', ' ', '1.0', '1e3', '0x1f', '1__0', '_1', '1_', 'a', '1 2', '--1', '9'.repeat(4_301)])(
    '%j is no integer',
    (text) => {
      expect(pythonInteger(text)).toBeUndefined();
    },
  );

  it.each([
    ['1.5', 1.5],
    ['1', new Float(1)],
    ['1.', new Float(1)],
    ['.5', 0.5],
    [' -1e3 ', new Float(-1000)],
    ['1_0.2_5e+0_1', 102.5],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['nan', NaN],
    ['1e999', Infinity],
  ])('%j is the float %p, as in Python [§8.1] [§12]', (text, value) => {
    expect(pythonFloat(text)).toEqual(value);
  });

  it.each(['', '.', 'e5', '1e', '1__0.5', '1_.5', '0x1', 'infinit', '1.5.5', 'a'])('%j is no float', (text) => {
    expect(pythonFloat(text)).toBeUndefined();
  });

  it('long texts are refused in linear time', () => {
    const began = performance.now();
    expect(pythonFloat(`${'1'.repeat(1_000_000)}x`)).toBeUndefined();
    expect(pythonInteger(`${'1'.repeat(1_000_000)}x`)).toBeUndefined();
    expect(pythonInteger(`${' '.repeat(1_000_000)}x`)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
