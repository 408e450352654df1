import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../../platform/context/ctx.js';
import { HotQueries } from '../../../platform/database/hot-queries.js';
import { execute } from '../../../platform/database/tx.js';
import type { AuditCells } from './audit-cells.js';

const COLUMNS = `created_at, action, operation, outcome, ref_table, ref_id, ref_identifier, creator_name, actor_id,
  identity_source, auth_method, source_address, tenant_id, tenant_name, execution_id, request_id, details`;

/** One statement for any number of records: prepared once, one parameter, one round trip, one commit. */
const INSERT = `INSERT INTO audit_log (${COLUMNS})
  SELECT ${COLUMNS} FROM json_to_recordset($1::json) AS r (
    created_at timestamptz, action text, operation text, outcome text, ref_table text, ref_id bigint, ref_identifier jsonb,
    creator_name text, actor_id int, identity_source text, auth_method text, source_address text, tenant_id int,
    tenant_name text, execution_id text, request_id text, details jsonb)`;

@Injectable()
export class AuditInsertRepository {
  constructor(private readonly hotQueries: HotQueries) {}

  /** Writes in the open transaction of `ctx`. */
  async insert(ctx: Ctx, records: readonly AuditCells[]): Promise<void> {
    await execute(ctx, INSERT, [JSON.stringify(records)]);
  }

  /** Writes and commits; when it resolves the records are durable. */
  async insertCommitted(records: readonly AuditCells[]): Promise<void> {
    await this.hotQueries.query('audit_insert', INSERT, [JSON.stringify(records)]);
  }
}
