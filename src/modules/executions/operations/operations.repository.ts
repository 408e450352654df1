import { Injectable } from '@nestjs/common';
import { BadParametersError, ConflictError } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';
import { NOP, type OperationState } from './operation-effects.js';

export interface NewOperation {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly state: OperationState;
  readonly dependencies: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface LockedOperation {
  readonly storageId: string;
  readonly name: string;
  readonly type: string;
  readonly state: OperationState;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** One of our own engine, which keeps account of it itself. */
  readonly isOfEngine: boolean;
  readonly executionStorageId: string;
  readonly executionId: string;
  readonly deploymentStorageId: string | null;
  readonly isDryRun: boolean;
}

export interface OwnGraph {
  readonly storageId: string;
  readonly executionStorageId: string;
  readonly executionId: string;
}

@Injectable()
export class OperationsRepository {
  /** @throws ConflictError when there is one of this name for the execution, or of this id */
  async insertGraph(
    ctx: TenantCtx,
    graph: {
      readonly id: string;
      readonly executionStorageId: string;
      readonly name: string;
      readonly createdAt: Date;
    },
  ): Promise<string> {
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO tasks_graph (id, execution_id, tenant_id, creator_id, visibility, name, created_at)
         SELECT $1, e.storage_id, e.tenant_id, e.creator_id, e.visibility, $3, $4 FROM execution e WHERE e.storage_id = $2
         RETURNING storage_id::text`,
        [graph.id, graph.executionStorageId, graph.name, graph.createdAt],
      );
      return row?.storage_id ?? '';
    } catch (error) {
      if (violatedConstraint(error) === undefined) throw error;
      throw new ConflictError(`The execution has a tasks graph \`${graph.name}\` already`, { cause: error });
    }
  }

  /** In one statement, and the execution's account of them. @throws ConflictError when an id is taken */
  async insert(ctx: TenantCtx, graph: OwnGraph, operations: readonly NewOperation[], at: Date): Promise<void> {
    try {
      await execute(
        ctx,
        `INSERT INTO operation (id, graph_id, tenant_id, creator_id, visibility, name, state, type, dependencies, parameters, created_at)
         SELECT x.id, g.storage_id, g.tenant_id, g.creator_id, g.visibility, x.name, x.state, x.type,
                ARRAY(SELECT json_array_elements_text(x.dependencies)), x.parameters, $3
           FROM tasks_graph g, json_to_recordset($2::json)
                AS x (place int, id text, name text, state text, type text, dependencies json, parameters json)
          WHERE g.storage_id = $1 ORDER BY x.place`,
        [graph.storageId, JSON.stringify(operations.map((operation, place) => ({ place, ...operation }))), at],
      );
    } catch (error) {
      if (violatedConstraint(error) !== 'operation_tenant_id_uq') throw error;
      throw new ConflictError('An operation with this id exists already', { cause: error });
    }
    const counted = operations.filter(({ type }) => type !== NOP).length;
    await this.count(ctx, graph.executionStorageId, { total: counted, finished: 0 });
  }

  async count(
    ctx: TenantCtx,
    executionStorageId: string,
    by: { readonly total: number; readonly finished: number },
  ): Promise<void> {
    if (by.total === 0 && by.finished === 0) return;
    await execute(
      ctx,
      `UPDATE execution SET total_operations = COALESCE(total_operations, 0) + $2,
              finished_operations = COALESCE(finished_operations, 0) + $3 WHERE storage_id = $1`,
      [executionStorageId, by.total, by.finished],
    );
  }

  async graph(ctx: TenantCtx, id: string): Promise<OwnGraph | null> {
    const [row] = await queryRows<OwnGraph>(
      ctx,
      `SELECT g.storage_id::text AS "storageId", x.storage_id::text AS "executionStorageId", x.id AS "executionId"
         FROM tasks_graph g JOIN execution x ON x.storage_id = g.execution_id WHERE g.tenant_id = $1 AND g.id = $2`,
      [ctx.tenantId, id],
    );
    return row ?? null;
  }

  async execution(ctx: TenantCtx, id: string): Promise<string | null> {
    const [row] = await queryRows<{ storage_id: string }>(
      ctx,
      'SELECT storage_id::text FROM execution WHERE tenant_id = $1 AND id = $2',
      [ctx.tenantId, id],
    );
    return row?.storage_id ?? null;
  }

  async lock(ctx: TenantCtx, id: string): Promise<LockedOperation | null> {
    const [row] = await queryRows<LockedOperation>(
      ctx,
      `SELECT r.storage_id::text AS "storageId", r.name, r.type, r.state, r.parameters, r.task IS NOT NULL AS "isOfEngine",
              x.storage_id::text AS "executionStorageId", x.id AS "executionId", x.is_dry_run AS "isDryRun",
              x.deployment_id::text AS "deploymentStorageId"
         FROM operation r JOIN tasks_graph g ON g.storage_id = r.graph_id JOIN execution x ON x.storage_id = g.execution_id
        WHERE r.tenant_id = $1 AND r.id = $2 FOR UPDATE OF r`,
      [ctx.tenantId, id],
    );
    return row ?? null;
  }

  async update(
    ctx: TenantCtx,
    storageId: string,
    to: { readonly state: OperationState; readonly managerName: string | null; readonly agentName: string | null },
  ): Promise<void> {
    await execute(
      ctx,
      `UPDATE operation SET state = $2, manager_name = COALESCE($3, manager_name), agent_name = COALESCE($4, agent_name)
        WHERE storage_id = $1`,
      [storageId, to.state, to.managerName, to.agentName],
    );
  }

  async remove(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(ctx, 'DELETE FROM operation WHERE storage_id = $1', [storageId]);
  }

  /** The inputs that an operation of a node, or of one of its relationships, has now; null when there is none such. */
  async inputsOf(
    ctx: TenantCtx,
    of: { readonly deploymentId: string; readonly nodeId: string; readonly operation: string },
    relationship: { readonly key: 'source_operations' | 'target_operations'; readonly index: number } | null,
  ): Promise<string | null> {
    const source =
      relationship === null
        ? 'n.operations -> $4'
        : `n.relationships -> ${relationship.index} -> '${relationship.key}' -> $4`;
    const [row] = await queryRows<{ inputs: string | null }>(
      ctx,
      `SELECT (${source} -> 'inputs')::text AS inputs FROM node n JOIN deployment d ON d.storage_id = n.deployment_id
        WHERE d.tenant_id = $1 AND d.id = $2 AND n.id = $3`,
      [ctx.tenantId, of.deploymentId, of.nodeId, of.operation],
    );
    return row?.inputs ?? null;
  }

  /** Those that are still to be sent get these inputs; their context stays. Answers how many. */
  async rewrite(
    ctx: TenantCtx,
    of: { readonly deploymentId: string; readonly nodeId: string; readonly operation: string },
    inputs: string,
  ): Promise<number> {
    return execute(
      ctx,
      `UPDATE operation o
          SET parameters = jsonb_set(o.parameters::jsonb, '{task_kwargs,kwargs}', $5::jsonb ||
                jsonb_build_object('__cloudify_context', o.parameters::jsonb #> '{task_kwargs,kwargs,__cloudify_context}'))::json
         FROM tasks_graph g, execution x
        WHERE o.graph_id = g.storage_id AND x.storage_id = g.execution_id AND o.tenant_id = $1 AND o.task IS NULL
          AND x.deployment_name = $2 AND o.state = 'pending'
          AND o.parameters #>> '{task_kwargs,kwargs,__cloudify_context,node_name}' = $3
          AND o.parameters #>> '{task_kwargs,kwargs,__cloudify_context,operation,name}' = $4`,
      [ctx.tenantId, of.deploymentId, of.nodeId, of.operation, inputs],
    );
  }
}

/** @throws BadParametersError for a text that PostgreSQL does not take */
export function withoutNul<T>(value: T): T {
  if (JSON.stringify(value).includes('\\u0000')) throw new BadParametersError('NUL characters cannot be stored');
  return value;
}
