import type { Listing } from '../../core/listing/listing.js';
import type { ReachCtx } from '../context/ctx.js';
import { countStatement, pageStatement, singleStatement, type Statement } from './list-query.js';
import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from './list-source.js';

const HOSTILE = `x'; DROP TABLE secret; --`;
const SOURCE: ListSource = {
  resource: 'things',
  from: `thing r ${COMMON_JOINS}`,
  joinsKeepRows: true,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    count: { kind: 'integer', sql: 'r.count' },
    hidden: { kind: 'text', sql: 'r.hidden', include: false },
    ...COMMON_FIELDS,
  },
  search: ['r.id', 'r.title'],
  order: 'r.created_at, r.id',
  scoped: true,
};
const ctx = {
  actor: { userId: 7 },
  tenantId: 3,
  reach: { tenantIds: [3, 4], administeredTenantIds: [4] },
} as unknown as ReachCtx;
const listing = (changes: Partial<Listing> = {}): Listing => ({
  size: 10,
  offset: 0,
  everything: false,
  include: null,
  sort: [],
  search: null,
  filters: [],
  getData: false,
  ...changes,
});
const page = (changes?: Partial<Listing>, source = SOURCE): Statement =>
  pageStatement(ctx, source, listing(changes), { limit: 10, offset: 0 });

const conditionsOf = (text: string): string => text.slice(text.indexOf(' WHERE ')).replace(/ ORDER BY.*$/, '');

/** Each `$n` stands for a parameter, and each parameter has its `$n`. */
function expectWellFormed({ text, parameters }: Statement): void {
  const used = new Set([...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  expect([...used].toSorted((a, b) => a - b)).toEqual(parameters.map((_parameter, index) => index + 1));
  expect(text).not.toContain(HOSTILE);
}

describe('the SQL of a list', () => {
  it('shows a tenant’s rows, and none without the first wall', () => {
    const { text, parameters } = page();
    expect(text).toMatch(/^SELECT r\.id AS "id", r\.count AS "count", r\.created_at AS "created_at"/);
    expect(text).not.toContain('hidden');
    expect(text).toContain(`r.visibility <> 'private' OR r.creator_id = $3::int`);
    expect(text).toMatch(/ORDER BY r\.created_at, r\.id LIMIT \$4$/);
    expect(parameters).toEqual([[3, 4], [4], 7, 10]);
    for (const statement of [countStatement(ctx, SOURCE, listing()), singleStatement(ctx, SOURCE, 'r.id', 'x')])
      expect(statement.text).toContain('r.tenant_id = ANY');
    expect(page({}, { ...SOURCE, scoped: false }).text).toContain('WHERE TRUE');
  });

  it('carries what callers say as parameters alone', () => {
    const all = listing({
      search: HOSTILE,
      filters: [
        { field: 'id', kind: 'text', values: [HOSTILE] },
        { field: 'count', kind: 'integer', values: [1, 2] },
        { field: 'private_resource', kind: 'boolean', values: [] },
      ],
      sort: [{ field: 'count', descending: true }],
    });
    const extra = [(parameters: { add(value: unknown): string }) => `r.x = ${parameters.add(HOSTILE)}`];
    for (const statement of [
      pageStatement(ctx, SOURCE, all, { extra, limit: 5, offset: 6 }),
      countStatement(ctx, SOURCE, all, extra),
      singleStatement(ctx, SOURCE, 'r.id', HOSTILE),
    ])
      expectWellFormed(statement);
    const { text } = pageStatement(ctx, SOURCE, all, { extra, limit: 5, offset: 6 });
    expect(text).toContain('r.id = ANY ($4::text[])');
    expect(text).toContain('r.count = ANY ($5::bigint[])');
    expect(text).toContain(`(r.visibility = 'private') = ANY ($6::boolean[])`);
    expect(text).toContain('(r.id ILIKE $7 OR r.title ILIKE $7)');
    expect(text).toMatch(/ORDER BY r\.count DESC, r\.created_at, r\.id LIMIT \$9 OFFSET \$10$/);
  });

  it('ORs a search within itself, and ANDs it with the wall', () => {
    const { text } = page({ search: 'x' });
    expect(text).toMatch(/OR r\.visibility = 'global'\) AND \(r\.id ILIKE \$4 OR r\.title ILIKE \$4\) ORDER/);
  });

  it('selects the fields that were asked for, in the order of the resource', () => {
    expect(page({ include: ['count', 'id', 'hidden'] }).text).toMatch(
      /^SELECT r\.id AS "id", r\.count AS "count" FROM/,
    );
  });

  it('has no limit where there is none', () => {
    const { text } = pageStatement(ctx, SOURCE, listing(), { limit: null, offset: 0 });
    expect(text).not.toMatch(/LIMIT|OFFSET/);
  });
});

describe('the SQL of a count', () => {
  it('leaves joins out that change nothing', () => {
    expect(countStatement(ctx, SOURCE, listing()).text).toContain('FROM thing r WHERE');
    expect(countStatement(ctx, SOURCE, listing({ search: 'x' })).text).toContain('FROM thing r WHERE');
  });

  it('keeps them where a condition looks at them, or they change the number', () => {
    const filters = [{ field: 'tenant_name', kind: 'text', values: ['x'] }] as const;
    expect(countStatement(ctx, SOURCE, listing({ filters })).text).toContain('JOIN tenant t');
    expect(countStatement(ctx, { ...SOURCE, joinsKeepRows: false }, listing()).text).toContain('JOIN tenant t');
    expect(countStatement(ctx, SOURCE, listing(), [() => 'c.username = r.id']).text).toContain('JOIN user_account c');
  });

  it('is of the same rows as the page', () => {
    const asked = listing({ search: 'x', filters: [{ field: 'tenant_name', kind: 'text', values: ['x'] }] });
    const whole = pageStatement(ctx, SOURCE, asked, { limit: null, offset: 0 });
    const counted = countStatement(ctx, SOURCE, asked);
    expect([conditionsOf(counted.text), counted.parameters]).toEqual([conditionsOf(whole.text), whole.parameters]);
  });
});

describe('one row', () => {
  it('is the own tenant’s before a global one of the same name', () => {
    const statement = singleStatement(ctx, SOURCE, 'r.id', 'x', ['id']);
    expect(statement.text).toMatch(/ORDER BY \(r\.tenant_id = \$5::int\) DESC NULLS LAST, r\.tenant_id LIMIT 1$/);
    expect(statement.parameters).toEqual(['x', [3, 4], [4], 7, 3]);
  });
});

describe('a search', () => {
  it('means its marks literally', () => {
    expect(page({ search: String.raw`50%_\x` }).parameters).toContain(String.raw`%50\%\_\\x%`);
    expect(page({ search: '%' }).parameters).toContain(String.raw`%\%%`);
  });
});
