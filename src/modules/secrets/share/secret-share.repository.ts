import { Injectable } from '@nestjs/common';
import type { Listing } from '../../../core/listing/listing.js';
import type { Visibility } from '../../../core/access/visibility.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { lockIds, type IdTaken } from '../../../platform/database/global-ids.js';
import { queryRows } from '../../../platform/database/tx.js';
import { pageStatement, type Condition } from '../../../platform/listing/list-query.js';
import { COMMON_JOINS } from '../../../platform/listing/list-source.js';
import { SECRET_EXPORT } from '../secret-list.source.js';
import { OWN_ROWS, ownRowParameters, SECRET_COLUMNS, SECRET_IDS, type SecretRow } from '../secrets.repository.js';

/** Where an export goes on. */
export interface ExportPosition {
  readonly listing: Listing;
  /** The number of the last row that was read; 0 at the start. */
  readonly after: number;
  /** Tenants whose hidden secrets the caller may see. */
  readonly administered: readonly number[];
}

/** At most this many rows and bytes of sealed values are in memory at a time (one row, if it is larger). */
const BATCH_ROWS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface ExportBatch {
  readonly secrets: readonly SecretRow[];
  readonly isLast: boolean;
}

/** A secret to be written by an import. */
export interface ImportedRow {
  readonly id: string;
  readonly key: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly isHiddenValue: boolean;
  readonly valueSealed: Buffer;
  readonly recordVersion: number;
  readonly optionsSealed: Buffer | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type WrittenRow = Pick<SecretRow, 'storage_id' | 'key'>;

/** Statements over many secrets at once, for export and import. */
@Injectable()
export class SecretShareRepository {
  /** The next secrets in the order of their numbers, less the hidden ones that the caller may not see. */
  async batch(ctx: ReachCtx, { listing, after, administered }: ExportPosition): Promise<ExportBatch> {
    const beyond: Condition = (parameters) => `r.storage_id > ${parameters.add(after)}`;
    const revealed: Condition = (parameters) =>
      `(NOT r.is_hidden_value OR r.creator_id = ${parameters.add(ctx.actor.userId)}::int
        OR r.tenant_id = ANY (${parameters.add(administered)}::int[]))`;
    const page = pageStatement(ctx, SECRET_EXPORT, listing, {
      extra: [beyond, revealed],
      limit: BATCH_ROWS,
      offset: 0,
    });
    const sizes = await queryRows<{ id: string; bytes: number }>(ctx, page.text, page.parameters);
    const ids = withinBytes(sizes);
    const secrets = await queryRows<SecretRow>(
      ctx,
      `SELECT ${SECRET_COLUMNS} FROM secret r ${COMMON_JOINS} WHERE r.id = ANY ($1::uuid[]) ORDER BY r.storage_id`,
      [ids],
    );
    return { secrets, isLast: sizes.length < BATCH_ROWS && ids.length === sizes.length };
  }

  /** Where these keys are taken, locked until the transaction ends. */
  lockKeys(ctx: TenantCtx, keys: readonly string[]): Promise<ReadonlyMap<string, IdTaken>> {
    return lockIds(ctx, SECRET_IDS, keys);
  }

  /** The tenant's secrets with these keys that the caller may change, locked until the transaction ends. Without values. */
  async own(ctx: TenantCtx, keys: readonly string[]): Promise<ReadonlyMap<string, OwnSecret>> {
    const rows = await queryRows<OwnSecret>(
      ctx,
      `SELECT r.id, r.key, r.creator_id, r.visibility, r.is_hidden_value, r.schema FROM secret r
        WHERE ${OWN_ROWS} AND r.key = ANY ($4::text[]) ORDER BY r.key FOR UPDATE`,
      [...ownRowParameters(ctx), keys],
    );
    return new Map(rows.map((row) => [row.key, row]));
  }

  async insert(ctx: TenantCtx, rows: readonly ImportedRow[]): Promise<WrittenRow[]> {
    if (rows.length === 0) return [];
    return queryRows<WrittenRow>(
      ctx,
      `INSERT INTO secret (id, tenant_id, creator_id, key, visibility, is_hidden_value, value_sealed, record_version,
         provider_options_sealed, provider_options_version, created_at, updated_at)
       SELECT id, $1, creator_id, key, visibility, is_hidden_value, value_sealed, version, options_sealed, version,
              created_at, updated_at
         FROM unnest($2::uuid[], $3::text[], $4::int[], $5::text[], $6::bool[], $7::bytea[], $8::int[], $9::bytea[],
                     $10::timestamptz[], $11::timestamptz[])
           AS n (id, key, creator_id, visibility, is_hidden_value, value_sealed, version, options_sealed, created_at, updated_at)
       RETURNING storage_id, key`,
      [ctx.tenantId, ...columnsOf(rows)],
    );
  }

  async override(ctx: TenantCtx, rows: readonly ImportedRow[]): Promise<WrittenRow[]> {
    if (rows.length === 0) return [];
    return queryRows<WrittenRow>(
      ctx,
      `UPDATE secret r SET visibility = n.visibility, is_hidden_value = n.is_hidden_value, value_sealed = n.value_sealed,
         record_version = n.version, updated_at = n.updated_at,
         provider_options_sealed = COALESCE(n.options_sealed, r.provider_options_sealed),
         provider_options_version =
           CASE WHEN n.options_sealed IS NULL THEN r.provider_options_version ELSE n.version END
         FROM unnest($2::uuid[], $3::text[], $4::int[], $5::text[], $6::bool[], $7::bytea[], $8::int[], $9::bytea[],
                     $10::timestamptz[], $11::timestamptz[])
           AS n (id, key, creator_id, visibility, is_hidden_value, value_sealed, version, options_sealed, created_at, updated_at)
        WHERE r.tenant_id = $1 AND r.id = n.id
        RETURNING r.storage_id, r.key`,
      [ctx.tenantId, ...columnsOf(rows)],
    );
  }
}

/** What an import judges of a secret that is there already. */
export type OwnSecret = Pick<SecretRow, 'id' | 'key' | 'creator_id' | 'visibility' | 'is_hidden_value' | 'schema'>;

function columnsOf(rows: readonly ImportedRow[]): unknown[] {
  return [
    rows.map((row) => row.id),
    rows.map((row) => row.key),
    rows.map((row) => row.creatorId),
    rows.map((row) => row.visibility),
    rows.map((row) => row.isHiddenValue),
    rows.map((row) => row.valueSealed),
    rows.map((row) => row.recordVersion),
    rows.map((row) => row.optionsSealed),
    rows.map((row) => row.createdAt),
    rows.map((row) => row.updatedAt),
  ];
}

/** The first of them that fit into a batch; at least one. */
function withinBytes(sizes: readonly { readonly id: string; readonly bytes: number }[]): string[] {
  let total = 0;
  const fitting = sizes.filter(({ bytes }, index) => {
    total += bytes;
    return index === 0 || total <= BATCH_BYTES;
  });
  return fitting.map(({ id }) => id);
}
