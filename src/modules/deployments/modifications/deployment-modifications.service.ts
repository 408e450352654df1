import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DslError } from '../../../core/dsl/diagnostics.js';
import type { Modification, ModifiedInstance } from '../../../core/dsl/instances/differences.js';
import { planModification } from '../../../core/dsl/instances/modification.js';
import type { WantedInstances } from '../../../core/dsl/instances/scaling.js';
import { AppError, BadParametersError, NotFoundError } from '../../../core/errors/app-error.js';
import type { OpenModification } from '../../../core/graph/sequences/phase.js';
import { printable } from '../../../core/listing/query-values.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { notOwn, OwnDeployments } from '../ownership/own-deployments.js';
import {
  alreadyStarted,
  DeploymentModificationsRepository,
  type ModificationRow,
} from './deployment-modifications.repository.js';
import { randomInstanceIds } from './instance-ids.js';
import { mergedRelationships } from './merged-relationships.js';
import { readWantedInstances } from './modification-request.js';
import { ModifiedInstancesRepository, type ModificationBasis } from './modified-instances.repository.js';

export interface ModificationRequest {
  readonly deploymentId: string;
  /** As sent: node or scaling group → numbers and hints. */
  readonly nodes: unknown;
  readonly context: unknown;
}

/** Ids that other deployments of the tenant have: another draw of all is as good as one of each. */
const MAX_DRAWS = 5;
const KIND = 'DeploymentModification';

/**
 * Changes of how many instances a deployment has (orchestration §12, plan.md §4.1). Every method joins the open
 * transaction, or opens one: what is planned is what is written, and nobody else comes between.
 */
@Injectable()
export class DeploymentModifications {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly deployments: OwnDeployments,
    private readonly modifications: DeploymentModificationsRepository,
    private readonly instances: ModifiedInstancesRepository,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * Plans, makes the new instances, and keeps what there was before.
   * @throws BadParametersError for numbers that cannot be had, NotFoundError for the deployment, a node or a scaling group,
   *   IllegalActionError for a global deployment of another tenant,
   *   AppError existing_started_deployment_modification_error
   */
  async start(ctx: TenantCtx, request: ModificationRequest): Promise<OpenModification> {
    const wanted = readWantedInstances(request.nodes);
    return this.unitOfWork.run(ctx, async (ctx) => {
      const deployment = await this.deployments.held(ctx, request.deploymentId);
      if ((await this.modifications.open(ctx, deployment.storageId)) !== null) throw alreadyStarted(deployment.id);
      const basis = await this.instances.basis(ctx, deployment.storageId);
      assertAllExist(basis, wanted);
      const { lists, storageId, id } = await this.store(ctx, deployment, request, { basis, wanted });
      await this.instances.setRelationships(ctx, deployment.storageId, extended(basis, lists));
      await this.instances.setNumbers(ctx, deployment.storageId, 'planned', numbersOf(wanted));
      await this.record(
        ctx,
        'create',
        { storageId, id },
        {
          deployment: deployment.id,
          nodes: Object.fromEntries(numbersOf(wanted)),
          added: marked(lists.added_and_related, 'added').length,
          removed: marked(lists.removed_and_related, 'removed').length,
        },
      );
      return toOpen(id, lists);
    });
  }

  /** @throws NotFoundError, IllegalActionError, AppError deployment_modification_already_ended_error */
  async finish(ctx: TenantCtx, id: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const row = await this.startedOne(ctx, id);
      await this.instances.applyRemovals(ctx, row);
      const wanted = await this.modifications.wanted(ctx, row.storageId);
      await this.instances.setNumbers(ctx, row.deploymentStorageId, 'current', wanted);
      await this.modifications.end(ctx, row, 'finished', this.clock.now());
      await this.record(ctx, 'finish', row, { deployment: row.deploymentId });
    });
  }

  /** @throws NotFoundError, IllegalActionError, AppError deployment_modification_already_ended_error */
  async rollBack(ctx: TenantCtx, id: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const row = await this.startedOne(ctx, id);
      await this.instances.restoreInstances(ctx, row);
      const current = await this.modifications.currentNumbers(ctx, row);
      await this.instances.setNumbers(ctx, row.deploymentStorageId, 'planned', current);
      await this.modifications.end(ctx, row, 'rolledback', this.clock.now());
      await this.record(ctx, 'rollback', row, { deployment: row.deploymentId });
    });
  }

  /** The one that is started, or null. */
  async open(ctx: TenantCtx, deploymentStorageId: string): Promise<OpenModification | null> {
    const found = await this.unitOfWork.run(ctx, (ctx) => this.modifications.open(ctx, deploymentStorageId));
    return found && toOpen(found.id, found.lists);
  }

  /** Plans with ids that are free, and writes new instances and the record. */
  private async store(
    ctx: TenantCtx,
    deployment: Parameters<DeploymentModificationsRepository['insert']>[1],
    request: ModificationRequest,
    { basis, wanted }: { readonly basis: ModificationBasis; readonly wanted: ReadonlyMap<string, WantedInstances> },
  ): Promise<{ readonly id: string; readonly storageId: string; readonly lists: Modification }> {
    const id = randomUUID();
    const lists = await this.grown(ctx, deployment.storageId, () => plan(basis, wanted));
    const storageId = await this.modifications.insert(ctx, deployment, {
      id,
      // Nobody but administrators could see somebody else's in a private deployment.
      creatorId: deployment.visibility === 'private' ? deployment.creatorId : ctx.actor.userId,
      context: request.context ?? null,
      modifiedNodes: request.nodes ?? {},
      lists,
      createdAt: this.clock.now(),
    });
    return { id, storageId, lists };
  }

  /** Adds the new instances. Which ids are free is told by taking them: instances that may not be seen have theirs, too. */
  private async grown(ctx: TenantCtx, deployment: string, draw: () => Modification): Promise<Modification> {
    for (let attempt = 1; attempt <= MAX_DRAWS; attempt += 1) {
      const lists = draw();
      const added = marked(lists.added_and_related, 'added');
      const taken = added.length === 0 ? [] : await this.instances.addInstances(ctx, deployment, added);
      if (taken.length === added.length) return lists;
      await this.instances.removeInstances(ctx, deployment, taken);
    }
    throw new Error('No free ids of node instances were found.');
  }

  private async startedOne(ctx: TenantCtx, id: string): Promise<ModificationRow> {
    const row = await this.modifications.lock(ctx, id);
    if (!row) {
      if (await this.modifications.exists(ctx, id)) throw notOwn(ctx, KIND, id);
      throw new NotFoundError(KIND, printable(id));
    }
    if (row.status === 'started') return row;
    throw new AppError(
      'deployment_modification_already_ended_error',
      `The modification ${row.id} has ended already, as ${row.status}`,
    );
  }

  private record(
    ctx: TenantCtx,
    verb: 'create' | 'finish' | 'rollback',
    { storageId, id }: Pick<ModificationRow, 'storageId' | 'id'>,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return this.audit.record(ctx, {
      action: `deployment_modification.${verb}`,
      operation: verb === 'create' ? 'create' : 'update',
      outcome: 'success',
      refTable: 'deployment_modifications',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id },
      details,
    });
  }
}

/** @throws BadParametersError with the language's own text */
function plan(basis: ModificationBasis, wanted: ReadonlyMap<string, WantedInstances>): Modification {
  try {
    return planModification(
      {
        nodes: basis.nodes,
        scalingGroups: basis.groups,
        previousNodes: basis.nodes,
        previousInstances: basis.instances,
        modified: wanted,
      },
      randomInstanceIds,
    );
  } catch (error) {
    if (error instanceof DslError) throw new BadParametersError(error.message, { cause: error });
    throw error;
  }
}

function assertAllExist(basis: ModificationBasis, wanted: ReadonlyMap<string, WantedInstances>): void {
  const nodes = new Set(basis.nodes.map(({ id }) => id));
  for (const name of wanted.keys()) {
    if (!nodes.has(name) && !basis.groups.has(name)) throw new NotFoundError('Node', printable(name));
  }
}

/** What present instances gained, beside what they have. */
function extended(
  { nodes, instances }: ModificationBasis,
  lists: Modification,
): { readonly id: string; readonly relationships: ReturnType<typeof mergedRelationships> }[] {
  const gained = marked(lists.extended_and_related, 'extended');
  const before = new Map(instances.map((instance) => [instance.id, instance.relationships]));
  const order = new Map(nodes.map(({ id, relationships }) => [id, relationships.map(({ target_id: to }) => to)]));
  return gained.map(({ id, node_id: node, relationships }) => ({
    id,
    relationships: mergedRelationships(before.get(id) ?? [], relationships, order.get(node) ?? []),
  }));
}

function idsOf(list: readonly ModifiedInstance[], isMarked: boolean): readonly string[] {
  return list.filter(({ modification }) => (modification !== undefined) === isMarked).map(({ id }) => id);
}

function toOpen(id: string, lists: Pick<Modification, 'added_and_related' | 'removed_and_related'>): OpenModification {
  return {
    id,
    added: idsOf(lists.added_and_related, true),
    addedRelated: idsOf(lists.added_and_related, false),
    removed: idsOf(lists.removed_and_related, true),
    removedRelated: idsOf(lists.removed_and_related, false),
  };
}

function marked(
  list: readonly ModifiedInstance[],
  mark: NonNullable<ModifiedInstance['modification']>,
): readonly ModifiedInstance[] {
  return list.filter(({ modification }) => modification === mark);
}

function numbersOf(wanted: ReadonlyMap<string, WantedInstances>): readonly (readonly [string, number])[] {
  return [...wanted].map(([name, { instances }]) => [name, instances]);
}
