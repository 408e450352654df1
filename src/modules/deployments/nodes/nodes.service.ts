import { Injectable } from '@nestjs/common';
import { ConflictError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import { requirePermission } from '../../../platform/access/require-permission.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork, violatedConstraint } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import { DeploymentCreationRepository } from '../creation/deployment-creation.repository.js';
import { DeploymentAudit } from '../deployment-audit.js';
import { UpdateCalls } from '../edits/update-calls.js';
import { OwnDeployments } from '../ownership/own-deployments.js';
import { jsonOf } from '../creation/creation-request.js';
import { nodeRow, scalableColumns } from './new-rows.js';
import { NODE_LIST } from './node-list.js';
import type { UpdateNode } from './node.dto.js';
import { NodeViews } from './node-views.js';
import { NodesRepository } from './nodes.repository.js';

/** Nodes of deployments (rest-api §3.10). */
@Injectable()
export class NodesService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly views: NodeViews,
    private readonly repository: NodesRepository,
    private readonly rows: DeploymentCreationRepository,
    private readonly deployments: OwnDeployments,
    private readonly updates: UpdateCalls,
    private readonly audit: DeploymentAudit,
  ) {}

  /**
   * @param evaluate in whose name functions are evaluated; undefined: they are shown
   * @throws AppError functions_evaluation_error
   */
  list(
    ctx: ReachCtx,
    listing: Listing,
    options: {
      readonly evaluate?: { readonly ctx: TenantCtx; readonly instance: string | null };
      readonly extra?: readonly Condition[];
      readonly rules?: readonly Condition[];
    } = {},
  ): Promise<ListPage | JsonStream> {
    const { evaluate, ...conditions } = options;
    if (evaluate === undefined) {
      return this.lists.page(ctx, NODE_LIST, listing, { ...conditions, toItem: (item) => this.views.plain(item) });
    }
    const { include } = listing;
    const needed = include === null ? null : [...new Set([...include, 'id', 'deployment_id'])];
    return this.lists.page(
      ctx,
      NODE_LIST,
      { ...listing, include: needed },
      {
        ...conditions,
        finish: async (open, items) => {
          const inTx: TenantCtx = open.tx === undefined ? evaluate.ctx : { ...evaluate.ctx, tx: open.tx };
          const views = await this.views.evaluated(inTx, items, evaluate.instance);
          return include === null ? views : views.map((view) => narrowed(view, include));
        },
      },
    );
  }

  /** @throws NotFoundError, IllegalActionError, ForbiddenError, BadParametersError, ConflictError; false for an empty list */
  async add(ctx: TenantCtx, deploymentId: string, nodes: readonly unknown[]): Promise<boolean> {
    requirePermission(ctx, 'node_update');
    if (nodes.length === 0) return false;
    await this.unitOfWork.run(ctx, async (ctx) => {
      const deployment = await this.deployments.held(ctx, deploymentId);
      const first = await this.repository.nextPosition(ctx, deployment.storageId);
      const rows = JSON.stringify(nodes.map((node, at) => nodeRow(node, first + at)));
      try {
        await this.rows.insertNodes(ctx, deployment, rows);
      } catch (error) {
        if (violatedConstraint(error) !== 'node_deployment_id_uq') throw error;
        throw new ConflictError(`A node of these is in deployment ${deploymentId} already`, { cause: error });
      }
      await this.audit.record(ctx, {
        action: 'node.create',
        operation: 'create',
        storageId: deployment.storageId,
        id: deploymentId,
        table: 'nodes',
        details: { nodes: nodes.length },
      });
    });
    return true;
  }

  /** @throws NotFoundError, AppError only_deployment_update */
  async update(ctx: TenantCtx, deploymentId: string, id: string, input: UpdateNode): Promise<void> {
    const changes: Record<string, unknown> = { ...scalableColumns(input.capabilities ?? null) };
    for (const column of ['plugins', 'operations', 'relationships', 'properties'] as const) {
      const value = input[column] ?? null;
      if (value !== null) changes[column] = jsonOf(column, value);
    }
    await this.changed(ctx, deploymentId, id, 'update', (ctx, storageId) =>
      this.repository.updateNode(ctx, storageId, changes),
    );
  }

  /** @throws NotFoundError, AppError only_deployment_update */
  async delete(ctx: TenantCtx, deploymentId: string, id: string): Promise<void> {
    await this.changed(ctx, deploymentId, id, 'delete', (ctx, storageId) => this.repository.deleteNode(ctx, storageId));
  }

  private async changed(
    ctx: TenantCtx,
    deploymentId: string,
    id: string,
    operation: 'update' | 'delete',
    change: (ctx: TenantCtx, storageId: string) => Promise<void>,
  ): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const deployment = await this.deployments.held(ctx, deploymentId);
      await this.updates.assertOf(ctx, deployment.storageId, 'its nodes');
      const storageId = await this.repository.lockNode(ctx, deployment.storageId, id);
      if (storageId === null) throw new NotFoundError('Node', printable(id));
      await change(ctx, storageId);
      await this.audit.record(ctx, { action: `node.${operation}`, operation, storageId, id, table: 'nodes' });
    });
  }
}

function narrowed(view: Item, include: readonly string[]): Item {
  return Object.fromEntries(Object.entries(view).filter(([name]) => include.includes(name)));
}
