import type { FieldRule } from '../../core/listing/listing.js';

/** A field of a resource on the wire, and the SQL that gives its value. */
export interface FieldSource extends FieldRule {
  /** An expression over `from`; written by us, never built from a request. */
  readonly sql: string;
}

/** How a resource is listed: the one declaration that paging, sorting, `_include`, `_search` and filters are made from. */
export interface ListSource {
  /** The resource's name in messages. */
  readonly resource: string;
  /** Tables and joins; the resource's own table comes first and has the alias `r`. */
  readonly from: string;
  /** The joins neither drop nor multiply rows of `r`: a count may leave them out where no condition looks at them. */
  readonly joinsKeepRows?: boolean;
  readonly fields: Readonly<Record<string, FieldSource>>;
  /** Expressions that `_search` looks at, OR-ed. */
  readonly search?: readonly string[];
  /** `ORDER BY` when the request names none; also breaks ties, so pages never overlap. */
  readonly order: string;
  readonly ownKeys?: readonly string[];
  readonly getAllResults?: boolean;
  readonly sortsByLabel?: boolean;
  /** The labels `l` of a row `r`, where the resource sorts by them: `x_label l WHERE l.x_id = r.storage_id`. */
  readonly labels?: string;
  /** Page size where the request names none; as a rule the setting `default_page_size`. */
  readonly defaultSize?: number;
  /** `metadata` has no `filtered` (events). */
  readonly withoutFiltered?: boolean;
  /** Whether rows are filtered by tenant and visibility; false only for resources of the whole installation. */
  readonly scoped: boolean;
}

/** The fields every tenant resource carries (rest-api §1.10), over aliases `r`, `t` (tenant) and `c` (creator). */
export const COMMON_FIELDS = {
  created_at: { kind: 'date', sql: 'r.created_at' },
  visibility: { kind: 'text', sql: 'r.visibility' },
  tenant_name: { kind: 'text', sql: 't.name' },
  created_by: { kind: 'text', sql: 'c.username' },
  resource_availability: { kind: 'text', sql: 'r.visibility' },
  private_resource: { kind: 'boolean', sql: `(r.visibility = 'private')` },
} as const satisfies Record<string, FieldSource>;

export const COMMON_JOINS = 'JOIN tenant t ON t.id = r.tenant_id JOIN user_account c ON c.id = r.creator_id';

/** Keeps those fields of a source that are named, in their order. */
export function fieldsNamed(source: ListSource, include: readonly string[] | null): string[] {
  return Object.keys(source.fields).filter(
    (name) => source.fields[name]?.include !== false && (include === null || include.includes(name)),
  );
}
