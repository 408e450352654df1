import { BadParametersError } from '../errors/app-error.js';
import { parseConstraints } from './constraints.js';

describe('constraints', () => {
  it('are read, each on its own', () => {
    expect(
      parseConstraints({
        labels: [{ ENV: 'prod' }],
        filter_id: 'f',
        tenants: ['a'],
        valid_values: ['x', 'y'],
        name_pattern: { contains: 'a', ends_with: 'b' },
      }),
    ).toEqual({
      labels: [{ key: 'env', value: 'prod' }],
      filterId: 'f',
      tenants: ['a'],
      validValues: ['x', 'y'],
      namePattern: new Map([
        ['contains', 'a'],
        ['ends_with', 'b'],
      ]),
    });
  });

  it('that say nothing constrain nothing', () => {
    const nothing = { labels: [], filterId: null, tenants: null, validValues: null, namePattern: new Map() };
    expect(parseConstraints({})).toEqual(nothing);
    expect(
      parseConstraints({ labels: null, filter_id: null, tenants: null, valid_values: null, name_pattern: null }),
    ).toEqual(nothing);
  });

  it.each([
    [[]],
    ['x'],
    [null],
    [{ colour: 'red' }],
    [{ labels: { a: 'b' } }],
    [{ labels: [{ a: 'b', c: 'd' }] }],
    [{ labels: [{}] }],
    [{ labels: [{ a: ['b'] }] }],
    [{ labels: [{ 'a b': 'c' }] }],
    [{ filter_id: 7 }],
    [{ tenants: 'a' }],
    [{ tenants: [1] }],
    [{ valid_values: ['a\0b'] }],
    [{ name_pattern: {} }],
    [{ name_pattern: { like: 'a' } }],
    [{ name_pattern: { contains: ['a'] } }],
    [{ name_pattern: { constructor: 'a' } }],
  ])('of another shape are refused: %j', (raw) => {
    expect(() => parseConstraints(raw)).toThrow(BadParametersError);
  });
});
