import { Injectable } from '@nestjs/common';
import { BadParametersError, ConflictError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import { requirePermission } from '../../../platform/access/require-permission.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import { DeploymentAudit } from '../deployment-audit.js';
import { UpdateCalls } from '../edits/update-calls.js';
import { exactJson } from '../exact-json.js';
import { randomInstanceIds } from '../modifications/instance-ids.js';
import { notOwn, OwnDeployments } from '../ownership/own-deployments.js';
import type { InstanceUpdate } from './instance-update.js';
import { instanceRow, newInstance, type NewInstance } from './new-rows.js';
import { NODE_INSTANCE_LIST } from './node-list.js';
import { NodeViews } from './node-views.js';
import { NodesRepository, type InstanceRow } from './nodes.repository.js';

/** Node instances of deployments (rest-api §3.10). */
@Injectable()
export class NodeInstancesService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly views: NodeViews,
    private readonly repository: NodesRepository,
    private readonly deployments: OwnDeployments,
    private readonly updates: UpdateCalls,
    private readonly audit: DeploymentAudit,
  ) {}

  list(
    ctx: ReachCtx,
    listing: Listing,
    conditions: { readonly extra?: readonly Condition[]; readonly rules?: readonly Condition[] } = {},
  ): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, NODE_INSTANCE_LIST, listing, {
      ...conditions,
      toItem: (item) => this.views.plain(item),
    });
  }

  /** @throws NotFoundError, AppError functions_evaluation_error */
  async get(
    ctx: TenantCtx,
    id: string,
    { include, evaluates }: { readonly include: readonly string[] | null; readonly evaluates: boolean },
  ): Promise<Item> {
    const needed = include === null || !evaluates ? include : [...new Set([...include, 'id', 'deployment_id'])];
    const row = await this.unitOfWork.run(ctx, (ctx) => this.lists.single(ctx, NODE_INSTANCE_LIST, 'r.id', id, needed));
    if (!row) throw absent(id);
    const view = evaluates ? await this.views.evaluatedInstance(ctx, row) : this.views.plain(row);
    if (include === null) return view;
    return Object.fromEntries(Object.entries(view).filter(([name]) => include.includes(name)));
  }

  /**
   * What is as it was changes nothing, and the version stays.
   * @param force whatever version was read
   * @throws NotFoundError, ConflictError for a stale version, IllegalActionError, AppError only_deployment_update
   */
  async update(
    ctx: TenantCtx,
    id: string,
    update: InstanceUpdate,
    { force, include }: { readonly force: boolean; readonly include: readonly string[] | null },
  ): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const instance = await this.held(ctx, id);
      if (instance.version > update.version && !force) {
        throw new ConflictError(
          `Node instance update conflict [current version=${instance.version}, update version=${update.version}]`,
        );
      }
      if (update.relationships !== null) {
        await this.updates.assertOf(ctx, instance.deploymentStorageId, 'relationships of node instances');
      }
      if (changes(instance, update)) await this.repository.updateInstance(ctx, instance, update);
      return this.get(ctx, id, { include, evaluates: false });
    });
  }

  /**
   * Ids that are taken are replaced, wherever the others name them. False for an empty list.
   * @throws NotFoundError, BadParametersError, ForbiddenError, IllegalActionError
   */
  async add(ctx: TenantCtx, deploymentId: string, raw: readonly unknown[]): Promise<boolean> {
    requirePermission(ctx, 'node_instance_update');
    if (raw.length === 0) return false;
    const instances = raw.map(newInstance);
    await this.unitOfWork.run(ctx, async (ctx) => {
      const deployment = await this.deployments.held(ctx, deploymentId);
      const taken = await this.repository.takenInstances(
        ctx,
        instances.map(({ id }) => id),
      );
      const renamed = new Map([...taken].map((id) => [id, renamedId(id)]));
      const indexes = new Map(await this.repository.highestIndexes(ctx, deployment.storageId));
      const rows = instances.map((instance) => instanceRow(instance, indexOf(instance, indexes), renamed));
      const stored = await this.repository.insertInstances(ctx, deployment, JSON.stringify(rows));
      if (stored !== rows.length) {
        throw new BadParametersError(
          `Some of the node instances are of nodes that deployment ${deploymentId} does not have`,
        );
      }
      await this.audit.record(ctx, {
        action: 'node_instance.create',
        operation: 'create',
        storageId: deployment.storageId,
        id: deploymentId,
        table: 'node_instances',
        details: { node_instances: rows.length },
      });
    });
    return true;
  }

  /** @throws NotFoundError, AppError only_deployment_update */
  async delete(ctx: TenantCtx, id: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const instance = await this.held(ctx, id);
      await this.updates.assertOf(ctx, instance.deploymentStorageId, 'its node instances');
      await this.repository.deleteInstance(ctx, instance);
      await this.audit.record(ctx, {
        action: 'node_instance.delete',
        operation: 'delete',
        storageId: instance.storageId,
        id,
        table: 'node_instances',
      });
    });
  }

  private async held(ctx: TenantCtx, id: string): Promise<InstanceRow> {
    const own = await this.repository.lockInstance(ctx, id);
    if (own) return own;
    if (!(await this.repository.findInstance(ctx, id))) throw absent(id);
    throw notOwn(ctx, 'NodeInstance', id);
  }
}

function absent(id: string): NotFoundError {
  return new NotFoundError('NodeInstance', printable(id));
}

function changes(instance: InstanceRow, update: InstanceUpdate): boolean {
  const { state, runtimeProperties, systemProperties, relationships } = update;
  return (
    (state !== null && state !== instance.state) ||
    differs(runtimeProperties, instance.runtimeProperties) ||
    differs(systemProperties, instance.systemProperties) ||
    differs(relationships, instance.relationships)
  );
}

function differs(sent: string | null, stored: string): boolean {
  return sent !== null && sent !== stored && sent !== JSON.stringify(exactJson(stored));
}

function renamedId(id: string): string {
  const at = id.lastIndexOf('_');
  return `${at < 0 ? id : id.slice(0, at)}_${randomInstanceIds()}`;
}

/** As it was sent, or after the highest one of its node. */
function indexOf({ node, index }: NewInstance, highest: Map<string, number>): number {
  const chosen = index ?? (highest.get(node) ?? 0) + 1;
  highest.set(node, Math.max(chosen, highest.get(node) ?? 0));
  return chosen;
}
