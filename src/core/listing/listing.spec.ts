import fc from 'fast-check';
import { AppError } from '../errors/app-error.js';
import { parseInclude, parseListing, type Listing, type ListingRules } from './listing.js';
import type { QueryValues } from './query-values.js';

const RULES: ListingRules = {
  fields: {
    id: { kind: 'text' },
    count: { kind: 'integer' },
    active: { kind: 'boolean' },
    created_at: { kind: 'date' },
    labels: { kind: 'json' },
    secret: { kind: 'text', include: false, sort: false, filter: false },
    hidden_order: { kind: 'integer', include: false },
  },
  ownKeys: ['type'],
  getAllResults: true,
};
const parse = (query: QueryValues, rules = RULES): Listing => parseListing(rules, query, 1000);
function refusal(query: QueryValues): { code?: string; status?: number; traceback?: unknown; message: string } {
  try {
    parse(query);
  } catch (error) {
    const { code, status, traceback, message } = error as AppError;
    return { code, status, traceback, message };
  }
  throw new Error('It was taken.');
}

/** How a query ends, and the fields that it then names. */
function judged(query: QueryValues): { readonly status: number; readonly fields: readonly string[] } {
  try {
    const { include, sort, filters } = parse(query);
    return { status: 200, fields: [...(include ?? []), ...[...sort, ...filters].map(({ field }) => field)] };
  } catch (error) {
    return { status: (error as AppError).status, fields: [] };
  }
}

describe('a list request', () => {
  it('has defaults for everything', () => {
    expect(parse({})).toEqual({
      size: 1000,
      offset: 0,
      everything: false,
      include: null,
      sort: [],
      search: null,
      filters: [],
      getData: false,
    });
  });

  it('pages by counts of 0 or more, the first of each', () => {
    expect(parse({ _size: '0', _offset: '7' })).toMatchObject({ size: 0, offset: 7 });
    expect(parse({ _size: ['5', 'x'] })).toMatchObject({ size: 5 });
    expect(parse({ _size: '+5 ' })).toMatchObject({ size: 5 });
    expect(parse({ _size: '9'.repeat(30) }).size).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each(['-1', '', 'x', '1.5', '1e3', '0x10', 'NaN', 'Infinity', '٣', '1 2'])('has no size %j', (text) => {
    for (const key of ['_size', '_offset'])
      expect(refusal({ [key]: text })).toMatchObject({
        code: 'bad_parameters_error',
        status: 400,
        traceback: 'absent',
      });
  });

  it('sorts by several fields; a plus may have become a blank', () => {
    expect(parse({ _sort: ['id', '-count', '+active', ' created_at', '-@created_at', ''] }).sort).toEqual([
      { field: 'id', descending: false },
      { field: 'count', descending: true },
      { field: 'active', descending: false },
      { field: 'created_at', descending: false },
      { field: 'created_at', descending: true },
    ]);
    expect(parse({ _sort: 'hidden_order' }).sort).toEqual([{ field: 'hidden_order', descending: false }]);
  });

  it.each(['labels', 'secret', 'nothing', '--id', 'constructor', '__proto__', "'; DROP TABLE x", '-'])(
    'does not sort by %j',
    (text) => {
      expect(refusal({ _sort: text })).toMatchObject({ code: 'bad_parameters_error', traceback: 'absent' });
    },
  );

  it('filters by the type of the field; what cannot equal anything matches nothing', () => {
    const { filters } = parse({
      id: ['a', 'b', ''],
      count: ['1', 'x', '-2', '99999999999999999999'],
      active: ['TRUE', 'False', '1'],
      created_at: '2026-01-01',
    });
    expect(filters).toEqual([
      { field: 'id', kind: 'text', values: ['a', 'b'] },
      { field: 'count', kind: 'integer', values: [1, -2] },
      { field: 'active', kind: 'boolean', values: [true, false] },
      { field: 'created_at', kind: 'date', values: ['2026-01-01T00:00:00.000Z'] },
    ]);
    expect(parse({ id: '' }).filters).toEqual([{ field: 'id', kind: 'text', values: [] }]);
    expect(parse({ created_at: '' }).filters[0]?.values).toEqual([]);
  });

  it.each(
    ['labels', 'secret', 'nothing', '', 'constructor', 'toString', '__proto', ' id'].filter(
      (key) => !key.startsWith('_'),
    ),
  )('does not filter by the key %j', (key) => {
    expect(refusal({ [key]: 'x' })).toMatchObject({ code: 'bad_parameters_error', status: 400 });
  });

  it('leaves keys to the resource that reads them, and ignores unknown ones with an underscore', () => {
    expect(parse({ type: 'x', _nothing: 'y', _: 'z' }).filters).toEqual([]);
    expect(refusal({ created_at: 'soon' }).message).toContain('`created_at`');
  });

  it('includes what is named, once', () => {
    expect(parse({ _include: 'id,count,id' }).include).toEqual(['id', 'count']);
    expect(parse({ _include: ['labels', 'nothing'] }).include).toEqual(['labels']);
    expect(parse({ _include: '' }).include).toBeNull();
    expect(parseInclude(RULES.fields, {})).toBeNull();
  });

  it.each(['secret', 'hidden_order', 'id,', ',id', 'id, count', 'nothing', 'constructor', '*'])(
    'does not include %j',
    (text) => {
      expect(refusal({ _include: text })).toMatchObject({ code: 'no_such_include_field_error', status: 400 });
    },
  );

  it('searches in one form of Unicode; empty is no search', () => {
    expect(parse({ _search: 'ﬁne' }).search).toBe('fine');
    expect(parse({ _search: 'A\u030A' }).search).toBe('Å');
    expect(parse({ _search: '' }).search).toBeNull();
    expect(parse({ _search: ['first', 'second'] }).search).toBe('first');
  });

  it('gives everything only where that is offered, and takes no other word for true', () => {
    expect(parse({ _get_all_results: 'True' }).everything).toBe(true);
    expect(parse({ _get_all_results: 'True' }, { fields: RULES.fields }).everything).toBe(false);
    expect(refusal({ _get_all_results: '1' })).toMatchObject({ code: 'bad_parameters_error' });
    expect(refusal({ _get_data: '' })).toMatchObject({ code: 'bad_parameters_error' });
  });

  it('is judged in order: projection, filters, paging, sorting', () => {
    const all = { _include: 'x', nothing: '1', _size: 'x', _sort: 'x' };
    expect(refusal(all).code).toBe('no_such_include_field_error');
    const { _include, ...three } = all;
    expect([_include, refusal(three).message]).toEqual(['x', expect.stringContaining('Filter keys')]);
    const { nothing, ...two } = three;
    expect([nothing, refusal(two).message]).toEqual(['1', expect.stringContaining('_size')]);
  });

  it('is taken or refused with 400, whatever it says, and names no field that may not be named', () => {
    const keys = fc.oneof(
      fc.constantFrom(
        '_size',
        '_offset',
        '_sort',
        '_include',
        '_search',
        '_get_all_results',
        ...Object.keys(RULES.fields),
      ),
      fc.string({ maxLength: 12 }),
    );
    const values = fc.oneof(fc.string({ maxLength: 20 }), fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }));
    fc.assert(
      fc.property(fc.dictionary(keys, values, { maxKeys: 5 }), (query) => {
        const { status, fields } = judged(query);
        expect([200, 400]).toContain(status);
        expect(fields).not.toContain('secret');
      }),
      { seed: 20_260_106, numRuns: 500 },
    );
  });
});
