import type { Value } from '../values.js';
import { Bytes, DateValue, Float } from '../values.js';
import { loadYaml } from './load.js';
import { valueOf } from './tree.js';

/** The value of one plain scalar, as an item of a list. */
function scalar(text: string): Value {
  const node = loadYaml(`- ${text}\n`, 'f.yaml');
  return (node && (valueOf(node) as readonly Value[])[0]) ?? null;
}

describe('A scalar', () => {
  it.each([
    ...['yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((text) => [text, true] as const),
    ...['no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((text) => [text, false] as const),
  ])('%s is a boolean [§2]', (text, value) => {
    expect(scalar(text)).toBe(value);
  });

  it.each(['y', 'n', 'Y', 'N', 'yEs', 'tRUE', 'oN', 'yes!'])('%s is text, no boolean [§2]', (text) => {
    expect(scalar(text)).toBe(text);
  });

  it.each(['~', 'null', 'Null', 'NULL', '', '# a comment'])('%s is null [§2]', (text) => {
    expect(scalar(text)).toBeNull();
  });

  it.each([
    ['0', 0],
    ['-0', 0],
    ['+12', 12],
    ['017', 15],
    ['-017', -15],
    ['00', 0],
    ['0_', 0],
    ['0x1f', 31],
    ['-0x1F', -31],
    ['0x_f', 15],
    ['0b101', 5],
    ['1_000', 1000],
    ['1__2', 12],
    ['22:30', 1350],
    ['-1:30', -90],
    ['190:20:30', 685230],
    ['1:5', 65],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-12345678901234567890', -12345678901234567890n],
    ['0xffffffffffffffff', 18446744073709551615n],
  ])('%s is the integer %s [§2]', (text, value) => {
    expect(scalar(text)).toBe(value);
  });

  it.each([
    ['1.0', new Float(1)],
    ['1.', new Float(1)],
    ['-0.0', new Float(-0)],
    ['1.5', 1.5],
    ['+1.5', 1.5],
    ['-2.5', -2.5],
    ['.5', 0.5],
    ['.5_0', 0.5],
    ['1_0.2_5', 10.25],
    ['1.0e+3', new Float(1000)],
    ['1.5E-1', 0.15],
    ['.1e-1', 0.01],
    ['1:30.5', 90.5],
    ['190:20:30.15', 685230.15],
    ['.inf', Infinity],
    ['.Inf', Infinity],
    ['-.INF', -Infinity],
    ['+.inf', Infinity],
    ['.nan', NaN],
    ['.NaN', NaN],
  ])('%s is a float, and stays one when it is whole [§2] [trap 1]', (text, value) => {
    expect(scalar(text)).toEqual(value);
  });

  it.each([
    '0o17',
    '1e3',
    '1e+3',
    '.1e5',
    '1.0e3',
    '089',
    '08',
    '00:30',
    '22:60',
    '1:2:3x',
    '-.5',
    '+.5',
    '._5',
    '.',
    '.Nan',
    '-.nan',
    '.iNF',
    '0xg',
    '0b2',
    '1,000',
    '1_000x',
    '_1',
    '--1',
    '+',
    '1:',
    '0:5',
    '1.2.3',
    '1-2',
    '2020-1-1',
    '20-01-01',
    '2020-01-01T10:00',
    '2020-01-01 10:0:0',
    '2020-01-01x',
    'nullx',
    'nan',
    'inf',
  ])('%s is text [§2]', (text) => {
    expect(scalar(text.endsWith(':') ? `"${text}"` : text)).toBe(text);
  });

  it.each([
    ['2020-01-01', '2020-01-01'],
    ['2020-01-01 10:00:00', '2020-01-01T10:00:00'],
    ['2020-1-1 1:02:03', '2020-01-01T01:02:03'],
    ['2020-01-01t10:00:00.5', '2020-01-01T10:00:00.500000'],
    ['2020-01-01T10:00:00.1234567', '2020-01-01T10:00:00.123456'],
    ['2020-01-01T10:00:00.000', '2020-01-01T10:00:00'],
    ['2020-01-01T10:00:00Z', '2020-01-01T10:00:00+00:00'],
    ['2020-01-01 10:00:00 -5', '2020-01-01T10:00:00-05:00'],
    ['2020-01-01   10:00:00.1  +05:30', '2020-01-01T10:00:00.100000+05:30'],
    ['2020-01-01 10:00:00-0', '2020-01-01T10:00:00+00:00'],
    ['2000-02-29', '2000-02-29'],
  ])('%s is a date, or a moment [§2]', (text, iso) => {
    expect(scalar(text)).toEqual(new DateValue(iso));
  });

  it.each([
    ['2021-02-29', 'is no date that exists'],
    ['1900-02-29', 'is no date that exists'],
    ['2020-00-01', 'is no date that exists'],
    ['2020-13-01', 'is no date that exists'],
    ['0000-01-01', 'is no date that exists'],
    ['2020-01-01 24:00:00', 'is no time that exists'],
    ['2020-01-01 10:60:00', 'is no time that exists'],
    ['2020-01-01 10:00:00+24', 'has no time zone that exists'],
    ['0b_', 'is not an integer'],
    ['0x_', 'is not an integer'],
    ['=', "'=' alone is no value"],
    ['<<', "'<<' alone is no value"],
  ])('%s is of a kind of which it cannot be one [§2] [error -1]', (text, message) => {
    expect(() => scalar(text)).toThrow(message);
  });

  it.each([
    ['!!int "2"', 2],
    ['!!int " 12 "', 12],
    ['!!int "0o17"', 15],
    ['!!str 1', '1'],
    ['!!str', ''],
    ['!!str 2020-01-01', '2020-01-01'],
    ['!!str =', '='],
    ['!!bool "yes"', true],
    ['!!bool nO', false],
    ['!!float 1', new Float(1)],
    ['!!float "1e3"', new Float(1000)],
    ['!!float "-inf"', -Infinity],
    ['!!null x', null],
    ['!!timestamp "2020-01-01"', new DateValue('2020-01-01')],
    ['!!binary "aGk="', new Bytes('6869')],
    ['!!binary |\n   aG\n   k=\n', new Bytes('6869')],
    ['! "12"', 12],
    ['! x', 'x'],
    ['!<tag:yaml.org,2002:int> "5"', 5],
    ['!!s%74r 1', '1'],
  ])('%s has the kind of its tag [§2]', (text, value) => {
    expect(scalar(text)).toEqual(value);
  });

  it.each([
    ['!!int x', "'x' is not an integer"],
    ['!!int ""', 'is not an integer'],
    ['!!int 1.5', 'is not an integer'],
    ['!!int "08"', 'is not an integer'],
    ['!!float x', "'x' is not a float"],
    ['!!float ""', 'is not a float'],
    ['!!bool 1', "'1' is not a boolean"],
    ['!!bool null', "'null' is not a boolean"],
    ['!!timestamp x', "'x' is not a timestamp"],
    ['!!binary "aGk"', '!!binary needs Base64'],
    ['!!binary "a=b="', '!!binary needs Base64'],
    ['!!map x', 'is unknown, or not for a scalar'],
    ['!!seq', 'is unknown, or not for a scalar'],
    ['!thing x', "tag '!thing' is unknown"],
    ['!!python/name:os.system x', 'is unknown'],
    ['!!python/object/apply:os.system ["id"]', 'is unknown'],
  ])('%s does not fit its tag [§2] [error -1]', (text, message) => {
    expect(() => scalar(text)).toThrow(message);
  });

  it('has at most as many digits as Python reads [§2] [error -1]', () => {
    expect(typeof scalar('9'.repeat(4300))).toBe('bigint');
    expect(() => scalar('9'.repeat(4301))).toThrow('an integer has at most 4300 digits');
  });

  it.each(['"yes"', "'1'", '"2020-01-01"', "'~'", '|\n   1', '>-\n   true'])(
    'in quotes or a block is text whatever it says: %s [§2]',
    (text) => {
      expect(typeof scalar(text)).toBe('string');
    },
  );
});
