import type { Value } from '../values.js';
import { Bytes, DateValue, Float } from '../values.js';
import { pythonRepr, pythonStr } from './python-text.js';

describe('Python text of values', () => {
  const texts: readonly (readonly [Value, string])[] = [
    [null, 'None'],
    [true, 'True'],
    [false, 'False'],
    [0, '0'],
    [-7, '-7'],
    [9007199254740993n, '9007199254740993'],
    [new Float(1), '1.0'],
    [new Float(-0), '-0.0'],
    [1.5, '1.5'],
    [-0.1, '-0.1'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.25e-7, '1.25e-07'],
    [new Float(1e15), '1000000000000000.0'],
    [new Float(1e16), '1e+16'],
    [new Float(1.2345678901234568e17), '1.2345678901234568e+17'],
    [new Float(1e300), '1e+300'],
    [new Float(123456), '123456.0'],
    [123456.789, '123456.789'],
    [5e-324, '5e-324'],
    [NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    ['plain', "'plain'"],
    ["it's", '"it\'s"'],
    ['say "x"', `'say "x"'`],
    [`both ' and "`, `'both \\' and "'`],
    ['a\nb\tc\rd\\e', String.raw`'a\nb\tc\rd\\e'`],
    ['\u0000\u007f\u00a0\u00ad', String.raw`'\x00\x7f\xa0\xad'`],
    ['\u2028\u200b\ue000', String.raw`'\u2028\u200b\ue000'`],
    ['\u{e0001}', String.raw`'\U000e0001'`],
    ['é漢😀 ok', "'é漢😀 ok'"],
    ['\ud800', String.raw`'\ud800'`],
    [new DateValue('2020-01-02'), 'datetime.date(2020, 1, 2)'],
    [new DateValue('2020-01-02T10:00:00'), 'datetime.datetime(2020, 1, 2, 10, 0)'],
    [new DateValue('2020-01-02T10:00:07.500000'), 'datetime.datetime(2020, 1, 2, 10, 0, 7, 500000)'],
    [new DateValue('2020-01-02T10:00:00+00:00'), 'datetime.datetime(2020, 1, 2, 10, 0, tzinfo=datetime.timezone.utc)'],
    [
      new DateValue('2020-01-02T10:00:00-05:30'),
      'datetime.datetime(2020, 1, 2, 10, 0, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=66600)))',
    ],
    [new Bytes('00410a27ff'), String.raw`b"\x00A\n'\xff"`],
    [[], '[]'],
    [[1, 'x', [null]], "[1, 'x', [None]]"],
    [new Map(), '{}'],
    [
      new Map<string, Value>([
        ['a', 1],
        ['b', new Map([['c', true]])],
      ]),
      "{'a': 1, 'b': {'c': True}}",
    ],
    [new Map([[1, 'x']]), "{1: 'x'}"],
  ];
  it.each(texts)('[§14.2] prints %p as repr does: %s', (value, expected) => {
    expect(pythonRepr(value)).toBe(expected);
  });

  it('[§14.2] prints text and dates without quotes, all else like repr', () => {
    expect(pythonStr("it's")).toBe("it's");
    expect(pythonStr(new DateValue('2020-01-02T10:00:00'))).toBe('2020-01-02 10:00:00');
    expect(pythonStr(new DateValue('2020-01-02'))).toBe('2020-01-02');
    expect(pythonStr(['x'])).toBe("['x']");
    expect(pythonStr(new Float(3))).toBe('3.0');
  });
});
