import { Injectable } from '@nestjs/common';
import type { AuditRow } from '../../../core/audit/audit-record.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';
import { ROW_TEXTS } from '../audit-row.sql.js';
import { ORDER_COLUMNS, type AuditOrder, type AuditPage, type AuditSelection } from './audit-query.js';

/** Entries that one page of the stream looks at: what a filter drops must not make one statement long. */
const STREAM_WINDOW = 2_000;
const CURSOR_BATCH = 500;

/** A piece of the stream: the records of a stretch of the chain that fit, and where the stretch ended. */
export interface StreamPiece {
  readonly rows: readonly AuditRow[];
  readonly upTo: number;
}

@Injectable()
export class AuditRecordsRepository {
  async count(ctx: Ctx, selection: AuditSelection): Promise<number> {
    const { where, parameters } = conditions(selection);
    const [row] = await queryRows<{ total: string }>(
      ctx,
      `SELECT count(*) AS total FROM audit_log l WHERE ${where}`,
      parameters,
    );
    return Number(row?.total ?? 0);
  }

  async page(ctx: Ctx, page: AuditPage): Promise<AuditRow[]> {
    const { text, parameters } = pageStatement(page);
    return queryRows<AuditRow>(ctx, text, parameters);
  }

  /** The same rows in batches, so that memory stays bounded. Lasts as long as the open transaction. */
  async *batches(ctx: Ctx, page: AuditPage): AsyncGenerator<AuditRow[]> {
    const { text, parameters } = pageStatement(page);
    await queryRows(ctx, `DECLARE hf_audit_page NO SCROLL CURSOR FOR ${text}`, parameters);
    for (;;) {
      const rows = await queryRows<AuditRow>(ctx, `FETCH ${CURSOR_BATCH} FROM hf_audit_page`);
      if (rows.length === 0) return;
      yield rows;
    }
  }

  /** Records in the order of the chain, after the entry `seq`. */
  async streamPiece(ctx: Ctx, selection: AuditSelection, seq: number): Promise<StreamPiece> {
    const { where, parameters } = conditions(selection);
    const after = `$${parameters.length + 1}`;
    const rows = await queryRows<AuditRow & { readonly seq: string; readonly fits: boolean }>(
      ctx,
      `SELECT c.seq, l.id IS NOT NULL AS fits, ${ROW_TEXTS}
         FROM (SELECT seq, audit_id FROM audit_chain WHERE seq > ${after} ORDER BY seq LIMIT ${STREAM_WINDOW}) c
         LEFT JOIN LATERAL (SELECT * FROM audit_log l WHERE l.id = c.audit_id AND (${where}) LIMIT 1) l ON true
        ORDER BY c.seq`,
      [...parameters, seq],
    );
    return { rows: rows.filter(({ fits }) => fits), upTo: Number(rows.at(-1)?.seq ?? seq) };
  }
}

function pageStatement(page: AuditPage): { readonly text: string; readonly parameters: readonly unknown[] } {
  const { where, parameters } = conditions(page.selection);
  const limit = page.size === 0 ? 'ALL' : String(page.size);
  return {
    text: `SELECT ${ROW_TEXTS} FROM audit_log l WHERE ${where} ORDER BY ${orderBy(page.order)} LIMIT ${limit} OFFSET ${page.offset}`,
    parameters,
  };
}

/** The number of the record decides among equals, so that pages neither repeat nor skip. */
function orderBy(order: readonly AuditOrder[]): string {
  const direction = order[0]?.isDescending === true ? 'DESC' : 'ASC';
  return [...order.map(({ column }) => `${ORDER_COLUMNS[column]} ${direction}`), `l.id ${direction}`].join(', ');
}

function conditions(selection: AuditSelection): { readonly where: string; readonly parameters: readonly unknown[] } {
  const parameters: unknown[] = [];
  const parts: string[] = [];
  const add = (condition: string, value: unknown): void => {
    if (value === null) return;
    parameters.push(value);
    parts.push(`${condition} $${parameters.length}`);
  };
  add('l.creator_name =', selection.creatorName);
  add('l.execution_id =', selection.executionId);
  add('l.created_at >=', selection.since);
  add('l.created_at <=', selection.before);
  if (selection.kind === 'changes')
    parts.push(`l.outcome = 'success' AND l.operation IN ('create', 'update', 'delete')`);
  return { where: parts.length > 0 ? parts.join(' AND ') : 'true', parameters };
}
