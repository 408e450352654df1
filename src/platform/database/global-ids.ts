import type { QueryRunner } from 'typeorm';
import type { Visibility } from '../../core/access/visibility.js';
import { ConflictError } from '../../core/errors/app-error.js';
import type { TenantCtx } from '../context/ctx.js';
import { ID_LOCK_SPACE } from './advisory-locks.js';
import { queryRows } from './tx.js';

/*
 * Ids are unique in a tenant, and a global resource's id is taken everywhere (rest-api §1.14). No unique index can say
 * that, and row-level security hides the rows of other tenants on purpose; so each table gets a definer function that
 * looks over the wall, answers yes or no, and holds a lock on the id until the transaction ends (security-design §5):
 * two tenants that create or widen the same id at once are judged one after the other.
 */

/** A table whose rows belong to tenants and have an id that may be global. */
export interface IdTable {
  readonly table: string;
  /** The column with the id that people use. Needs an index that begins with it. */
  readonly idColumn: string;
  /** The resource's name in messages. */
  readonly kind: string;
}

/** Where an id is taken, seen from the tenant of the request. */
export interface IdTaken {
  readonly here: boolean;
  readonly elsewhere: boolean;
  readonly globalElsewhere: boolean;
}

/** Locks on ids share this many locks a table: a large import must not use up the server's lock table. */
const BUCKETS = 256;

/** Creates `<table>_ids_taken`; for migrations, right after the table. */
export async function createIdsTakenFunction(runner: QueryRunner, { table, idColumn }: IdTable): Promise<void> {
  await runner.query(`
    CREATE FUNCTION ${table}_ids_taken(ids text[])
      RETURNS TABLE (asked text, here boolean, elsewhere boolean, global_elsewhere boolean)
      LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
      home int := public.hf_tenant();
      bucket int;
    BEGIN
      IF home IS NULL THEN RAISE EXCEPTION 'Ids are judged from within a tenant.'; END IF;
      -- In order, so that two who ask for several never wait for each other.
      FOR bucket IN SELECT DISTINCT hashtext(id) & ${BUCKETS - 1} FROM unnest(ids) AS id ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock(${ID_LOCK_SPACE}, hashtext('${table}') & ${-BUCKETS} | bucket);
      END LOOP;
      RETURN QUERY
        SELECT wanted.id,
               EXISTS (SELECT FROM public.${table} r WHERE r.${idColumn} = wanted.id AND r.tenant_id = home),
               EXISTS (SELECT FROM public.${table} r WHERE r.${idColumn} = wanted.id AND r.tenant_id <> home),
               EXISTS (SELECT FROM public.${table} r WHERE r.${idColumn} = wanted.id AND r.tenant_id <> home AND r.visibility = 'global')
          FROM unnest(ids) AS wanted (id);
    END $$;
    REVOKE ALL ON FUNCTION ${table}_ids_taken(text[]) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION ${table}_ids_taken(text[]) TO holdfast_app;
  `);
}

export async function dropIdsTakenFunction(runner: QueryRunner, { table }: Pick<IdTable, 'table'>): Promise<void> {
  await runner.query(`DROP FUNCTION ${table}_ids_taken(text[])`);
}

/** Locks the ids until the transaction ends, and tells of each where it is taken. */
export async function lockIds(
  ctx: TenantCtx,
  { table }: IdTable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, IdTaken>> {
  const rows = await queryRows<{ asked: string; here: boolean; elsewhere: boolean; global_elsewhere: boolean }>(
    ctx,
    `SELECT asked, here, elsewhere, global_elsewhere FROM ${table}_ids_taken($1::text[])`,
    [ids],
  );
  return new Map(
    rows.map((row) => [row.asked, { here: row.here, elsewhere: row.elsewhere, globalElsewhere: row.global_elsewhere }]),
  );
}

const NOT_TAKEN: IdTaken = { here: false, elsewhere: false, globalElsewhere: false };

/**
 * Locks the id of a resource that is about to be created.
 * @throws ConflictError when the tenant has it, when it is global, or when it is to become global and any tenant has it.
 */
export async function assertIdIsFree(
  ctx: TenantCtx,
  table: IdTable,
  id: string,
  visibility: Visibility,
): Promise<void> {
  const taken = (await lockIds(ctx, table, [id])).get(id) ?? NOT_TAKEN;
  if (taken.here || taken.globalElsewhere) throw idExists(ctx, table, id);
  if (visibility === 'global' && taken.elsewhere) throw idExistsElsewhere(table, id);
}

/** Locks the id of a resource of this tenant that is about to become global. @throws ConflictError when another tenant has it. */
export async function assertIdCanBeGlobal(ctx: TenantCtx, table: IdTable, id: string): Promise<void> {
  const taken = (await lockIds(ctx, table, [id])).get(id) ?? NOT_TAKEN;
  if (taken.elsewhere) throw idExistsElsewhere(table, id);
}

/** What a unique key of the tenant says, too: for repositories that translate its violation. */
export function idExists(ctx: TenantCtx, { kind }: IdTable, id: string, cause?: unknown): ConflictError {
  return new ConflictError(
    `\`${kind}\` with ID \`${id}\` already exists on the tenant \`${ctx.tenantName}\` or with global visibility`,
    cause === undefined ? {} : { cause },
  );
}

function idExistsElsewhere({ kind }: IdTable, id: string): ConflictError {
  return new ConflictError(
    `\`${kind}\` with ID \`${id}\` cannot have global visibility: another tenant has a resource with this ID`,
  );
}
