import { AppError, BadParametersError } from '../errors/app-error.js';
import { readIsoDate } from '../text/dates.js';
import { firstOf, looseBoolean, printable, valuesOf, type QueryValues } from './query-values.js';

/** How a field compares and sorts. `json` fields can be included, not filtered by value. */
type FieldKind = 'text' | 'integer' | 'boolean' | 'date' | 'json';

/** What a caller may do with a field of a resource. Absent means yes, except for `json`, which neither sorts nor filters. */
export interface FieldRule {
  readonly kind: FieldKind;
  readonly include?: boolean;
  readonly sort?: boolean;
  readonly filter?: boolean;
}

export type FieldRules = Readonly<Record<string, FieldRule>>;

interface SortKey {
  readonly field: string;
  readonly descending: boolean;
  /** `label:<key>`: by the values of that label; the field is then `label`. */
  readonly label?: string;
}

export interface EqualityFilter {
  readonly field: string;
  readonly kind: FieldKind;
  /** OR-ed; an empty list matches nothing. */
  readonly values: readonly (string | number | boolean)[];
}

/** A list request, judged and typed (rest-api §1.11). */
export interface Listing {
  /** What the answer echoes. */
  readonly size: number;
  readonly offset: number;
  /** `_get_all_results`: ignore size and offset when selecting. */
  readonly everything: boolean;
  readonly include: readonly string[] | null;
  readonly sort: readonly SortKey[];
  /** Normalised to NFKC; null when absent or empty. */
  readonly search: string | null;
  readonly filters: readonly EqualityFilter[];
  readonly getData: boolean;
}

export interface ListingRules {
  readonly fields: FieldRules;
  /** Query keys without underscore that this resource reads by itself. */
  readonly ownKeys?: readonly string[];
  /** Whether `_get_all_results` is honoured (rest-api §1.11). */
  readonly getAllResults?: boolean;
  /** Whether `_sort=label:<key>` is understood. */
  readonly sortsByLabel?: boolean;
}

/**
 * Reads the query of a list request, in the order of rest-api §1.3: `_include`, filters, paging, sorting.
 * @throws AppError 400 that names the parameter and what is allowed.
 */
export function parseListing(rules: ListingRules, query: QueryValues, defaultSize: number): Listing {
  const include = parseInclude(rules.fields, query);
  const filters = parseFilters(rules, query);
  return {
    include,
    filters,
    size: parseCount(query, '_size', defaultSize),
    offset: parseCount(query, '_offset', 0),
    sort: parseSort(rules, query),
    search: (firstOf(query, '_search') ?? '').normalize('NFKC') || null,
    everything: looseBoolean(query, '_get_all_results') && rules.getAllResults === true,
    getData: looseBoolean(query, '_get_data'),
  };
}

/** `_include`: the named fields of the answer, or null for all of them. @throws AppError no_such_include_field_error. */
export function parseInclude(fields: FieldRules, query: QueryValues): readonly string[] | null {
  const raw = firstOf(query, '_include');
  if (raw === undefined || raw === '') return null;
  const names = raw.split(',');
  const allowed = Object.keys(fields).filter((name) => fields[name]?.include !== false);
  const unknown = names.filter((name) => !allowed.includes(name));
  if (unknown.length > 0) {
    throw new AppError(
      'no_such_include_field_error',
      `Include keys ${list(unknown)} do not exist. Allowed keys are: ${list(allowed)}`,
    );
  }
  return [...new Set(names)];
}

function parseFilters({ fields, ownKeys = [] }: ListingRules, query: QueryValues): EqualityFilter[] {
  const keys = Object.keys(query).filter((key) => !key.startsWith('_') && !ownKeys.includes(key));
  const unknown = keys.filter((key) => !Object.hasOwn(fields, key) || !isFilterable(fields[key]));
  if (unknown.length > 0) {
    const allowed = Object.keys(fields).filter((name) => isFilterable(fields[name]));
    throw new BadParametersError(`Filter keys ${list(unknown)} do not exist. Allowed keys are: ${list(allowed)}`);
  }
  return keys.map((field) => {
    const { kind } = fields[field] as FieldRule;
    const values = valuesOf(query, field).filter((value) => value !== '');
    return { field, kind, values: values.flatMap((value) => typedValue(field, kind, value)) };
  });
}

const isFilterable = (rule: FieldRule | undefined): boolean =>
  rule?.filter ?? (rule !== undefined && rule.kind !== 'json');
const isSortable = (rule: FieldRule | undefined): boolean => rule?.sort ?? (rule !== undefined && rule.kind !== 'json');

/** A filter's text in the type of its field. What can equal nothing of that type becomes no value at all. */
function typedValue(field: string, kind: FieldKind, text: string): (string | number | boolean)[] {
  switch (kind) {
    case 'text':
      return [text];
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? [Number(text)] : [];
    case 'boolean': {
      const lower = text.toLowerCase();
      return lower === 'true' ? [true] : lower === 'false' ? [false] : [];
    }
    case 'date': {
      const date = readIsoDate(text);
      if (!date) throw new BadParametersError(`\`${field}\` is not a date: \`${printable(text)}\``);
      return [date.toISOString()];
    }
    case 'json':
      return [];
  }
}

/** Paging failures carry no `server_traceback` (rest-api §1.7). */
function parseCount(query: QueryValues, key: '_size' | '_offset', fallback: number): number {
  const text = firstOf(query, key);
  if (text === undefined) return fallback;
  const value = /^\+?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) {
    throw new BadParametersError(`\`${key}\` must be an integer of 0 or more, got \`${printable(text)}\``, {
      traceback: 'absent',
    });
  }
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

/** `+` may arrive decoded as a space (rest-api §5.2). */
const SORT = /^([+\- ]?)@?(\w+)/;

const LABEL_SORT = /^([+\- ]?)@?label:(.+)$/;

function parseSort({ fields, sortsByLabel }: ListingRules, query: QueryValues): SortKey[] {
  return valuesOf(query, '_sort')
    .filter((text) => text !== '')
    .map((text) => {
      const [, order = '', label] = (sortsByLabel === true && LABEL_SORT.exec(text)) || [];
      if (label !== undefined) return { field: 'label', descending: order === '-', label: label.toLowerCase() };
      const [, sign = '', field = ''] = SORT.exec(text) ?? [];
      if (!Object.hasOwn(fields, field) || !isSortable(fields[field])) {
        const allowed = Object.keys(fields).filter((name) => isSortable(fields[name]));
        throw new BadParametersError(
          `Sort key \`${printable(text)}\` does not exist. Allowed keys are: ${list(allowed)}`,
          {
            traceback: 'absent',
          },
        );
      }
      return { field, descending: sign === '-' };
    });
}

function list(names: readonly string[]): string {
  return `[${names.map((name) => `'${printable(name)}'`).join(', ')}]`;
}
