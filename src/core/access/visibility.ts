import { IllegalActionError } from '../errors/app-error.js';

/** Who may see a resource, from narrow to wide (rest-api §1.14). */
export const VISIBILITIES = ['private', 'tenant', 'global'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

export function isVisibility(value: unknown): value is Visibility {
  return VISIBILITIES.some((visibility) => visibility === value);
}

const width = (visibility: Visibility): number => VISIBILITIES.indexOf(visibility);

export function isWider(left: Visibility, right: Visibility): boolean {
  return width(left) > width(right);
}

/** @throws IllegalActionError when `next` is narrower than `current`: visibility may only stay or widen. */
export function assertNotNarrower(id: string, current: Visibility, next: Visibility): void {
  if (isWider(current, next)) {
    throw new IllegalActionError(
      `Can't set the visibility of \`${id}\` to ${next} because it already has wider visibility`,
    );
  }
}

/** What visibility asks of a row. */
export interface OwnedRow {
  readonly tenantId: number;
  readonly ownerId: number;
  readonly visibility: Visibility;
}

/** The tenants a request reaches: one as a rule, several with `_all_tenants` (rest-api §1.5). */
export interface Reach {
  readonly tenantIds: readonly number[];
  /** Those among them where the caller holds `administrators`, and so sees other people's private rows. */
  readonly administeredTenantIds: readonly number[];
}

/**
 * May this caller see the row? The same rule stands in SQL, in `visibleSql` and in the row-level security policies;
 * a property test holds the three together.
 */
export function canSee(userId: number, reach: Reach, row: OwnedRow): boolean {
  if (row.visibility === 'global') return true;
  if (!reach.tenantIds.includes(row.tenantId)) return false;
  return row.visibility !== 'private' || row.ownerId === userId || reach.administeredTenantIds.includes(row.tenantId);
}
