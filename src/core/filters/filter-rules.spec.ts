import { AppError, BadParametersError } from '../errors/app-error.js';
import { parseFilterRules, type FilterAttributes } from './filter-rules.js';

const ATTRIBUTES: FilterAttributes = { id: 'all', created_by: 'all', schedules: ['is_not_empty'] };

const rule = (changes: object = {}): object => ({
  key: 'env',
  values: ['prod'],
  operator: 'any_of',
  type: 'label',
  ...changes,
});
const attribute = (changes: object = {}): object =>
  rule({ key: 'id', values: ['bp'], operator: 'contains', type: 'attribute', ...changes });

function refusal(raw: unknown): AppError {
  try {
    parseFilterRules([raw], ATTRIBUTES);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

describe('filter rules', () => {
  it('are taken in their stored form: keys in lower case, values as labels are stored, duplicates dropped', () => {
    expect(
      parseFilterRules([rule({ key: 'ENV', values: ['ｐrod', 'prod'] }), rule(), attribute({ key: 'ID' })], ATTRIBUTES),
    ).toEqual([
      { key: 'env', values: ['prod'], operator: 'any_of', type: 'label' },
      { key: 'id', values: ['bp'], operator: 'contains', type: 'attribute' },
    ]);
    expect(parseFilterRules([], ATTRIBUTES)).toEqual([]);
  });

  it.each(['is_null', 'is_not_null'])('%s takes no values', (operator) => {
    expect(parseFilterRules([rule({ operator, values: [] })], ATTRIBUTES)).toHaveLength(1);
    expect(refusal(rule({ operator })).extra).toMatchObject({ err_reason: expect.stringContaining('empty list') });
  });

  it('knows the operators that an attribute has', () => {
    const schedules = { key: 'schedules', values: [], operator: 'is_not_empty' };
    expect(parseFilterRules([attribute(schedules)], ATTRIBUTES)).toHaveLength(1);
    expect(refusal(attribute({ key: 'schedules' })).message).toContain('must be one of is_not_empty');
  });

  it('drops values that say nothing, and wants one that does', () => {
    expect(parseFilterRules([attribute({ values: ['', 'a'] })], ATTRIBUTES)).toMatchObject([{ values: ['a'] }]);
    expect(refusal(attribute({ values: [''] })).message).toContain('at least one item');
  });

  it.each([
    ['no dictionary', 7],
    ['a list', []],
    ['null', null],
    ['a key too few', { key: 'a', values: ['b'], operator: 'any_of' }],
    ['a key too many', { ...rule(), colour: 'red' }],
    ['an empty key', rule({ key: '' })],
    ['a key that is no text', rule({ key: 1 })],
    ['values that are no list', rule({ values: 'prod' })],
    ['values that are no texts', rule({ values: [1] })],
    ['no values', rule({ values: [] })],
    ['another type', rule({ type: 'colour' })],
    ['another operator', rule({ operator: 'contains' })],
    ['an illegal label key', rule({ key: 'a b' })],
    ['a reserved label key', rule({ key: 'csys-mine' })],
    ['an illegal label value', rule({ values: ['a"b'] })],
    ['another attribute', attribute({ key: 'state' })],
    ['an attribute that is a property of every object', attribute({ key: 'constructor' })],
    ['an attribute’s value that is no name', attribute({ values: ['a%'] })],
  ])('with %s are refused, and the answer names the rule', (_what, raw) => {
    const error = refusal(raw);
    expect([error.code, error.status]).toEqual(['invalid_filter_rule', 400]);
    expect(error.extra).toEqual({ err_filter_rule: raw, err_reason: expect.any(String) });
    expect(error.message).toContain('is not in the right format');
  });

  it('are a list, and not a long one', () => {
    for (const raw of [undefined, {}, 'x', Array.from({ length: 101 }, () => rule())])
      expect(() => parseFilterRules(raw, ATTRIBUTES)).toThrow(BadParametersError);
  });
});
