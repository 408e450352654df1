import { Injectable } from '@nestjs/common';
import { HEADER_BYTES } from '../../core/envelope/envelope.js';
import type { Ctx } from '../context/ctx.js';
import { execute, queryRows } from '../database/tx.js';
import type { SealedColumn } from './sealed-columns.js';

/** One sealed cell without its value: only the envelope's header leaves the database. */
export interface SealedHeader {
  readonly rowId: string;
  readonly recordVersion: number;
  readonly header: Buffer;
}

export interface SampledEnvelope {
  readonly rowId: string;
  readonly header: Buffer;
  /** Of the whole envelope. */
  readonly bytes: number;
}

export interface HeaderSwap {
  readonly rowId: string;
  readonly from: Buffer;
  readonly to: Buffer;
}

export interface HeaderCount {
  readonly tenantId: number | null;
  /** Format, algorithm and key version. */
  readonly prefix: Buffer;
  readonly rows: number;
}

/** Bytes of the header that name format, algorithm and key version. */
export const PREFIX_BYTES = 6;

/**
 * Statements over declared columns. Their names are checked by SealedColumns to be plain identifiers, and quoted here.
 *
 * Which rows still wait for rotation is asked of the rows themselves: those whose prefix is not the current one. There is
 * no column or index for it: behind row-level security an index over an expression is not used (its function would have
 * to be leakproof, which only a superuser may declare), and a stored copy would tax every write of a secret. A scan is
 * cheap beside what rotation does to each row, provided that it is asked for many rows at once; `substring` fetches the
 * first bytes of a large value without the rest.
 */
@Injectable()
export class SealedColumnRepository {
  /** The SQL type of the primary key. Undefined when the table or one of the columns does not exist. */
  async idType(ctx: Ctx, column: SealedColumn): Promise<string | undefined> {
    const names = [column.idColumn, column.column, column.versionColumn, column.tenantColumn].filter(
      (name) => name !== null,
    );
    const rows = await queryRows<{ name: string; type: string }>(
      ctx,
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
        WHERE attrelid = to_regclass($1) AND attname = ANY ($2::text[]) AND attnum > 0 AND NOT attisdropped`,
      [quoted(column.table), names],
    );
    if (rows.length !== new Set(names).size) return undefined;
    return rows.find(({ name }) => name === column.idColumn)?.type;
  }

  /** The first and the last rows of the column. */
  async sample(ctx: Ctx, column: SealedColumn, each: number): Promise<SampledEnvelope[]> {
    const [id, sealed] = [quoted(column.idColumn), quoted(column.column)];
    const end = (direction: 'ASC' | 'DESC'): string =>
      `(SELECT ${id}::text AS "rowId", substring(${sealed} FROM 1 FOR ${HEADER_BYTES}) AS header, octet_length(${sealed}) AS bytes
          FROM ${quoted(column.table)} WHERE ${sealed} IS NOT NULL ORDER BY ${id} ${direction} LIMIT $1)`;
    return queryRows<SampledEnvelope>(ctx, `${end('ASC')} UNION ALL ${end('DESC')}`, [each]);
  }

  /**
   * Rows of the context's owner, after `after` in the order of the key, whose envelope does not begin with `prefix`.
   * @param idType what `idType` said.
   */
  async stale(
    ctx: Ctx,
    column: SealedColumn,
    search: { readonly idType: string; readonly prefix: Buffer; readonly after: string | null; readonly limit: number },
  ): Promise<SealedHeader[]> {
    const [id, sealed] = [quoted(column.idColumn), quoted(column.column)];
    const owner = column.tenantColumn === null ? 'true' : `${quoted(column.tenantColumn)} = $4`;
    const rest = search.after === null ? '$3::text IS NULL' : `${id} > $3::text::${search.idType}`;
    return queryRows<SealedHeader>(
      ctx,
      `SELECT ${id}::text AS "rowId", ${quoted(column.versionColumn)}::int AS "recordVersion",
              substring(${sealed} FROM 1 FOR ${HEADER_BYTES}) AS header
         FROM ${quoted(column.table)}
        WHERE ${owner} AND ${rest} AND substring(${sealed} FROM 1 FOR ${PREFIX_BYTES}) <> $1
        ORDER BY ${id} LIMIT $2`,
      [search.prefix, search.limit, search.after, ...(column.tenantColumn === null ? [] : [ctx.tenantId])],
    );
  }

  /**
   * Puts new headers before values that stay where they are, each only if the old header is still there: it is random,
   * so it is as good a condition as the whole envelope. @returns how many were swapped.
   */
  async swapHeaders(ctx: Ctx, column: SealedColumn, idType: string, swaps: readonly HeaderSwap[]): Promise<number> {
    const [id, sealed] = [quoted(column.idColumn), quoted(column.column)];
    const owner = column.tenantColumn === null ? '' : `AND cell.${quoted(column.tenantColumn)} = $4`;
    return execute(
      ctx,
      `UPDATE ${quoted(column.table)} AS cell
          SET ${sealed} = swap.new_header || substring(cell.${sealed} FROM ${HEADER_BYTES + 1})
         FROM unnest($1::text[]::${idType}[], $2::bytea[], $3::bytea[]) AS swap (id, old_header, new_header)
        WHERE cell.${id} = swap.id AND substring(cell.${sealed} FROM 1 FOR ${HEADER_BYTES}) = swap.old_header ${owner}`,
      [
        swaps.map(({ rowId }) => rowId),
        swaps.map(({ from }) => from),
        swaps.map(({ to }) => to),
        ...(column.tenantColumn === null ? [] : [ctx.tenantId]),
      ],
    );
  }

  /** How many rows stand under which key version, for every owner in reach. */
  async countByPrefix(ctx: Ctx, column: SealedColumn): Promise<HeaderCount[]> {
    const sealed = quoted(column.column);
    const owner = column.tenantColumn === null ? 'NULL::int' : quoted(column.tenantColumn);
    return queryRows<HeaderCount>(
      ctx,
      `SELECT ${owner} AS "tenantId", substring(${sealed} FROM 1 FOR ${PREFIX_BYTES}) AS prefix, count(*)::int AS rows
         FROM ${quoted(column.table)} WHERE ${sealed} IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`,
    );
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
