import type { EqualityFilter, Listing } from '../../core/listing/listing.js';
import type { ReachCtx } from '../context/ctx.js';
import { fieldsNamed, type FieldSource, type ListSource } from './list-source.js';

/** A piece of SQL with its parameters, numbered from `$1` in the order of `parameters`. */
export interface Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
}

/** Collects parameters while SQL is put together; user text only ever travels here. */
export class Parameters {
  readonly values: unknown[] = [];
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** A condition that a service adds to a list, such as the rules of a stored filter. */
export type Condition = (parameters: Parameters) => string;

/**
 * The first wall: which rows of `r` the caller may see (rest-api §1.5, §1.14). The same rule stands in `canSee` and in
 * the row-level security policies.
 */
export function visibleSql(ctx: ReachCtx, parameters: Parameters): string {
  const tenants = parameters.add(ctx.reach.tenantIds);
  const administered = parameters.add(ctx.reach.administeredTenantIds);
  const user = parameters.add(ctx.actor.userId);
  return `((r.tenant_id = ANY (${tenants}::int[]) AND (r.visibility <> 'private' OR r.creator_id = ${user}::int
      OR r.tenant_id = ANY (${administered}::int[]))) OR r.visibility = 'global')`;
}

function whereClause(
  ctx: ReachCtx,
  source: ListSource,
  listing: Listing,
  parameters: Parameters,
  extra: readonly Condition[],
): string {
  const conditions = source.scoped ? [visibleSql(ctx, parameters)] : [];
  for (const filter of listing.filters) conditions.push(equality(source, filter, parameters));
  if (listing.search !== null && source.search) {
    const pattern = parameters.add(`%${escapeLike(listing.search)}%`);
    conditions.push(`(${source.search.map((sql) => `${sql} ILIKE ${pattern}`).join(' OR ')})`);
  }
  for (const condition of extra) conditions.push(condition(parameters));
  return conditions.length === 0 ? 'TRUE' : conditions.join(' AND ');
}

const SQL_TYPE = { text: 'text', integer: 'bigint', boolean: 'boolean', date: 'timestamptz', json: 'jsonb' } as const;

function equality(source: ListSource, filter: EqualityFilter, parameters: Parameters): string {
  const field = source.fields[filter.field] as FieldSource;
  return `${field.sql} = ANY (${parameters.add(filter.values)}::${SQL_TYPE[filter.kind]}[])`;
}

/** The literal meaning of `%`, `_` and `\` in a search (rest-api §1.11). */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}

function orderClause(source: ListSource, listing: Listing, parameters: Parameters): string {
  const asked = listing.sort.map(({ field, descending, label }) => {
    const sql = label === undefined ? (source.fields[field] as FieldSource).sql : labelSql(source, label, parameters);
    return `${sql} ${descending ? 'DESC' : 'ASC'}`;
  });
  return [...asked, source.order].join(', ');
}

/** All values that a label has on a row, as one text. */
function labelSql(source: ListSource, key: string, parameters: Parameters): string {
  if (source.labels === undefined) throw new Error('This resource is not sorted by labels.');
  return `(SELECT string_agg(l.value, ',' ORDER BY l.value) FROM ${source.labels} AND l.key = ${parameters.add(key)})`;
}

/** The rows of a page. With `probe` one more is read, which tells whether the count must be asked for. */
export function pageStatement(
  ctx: ReachCtx,
  source: ListSource,
  listing: Listing,
  options: { readonly extra?: readonly Condition[]; readonly limit: number | null; readonly offset: number },
): Statement {
  const parameters = new Parameters();
  const columns = fieldsNamed(source, listing.include).map(
    (name) => `${(source.fields[name] as FieldSource).sql} AS "${name}"`,
  );
  const where = whereClause(ctx, source, listing, parameters, options.extra ?? []);
  const orderBy = orderClause(source, listing, parameters);
  const limit = options.limit === null ? '' : ` LIMIT ${parameters.add(options.limit)}`;
  const offset = options.offset === 0 ? '' : ` OFFSET ${parameters.add(options.offset)}`;
  return {
    text: `SELECT ${columns.join(', ')} FROM ${source.from} WHERE ${where} ORDER BY ${orderBy}${limit}${offset}`,
    parameters: parameters.values,
  };
}

export function countStatement(
  ctx: ReachCtx,
  source: ListSource,
  listing: Listing,
  extra: readonly Condition[] = [],
): Statement {
  const parameters = new Parameters();
  const where = whereClause(ctx, source, listing, parameters, extra);
  const from = source.joinsKeepRows && !LOOKS_BEYOND_R.test(where) ? ownTable(source.from) : source.from;
  return { text: `SELECT count(*)::int AS total FROM ${from} WHERE ${where}`, parameters: parameters.values };
}

/** How many rows have each value of a field, or each pair of values of two. Fields are names of the source. */
export function summaryStatement(
  ctx: ReachCtx,
  source: ListSource,
  listing: Listing,
  fields: { readonly target: string; readonly sub: string | null },
  extra: readonly Condition[] = [],
): Statement {
  const parameters = new Parameters();
  const sql = (name: string): string => (source.fields[name] as FieldSource).sql;
  const sub = fields.sub === null ? 'NULL' : sql(fields.sub);
  const where = whereClause(ctx, source, listing, parameters, extra);
  return {
    text: `SELECT ${sql(fields.target)} AS target, ${sub} AS sub, count(*)::int AS count
      FROM ${source.from} WHERE ${where} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2`,
    parameters: parameters.values,
  };
}

/** A column of any other alias than `r`. */
const LOOKS_BEYOND_R = /\b(?!r\.)[a-z]\w*\.[a-z]/i;

function ownTable(from: string): string {
  return from.split(/\s+(?:LEFT\s+)?JOIN\s+/i, 1)[0] ?? from;
}

/** One visible row by a column of `r`, with every field of the source. */
export function singleStatement(
  ctx: ReachCtx,
  source: ListSource,
  column: string,
  value: unknown,
  include: readonly string[] | null = null,
): Statement {
  const parameters = new Parameters();
  const columns = fieldsNamed(source, include).map(
    (name) => `${(source.fields[name] as FieldSource).sql} AS "${name}"`,
  );
  const key = parameters.add(value);
  const where = source.scoped ? `${visibleSql(ctx, parameters)} AND` : '';
  // The tenant's own row before a global one of another tenant with the same id.
  const own = source.scoped
    ? ` ORDER BY (r.tenant_id = ${parameters.add(ctx.tenantId)}::int) DESC NULLS LAST, r.tenant_id`
    : '';
  return {
    text: `SELECT ${columns.join(', ')} FROM ${source.from} WHERE ${where} ${column} = ${key}${own} LIMIT 1`,
    parameters: parameters.values,
  };
}
