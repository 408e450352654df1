import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../../core/access/visibility.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { idExists } from '../../../platform/database/global-ids.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';
import { GROUP_IDS } from './group-list.js';

export interface GroupRow {
  readonly storageId: string;
  readonly id: string;
  readonly tenantId: number;
  readonly visibility: Visibility;
  readonly blueprintId: string | null;
  readonly defaultInputs: Readonly<Record<string, unknown>> | null;
}

/** Columns, each optional; `default_inputs` is JSON text. */
export interface GroupColumns {
  readonly description?: string;
  readonly visibility?: Visibility;
  readonly default_blueprint_id?: string;
  readonly default_inputs?: string;
  readonly creation_counter?: number;
  readonly creator_id?: number;
  readonly created_at?: Date;
}

const COLUMNS = `r.storage_id::text AS "storageId", r.id, r.tenant_id AS "tenantId", r.visibility, b.id AS "blueprintId",
  r.default_inputs AS "defaultInputs"`;
const FROM = 'deployment_group r LEFT JOIN blueprint b ON b.storage_id = r.default_blueprint_id';

@Injectable()
export class GroupsRepository {
  /** The visible one: the tenant's own before a global one of another tenant. */
  async find(ctx: TenantCtx, id: string): Promise<GroupRow | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND ${visibleSql(ctx, parameters)}`;
    const own = `(r.tenant_id = ${parameters.add(ctx.tenantId)}::int)`;
    const [row] = await queryRows<GroupRow>(
      ctx,
      `SELECT ${COLUMNS} FROM ${FROM} WHERE ${where} ORDER BY ${own} DESC, r.tenant_id LIMIT 1`,
      parameters.values,
    );
    return row ?? null;
  }

  /** The tenant's own visible one, held until the end of the transaction. */
  async lockOwn(ctx: TenantCtx, id: string): Promise<GroupRow | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<GroupRow>(
      ctx,
      `SELECT ${COLUMNS} FROM ${FROM} WHERE ${where} FOR UPDATE OF r`,
      parameters.values,
    );
    return row ?? null;
  }

  /** @throws ConflictError when the tenant has the id */
  async insert(
    ctx: TenantCtx,
    id: string,
    columns: GroupColumns & Required<Pick<GroupColumns, 'visibility' | 'creator_id' | 'created_at'>>,
  ): Promise<void> {
    const parameters = new Parameters();
    const row = Object.entries({ ...columns, id, tenant_id: ctx.tenantId });
    const values = row.map(([, value]) => parameters.add(value));
    try {
      await execute(
        ctx,
        `INSERT INTO deployment_group (${row.map(([name]) => name).join(', ')}) VALUES (${values.join(', ')})`,
        parameters.values,
      );
    } catch (error) {
      if (violatedConstraint(error) === 'deployment_group_tenant_id_uq') throw idExists(ctx, GROUP_IDS, id, error);
      throw error;
    }
  }

  async update(ctx: TenantCtx, storageId: string, columns: GroupColumns): Promise<void> {
    const parameters = new Parameters();
    const sets = Object.entries(columns).map(([name, value]) => `${name} = ${parameters.add(value)}`);
    if (sets.length === 0) return;
    await execute(
      ctx,
      `UPDATE deployment_group SET ${sets.join(', ')}
        WHERE tenant_id = ${parameters.add(ctx.tenantId)} AND storage_id = ${parameters.add(storageId)}`,
      parameters.values,
    );
  }

  /** Takes so many numbers of the group's counter; answers the first. */
  async count(ctx: TenantCtx, storageId: string, many: number): Promise<number> {
    const [row] = await queryRows<{ last: number }>(
      ctx,
      `UPDATE deployment_group SET creation_counter = creation_counter + $3
        WHERE tenant_id = $1 AND storage_id = $2 RETURNING creation_counter AS last`,
      [ctx.tenantId, storageId, many],
    );
    return (row?.last ?? many) - many + 1;
  }

  async delete(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(ctx, 'DELETE FROM deployment_group WHERE tenant_id = $1 AND storage_id = $2', [
      ctx.tenantId,
      storageId,
    ]);
  }

  /** Groups executions that belong together, for whoever follows them (rest-api §3.7). */
  async groupExecutions(
    ctx: TenantCtx,
    group: {
      readonly id: string;
      readonly visibility: Visibility;
      readonly workflowId: string;
      readonly deploymentGroup: string | null;
      readonly executions: readonly string[];
      readonly at: Date;
    },
  ): Promise<void> {
    await execute(
      ctx,
      `WITH made AS (
         INSERT INTO execution_group (id, tenant_id, creator_id, visibility, workflow_id, deployment_group_id, concurrency, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 10, $7) RETURNING storage_id)
       UPDATE execution e SET execution_group_id = made.storage_id FROM made WHERE e.tenant_id = $2 AND e.id = ANY ($8::text[])`,
      [
        group.id,
        ctx.tenantId,
        ctx.actor.userId,
        group.visibility,
        group.workflowId,
        group.deploymentGroup,
        group.at,
        group.executions,
      ],
    );
  }
}
