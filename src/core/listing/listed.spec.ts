import { listed } from './listed.js';
import { parseListing, type FieldRules } from './listing.js';
import type { QueryValues } from './query-values.js';

const FIELDS = {
  name: { kind: 'text' },
  port: { kind: 'integer' },
  is_external: { kind: 'boolean' },
  seen_at: { kind: 'date' },
  networks: { kind: 'json' },
} as const satisfies FieldRules;

const ITEMS = [
  { name: 'b', port: 2, is_external: false, seen_at: '2026-01-02T00:00:00.000Z', networks: {} },
  { name: 'a', port: 1, is_external: true, seen_at: '2026-01-01T00:00:00.000Z', networks: {} },
  { name: 'c', port: 1, is_external: false, seen_at: null, networks: { default: 'c' } },
];

function names(query: QueryValues): unknown[] {
  return listed(ITEMS, FIELDS, parseListing({ fields: FIELDS }, query, 1000)).items.map((item) => item['name']);
}

describe('a page of a list that is no table', () => {
  it('holds everything in the given order unless the request asks for less', () => {
    expect(names({})).toEqual(['b', 'a', 'c']);
  });

  it.each([
    [{ name: 'a' }, ['a']],
    [{ port: ['1', '2'], is_external: 'FALSE' }, ['b', 'c']],
    [{ seen_at: '2026-01-02' }, ['b']],
    [{ name: '' }, []],
    [{ port: 'one' }, []],
  ] as const)('filters %j', (query, expected) => {
    expect(names(query)).toEqual(expected);
  });

  it.each([
    [{ _sort: 'name' }, ['a', 'b', 'c']],
    [{ _sort: ['port', '-name'] }, ['c', 'a', 'b']],
    [{ _sort: 'seen_at' }, ['a', 'b', 'c']],
  ] as const)('sorts %j', (query, expected) => {
    expect(names(query)).toEqual(expected);
  });

  it('counts what matches, not what the page holds', () => {
    const page = listed(ITEMS, FIELDS, parseListing({ fields: FIELDS }, { _size: '1', _offset: '1' }, 1000));
    expect(page.items.map((item) => item['name'])).toEqual(['a']);
    expect(page.metadata).toEqual({ pagination: { total: 3, size: 1, offset: 1 }, filtered: null });
  });

  it('narrows items to what was asked for, in the order of the resource', () => {
    const page = listed(ITEMS, FIELDS, parseListing({ fields: FIELDS }, { _include: 'port,name', _size: '1' }, 1000));
    expect(page.items).toEqual([{ name: 'b', port: 2 }]);
  });
});
