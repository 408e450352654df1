import { describe, expect, it } from '@jest/globals';
import { labelKey, labelValue, parseLabels } from './labels.js';

const both = { keyValue: true };
const dictsOnly = { keyValue: false };

describe('parseLabels', () => {
  it('reads one-entry dictionaries, with one value or several', () => {
    expect(parseLabels([{ Env: 'prod' }, { team: ['a', 'b'] }], dictsOnly)).toEqual([
      { key: 'env', value: 'prod' },
      { key: 'team', value: 'a' },
      { key: 'team', value: 'b' },
    ]);
  });

  it('reads key and value where the endpoint takes them', () => {
    expect(
      parseLabels(
        [
          { key: 'Env', value: 'prod' },
          { key: 'team', value: ['a', 'b'] },
        ],
        both,
      ),
    ).toEqual([
      { key: 'env', value: 'prod' },
      { key: 'team', value: 'a' },
      { key: 'team', value: 'b' },
    ]);
    expect(() => parseLabels([{ key: 'env', value: 'prod' }], dictsOnly)).toThrow('1-entry dictionaries');
  });

  it('takes a single entry called key or value for what it is', () => {
    expect(parseLabels([{ key: 'x' }, { value: 'y' }], both)).toEqual([
      { key: 'key', value: 'x' },
      { key: 'value', value: 'y' },
    ]);
  });

  it.each([
    [{ env: 'prod' }],
    ['env'],
    [null],
    [[1]],
    [[{}]],
    [[{ a: 'x', b: 'y' }]],
    [[{ env: 1 }]],
    [[{ env: null }]],
    [[{ env: [] }]],
    [[{ env: ['a', 1] }]],
    [[['env', 'prod']]],
    [[{ key: 'a', value: 'b', extra: 'c' }]],
  ])('refuses another shape: %j', (raw) => {
    expect(() => parseLabels(raw, both)).toThrow('1-entry dictionaries');
  });

  it('refuses the same pair twice, also when only its spelling differs', () => {
    expect(() => parseLabels([{ env: 'ﬁ' }, { ENV: 'fi' }], both)).toThrow('more than once');
    expect(parseLabels([{ env: 'a' }, { env: 'A' }], both)).toHaveLength(2);
  });

  it('ignores the key that the server keeps', () => {
    expect(parseLabels([{ 'csys-consumer-id': 'mine' }, { a: 'b' }], both)).toEqual([{ key: 'a', value: 'b' }]);
  });

  it('bounds how many there are', () => {
    const many = Array.from({ length: 1001 }, (_, index) => ({ [`k${index}`]: 'v' }));
    expect(() => parseLabels(many, both)).toThrow('at most 1000');
  });
});

describe('labelKey', () => {
  it.each(['', 'a b', 'ä', 'a/b', 'a\0', 'x'.repeat(257), 'csys-mine', 'CSYS-anything'])('refuses %j', (key) => {
    expect(() => labelKey(key)).toThrow(/key/);
  });

  it('lowers the case and keeps the allowed reserved keys', () => {
    expect(labelKey('CSYS-Obj-Type')).toBe('csys-obj-type');
    expect(labelKey('x'.repeat(256))).toHaveLength(256);
  });
});

describe('labelValue', () => {
  it.each(['', 'a"b', 'a\nb', 'a\0b', 'a\u0085b', '\ud800', 'x'.repeat(257)])('refuses %j', (value) => {
    expect(() => labelValue('env', value)).toThrow('1 to 256 characters');
  });

  it('normalises to NFKC', () => {
    expect(labelValue('env', 'ﬁne ①')).toBe('fine 1');
  });

  it('judges the reserved values', () => {
    expect(labelValue('csys-obj-type', 'K8S')).toBe('k8s');
    expect(labelValue('csys-location-lat', '-89.5')).toBe('-89.5');
    expect(() => labelValue('csys-location-lat', '90.1')).toThrow('from -90 to 90');
    expect(() => labelValue('csys-location-long', 'east')).toThrow('from -180 to 180');
    expect(() => labelValue('csys-location-long', '1e1')).toThrow('must be a number');
    expect(labelValue('csys-location-long', '180')).toBe('180');
  });
});
