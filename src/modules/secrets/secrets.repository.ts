import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../core/access/visibility.js';
import { NotFoundError } from '../../core/errors/app-error.js';
import { canonicalName } from '../../core/text/canonical-name.js';
import type { Ctx, TenantCtx } from '../../platform/context/ctx.js';
import { GatheredQuery } from '../../platform/database/gathered-query.js';
import { HotQueries } from '../../platform/database/hot-queries.js';
import { assertIdCanBeGlobal, assertIdIsFree, idExists, type IdTable } from '../../platform/database/global-ids.js';
import { execute, queryRows } from '../../platform/database/tx.js';
import { violatedConstraint } from '../../platform/database/unit-of-work.js';
import { COMMON_JOINS } from '../../platform/listing/list-source.js';

export const SECRET_IDS: IdTable = { table: 'secret', idColumn: 'key', kind: 'Secret' };

/** A row with the names that go with its numbers. Dates are wire text (platform/database/pg-types). */
export interface SecretRow {
  readonly id: string;
  readonly storage_id: string;
  readonly tenant_id: number;
  readonly creator_id: number;
  readonly tenant_name: string;
  readonly created_by: string;
  readonly key: string;
  readonly visibility: Visibility;
  readonly is_hidden_value: boolean;
  readonly schema: Readonly<Record<string, unknown>> | null;
  readonly provider_name: string | null;
  readonly value_sealed: Buffer;
  readonly record_version: number;
  readonly provider_options_sealed: Buffer | null;
  readonly provider_options_version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export type NewSecret = Pick<
  SecretRow,
  | 'id'
  | 'key'
  | 'visibility'
  | 'is_hidden_value'
  | 'schema'
  | 'value_sealed'
  | 'record_version'
  | 'provider_options_sealed'
  | 'provider_options_version'
> & { readonly createdAt: Date };

/** What an update sets; absent stays. */
export interface SecretChanges {
  readonly value?: SealedVersion;
  readonly providerOptions?: SealedVersion;
  readonly isHiddenValue?: boolean;
  readonly visibility?: Visibility;
  readonly creatorId?: number;
  readonly updatedAt: Date;
}

interface SealedVersion {
  readonly sealed: Buffer;
  readonly version: number;
}

export const SECRET_COLUMNS = `r.id, r.storage_id, r.tenant_id, r.creator_id, t.name AS tenant_name, c.username AS created_by, r.key,
  r.visibility, r.is_hidden_value, r.schema, r.provider_name, r.value_sealed, r.record_version, r.provider_options_sealed,
  r.provider_options_version, r.created_at, r.updated_at`;

/** The first wall of what may be changed: the tenant's own rows, less other people's private ones (rest-api §1.5). */
export const OWN_ROWS = `r.tenant_id = $1 AND (r.visibility <> 'private' OR r.creator_id = $2 OR $3::boolean)`;

export function ownRowParameters(ctx: TenantCtx): [number, number, boolean] {
  return [ctx.tenantId, ctx.actor.userId, ctx.reach.administeredTenantIds.includes(ctx.tenantId)];
}

/** Who reads what; the fields are those of `secret_read_each`. */
interface AskedSecret {
  readonly tenant: number;
  readonly tenants: readonly number[];
  readonly administered: readonly number[];
  readonly caller: number;
  readonly key: string;
}

@Injectable()
export class SecretsRepository {
  private readonly reads: GatheredQuery<AskedSecret, Omit<SecretRow, 'key'> | null>;

  constructor(private readonly hot: HotQueries) {
    this.reads = new GatheredQuery(
      (asked) => JSON.stringify(asked),
      (asked) => this.readEach(asked),
    );
  }

  /** The visible secret with this key, outside of a transaction: `secret_read` sets row-level security for each caller. */
  async byKey(ctx: TenantCtx, key: string): Promise<SecretRow | null> {
    const row = await this.reads.ask({
      tenant: ctx.tenantId,
      tenants: ctx.reach.tenantIds,
      administered: ctx.reach.administeredTenantIds,
      caller: ctx.actor.userId,
      key,
    });
    return row ? { ...row, key } : null;
  }

  private async readEach(asked: readonly AskedSecret[]): Promise<(Omit<SecretRow, 'key'> | null)[]> {
    const rows = await this.hot.query<Omit<SecretRow, 'key'> & { readonly n: number }>(
      'hf_secret_read_each',
      'SELECT * FROM secret_read_each($1)',
      [JSON.stringify(asked.map((one, n) => ({ n, ...one })))],
    );
    const byNumber = new Map(rows.map(({ n, ...row }) => [n, row]));
    return asked.map((_, n) => byNumber.get(n) ?? null);
  }

  /** Numbers that no cell had before: taken before sealing, since a value is bound to its version. */
  async nextVersions(count: number): Promise<number[]> {
    const rows = await this.hot.query<{ version: string }>(
      'hf_secret_versions',
      `SELECT nextval('secret_record_version_seq') AS version FROM generate_series(1, $1)`,
      [count],
    );
    return rows.map(({ version }) => Number(version));
  }

  /** The tenant's own secret, locked until the transaction ends; null when it is gone or hidden by now. */
  async lock(ctx: TenantCtx, key: string): Promise<SecretRow | null> {
    const [row] = await queryRows<SecretRow>(
      ctx,
      `SELECT ${SECRET_COLUMNS} FROM secret r ${COMMON_JOINS} WHERE ${OWN_ROWS} AND r.key = $4 FOR UPDATE OF r`,
      [...ownRowParameters(ctx), key],
    );
    return row ?? null;
  }

  /** @throws ConflictError when the key is taken here or globally, or is to be global and another tenant has it. */
  async insert(ctx: TenantCtx, secret: NewSecret): Promise<SecretRow> {
    await assertIdIsFree(ctx, SECRET_IDS, secret.key, secret.visibility);
    try {
      const [row] = await queryRows<SecretRow>(
        ctx,
        `INSERT INTO secret (id, tenant_id, creator_id, key, visibility, is_hidden_value, schema, value_sealed,
           record_version, provider_options_sealed, provider_options_version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
         RETURNING *, $13::text AS tenant_name, $14::text AS created_by`,
        [
          secret.id,
          ctx.tenantId,
          ctx.actor.userId,
          secret.key,
          secret.visibility,
          secret.is_hidden_value,
          secret.schema === null ? null : JSON.stringify(secret.schema),
          secret.value_sealed,
          secret.record_version,
          secret.provider_options_sealed,
          secret.provider_options_version,
          secret.createdAt,
          ctx.tenantName,
          ctx.actor.username,
        ],
      );
      return row as SecretRow;
    } catch (error) {
      if (violatedConstraint(error) !== 'secret_tenant_key_uq') throw error;
      throw idExists(ctx, SECRET_IDS, secret.key, error);
    }
  }

  /** Changes a row that the transaction has locked. @throws ConflictError when it is to be global and another tenant has the key. */
  async update(ctx: TenantCtx, secret: SecretRow, changes: SecretChanges): Promise<void> {
    if (changes.visibility === 'global' && secret.visibility !== 'global') {
      await assertIdCanBeGlobal(ctx, SECRET_IDS, secret.key);
    }
    const changed = await execute(
      ctx,
      `UPDATE secret r SET value_sealed = COALESCE($5, r.value_sealed), record_version = COALESCE($6, r.record_version),
         provider_options_sealed = COALESCE($7, r.provider_options_sealed),
         provider_options_version = COALESCE($8, r.provider_options_version),
         is_hidden_value = COALESCE($9, r.is_hidden_value), visibility = COALESCE($10, r.visibility),
         creator_id = COALESCE($11, r.creator_id), updated_at = $12
       WHERE ${OWN_ROWS} AND r.id = $4`,
      [
        ...ownRowParameters(ctx),
        secret.id,
        changes.value?.sealed ?? null,
        changes.value?.version ?? null,
        changes.providerOptions?.sealed ?? null,
        changes.providerOptions?.version ?? null,
        changes.isHiddenValue ?? null,
        changes.visibility ?? null,
        changes.creatorId ?? null,
        changes.updatedAt,
      ],
    );
    if (changed !== 1) throw new NotFoundError('Secret', secret.key);
  }

  async delete(ctx: TenantCtx, secret: SecretRow): Promise<void> {
    await execute(ctx, `DELETE FROM secret r WHERE ${OWN_ROWS} AND r.id = $4`, [...ownRowParameters(ctx), secret.id]);
  }

  /** Numbers of the users with these names, which compare without case (rest-api §1.4). */
  async userIds(ctx: Ctx, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await queryRows<{ id: number; username_key: string }>(
      ctx,
      'SELECT id, username_key FROM user_account WHERE username_key = ANY ($1::text[])',
      [names.map(canonicalName)],
    );
    const byKey = new Map(rows.map((row) => [row.username_key, row.id]));
    const known = names.filter((name) => byKey.has(canonicalName(name)));
    return new Map(known.map((name) => [name, byKey.get(canonicalName(name)) as number]));
  }
}
