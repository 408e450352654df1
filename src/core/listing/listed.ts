import type { FieldRules, Listing } from './listing.js';

type Cell = string | number | boolean;

/** A page of a list that is no table: the same filters, order, paging and projection as everywhere (rest-api §1.11). */
export interface Listed {
  readonly items: readonly Record<string, unknown>[];
  readonly metadata: {
    readonly pagination: { readonly total: number; readonly size: number; readonly offset: number };
    readonly filtered: null;
  };
}

/** Items keep their order where the request names none. Nulls come last, as in the database. */
export function listed(items: readonly object[], fields: FieldRules, listing: Listing): Listed {
  const rows = items as readonly Readonly<Record<string, unknown>>[];
  const matching = rows.filter((row) =>
    listing.filters.every(({ field, values }) => values.includes(row[field] as Cell)),
  );
  const sorted = matching.toSorted((left, right) => {
    for (const { field, descending } of listing.sort) {
      const order = compared(left[field], right[field]);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  const page = listing.everything ? sorted : sorted.slice(listing.offset, listing.offset + listing.size);
  const names = Object.keys(fields).filter(
    (name) => fields[name]?.include !== false && (listing.include?.includes(name) ?? true),
  );
  return {
    items: page.map((row) => Object.fromEntries(names.map((name) => [name, row[name]]))),
    metadata: {
      pagination: { total: matching.length, size: listing.size, offset: listing.offset },
      filtered: null,
    },
  };
}

function compared(left: unknown, right: unknown): number {
  if (left === right) return 0;
  if (left === null || left === undefined) return 1;
  if (right === null || right === undefined) return -1;
  return left < right ? -1 : 1;
}
