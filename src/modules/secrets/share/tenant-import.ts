import { canSee } from '../../../core/access/visibility.js';
import { AppError } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { IdTaken } from '../../../platform/database/global-ids.js';
import { textOfValue } from '../secret-schema.js';
import type { EntryFaults, ImportEntry } from './import-entry.js';
import type { OwnSecret } from './secret-share.repository.js';

/** An entry whose value is at hand and whose owner is known. */
export interface OpenedEntry extends ImportEntry {
  /** The user who is to own it if it is new. */
  readonly ownerId: number;
}

/** What is to be written under a key. */
export interface PlannedWrite {
  readonly entry: OpenedEntry;
  /** The secret it overrides; null when it is new. */
  readonly existing: OwnSecret | null;
  /** The value as it is to be sealed. */
  readonly text: string;
}

/** What the database holds of the keys of an import, as one tenant sees it. */
export interface TenantState {
  readonly taken: ReadonlyMap<string, IdTaken>;
  readonly own: ReadonlyMap<string, OwnSecret>;
}

/** What came of one tenant's share of an import. */
export interface TenantPlan {
  readonly writes: readonly PlannedWrite[];
  readonly collisions: ReadonlySet<string>;
  readonly faults: ReadonlyMap<number, EntryFaults>;
}

type Standing = Pick<OwnSecret, 'creator_id' | 'visibility' | 'is_hidden_value' | 'schema'>;

/**
 * Decides what an import does in one tenant: entries in their order, so that of two with the same key the second meets
 * the first. A value: it changes nothing.
 */
export function planTenant(
  ctx: TenantCtx,
  entries: readonly OpenedEntry[],
  state: TenantState,
  overrides: boolean,
): TenantPlan {
  const writes = new Map<string, PlannedWrite>();
  const collisions = new Set<string>();
  const faults = new Map<number, EntryFaults>();

  for (const entry of entries) {
    const planned = writes.get(entry.key);
    const existing = planned ? planned.existing : (state.own.get(entry.key) ?? null);
    const standing = planned ? standingOf(planned) : existing;
    const taken = state.taken.get(entry.key);
    const isTakenHere = standing !== null || taken?.here === true;
    if (isTakenHere || taken?.globalElsewhere) collisions.add(entry.key);

    // That it is there is all there is to say.
    if (isTakenHere && !overrides) continue;
    const verdict = placeFault(entry, taken, isTakenHere) ?? judgeWrite(ctx, entry, standing, taken);
    if (typeof verdict === 'string')
      writes.set(entry.key, { entry: withOwnerOf(entry, planned), existing, text: verdict });
    else faults.set(entry.index, verdict);
  }
  return { writes: [...writes.values()], collisions, faults };
}

/** Later entries replace what earlier ones brought, not who owns it. */
function withOwnerOf(entry: OpenedEntry, planned: PlannedWrite | undefined): OpenedEntry {
  if (!planned) return entry;
  return { ...entry, ownerId: planned.entry.ownerId, createdAt: planned.entry.createdAt };
}

function standingOf({ entry, existing }: PlannedWrite): Standing {
  return {
    creator_id: existing?.creator_id ?? entry.ownerId,
    visibility: entry.visibility,
    is_hidden_value: entry.isHiddenValue,
    schema: existing?.schema ?? null,
  };
}

/** A global key is taken everywhere (rest-api §1.14), and no override reaches into another tenant. */
function placeFault(entry: OpenedEntry, taken: IdTaken | undefined, isTakenHere: boolean): EntryFaults | null {
  if (taken?.globalElsewhere && !isTakenHere) {
    return { visibility: 'The key exists with global visibility in another tenant' };
  }
  if (taken?.elsewhere && entry.visibility === 'global') {
    return { visibility: 'The key exists in another tenant, so it cannot have global visibility' };
  }
  return null;
}

/** The text to be sealed, or what is wrong. */
function judgeWrite(
  ctx: TenantCtx,
  entry: OpenedEntry,
  standing: Standing | null,
  taken: IdTaken | undefined,
): string | EntryFaults {
  if (standing === null && taken?.here) return { key: 'The secret exists and is not yours to change' };
  if (standing !== null && !maySeeHidden(ctx, standing) && (standing.is_hidden_value || entry.isHiddenValue)) {
    return {
      is_hidden_value: 'A hidden value is changed, and a value hidden, by its creator or an administrator only',
    };
  }
  if (loses(ctx, entry, standing?.creator_id ?? entry.ownerId)) {
    return { visibility: 'A private secret of another user would be out of your sight' };
  }
  return textFor(entry, standing?.schema ?? null);
}

function maySeeHidden(ctx: TenantCtx, { creator_id }: Standing): boolean {
  return creator_id === ctx.actor.userId || ctx.reach.administeredTenantIds.includes(ctx.tenantId);
}

/** Would the caller not see the secret any more? */
function loses(ctx: TenantCtx, entry: OpenedEntry, ownerId: number): boolean {
  return !canSee(ctx.actor.userId, ctx.reach, { tenantId: ctx.tenantId, ownerId, visibility: entry.visibility });
}

/** An override does not take a schema off a secret: the text must be JSON that satisfies it. */
function textFor(entry: OpenedEntry, schema: Standing['schema']): string | EntryFaults {
  if (schema === null) return entry.value;
  try {
    return textOfValue(JSON.parse(entry.value) as unknown, schema);
  } catch (error) {
    if (!(error instanceof AppError) && !(error instanceof SyntaxError)) throw error;
    return { value: 'The value does not satisfy the schema of the secret that it would override' };
  }
}
