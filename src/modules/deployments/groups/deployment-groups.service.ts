import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { assertNotNarrower } from '../../../core/access/visibility.js';
import { BadParametersError, IllegalActionError, NotFoundError } from '../../../core/errors/app-error.js';
import { parseLabels } from '../../../core/labels/labels.js';
import { printable } from '../../../core/listing/query-values.js';
import { assertName } from '../../../core/text/names.js';
import { readVisibility } from '../../../core/uploads/upload-values.js';
import { requirePermission, requireSystemPermission } from '../../../platform/access/require-permission.js';
import { AuditSink, type AuditOperation } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { assertIdCanBeGlobal, assertIdIsFree } from '../../../platform/database/global-ids.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { SystemExecutions } from '../../../platform/executions/system-executions.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import { DeployableBlueprintsService } from '../../blueprints/deployable-blueprints.service.js';
import { DeploymentDeletionService, type DeletionOptions } from '../deletion/deployment-deletion.service.js';
import { notOwn } from '../ownership/own-deployments.js';
import { restoredDate, restoredOwner } from '../ownership/restored.js';
import { GroupCreations } from './group-creations.js';
import { GROUP_IDS } from './group-list.js';
import { GroupMembers } from './group-members.js';
import { GroupMembersRepository } from './group-members.repository.js';
import { GroupViews } from './group-views.js';
import type { PutGroup, UpdateGroup } from './group.dto.js';
import { GroupsRepository, type GroupColumns, type GroupRow } from './groups.repository.js';
import { readMembers, type MembersAsked } from './membership.js';

/** Groups of deployments (rest-api §3.4). */
@Injectable()
export class DeploymentGroupsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly groups: GroupsRepository,
    private readonly members: GroupMembers,
    private readonly memberRows: GroupMembersRepository,
    private readonly creations: GroupCreations,
    private readonly deletion: DeploymentDeletionService,
    private readonly blueprints: DeployableBlueprintsService,
    private readonly executions: SystemExecutions,
    private readonly views: GroupViews,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the group, or changes the one that is there.
   * @throws BadParametersError, NotFoundError for what is named, ConflictError, ForbiddenError, IllegalActionError; what the
   *   creation of deployments throws
   */
  async put(ctx: TenantCtx, id: string, input: PutGroup): Promise<Item> {
    assertName('group_id', id);
    const asked = readMembers(input);
    const labels = input.labels ? parseLabels(input.labels, { keyValue: true }) : null;
    const made = await this.unitOfWork.run(ctx, async (ctx) => {
      const columns = await this.columnsOf(ctx, input);
      const held = await this.groups.lockOwn(ctx, id);
      if (held) await this.change(ctx, held, columns);
      else await this.create(ctx, id, columns);
      const group = await this.held(ctx, id);
      if (labels !== null) await this.members.setLabels(ctx, group, labels);
      await this.members.set(ctx, group, asked);
      const fields = [...Object.keys(columns), ...(labels === null ? [] : ['labels']), ...saidIn(asked)];
      await this.record(ctx, held ? 'update' : 'create', group, { fields });
      return { group, creations: await this.creations.prepare(ctx, group, asked.newDeployments) };
    });
    await this.creations.make(ctx, made.group, made.creations);
    return this.views.one(ctx, id);
  }

  /** @throws IllegalActionError for an empty body; as `put` */
  async update(ctx: TenantCtx, id: string, input: UpdateGroup): Promise<Item> {
    const [add, remove] = [input.add ?? null, input.remove ?? null];
    if (add === null && remove === null) throw new IllegalActionError('Must supply `add` or `remove`');
    const [coming, going] = [readMembers(add ?? {}), readMembers(remove ?? {})];
    const made = await this.unitOfWork.run(ctx, async (ctx) => {
      const group = await this.held(ctx, id);
      await this.members.add(ctx, group, coming);
      await this.members.remove(ctx, group, going);
      await this.record(ctx, 'update', group, { add: saidIn(coming), remove: saidIn(going) });
      return { group, creations: await this.creations.prepare(ctx, group, coming.newDeployments) };
    });
    await this.creations.make(ctx, made.group, made.creations);
    return this.views.one(ctx, id);
  }

  /** @throws NotFoundError, IllegalActionError */
  async delete(ctx: TenantCtx, id: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const group = await this.held(ctx, id);
      await this.groups.delete(ctx, group.storageId);
      await this.record(ctx, 'delete', group, {});
    });
  }

  /**
   * The deployments go, too: all of them are judged, and their executions written, before the group is gone. Answers the
   * group of the executions.
   * @throws NotFoundError, IllegalActionError, ForbiddenError, AppError dependent_exists_error
   */
  async deleteWithDeployments(ctx: TenantCtx, id: string, options: DeletionOptions): Promise<string> {
    requirePermission(ctx, 'deployment_delete');
    const executionGroup = randomUUID();
    await this.unitOfWork.run(ctx, async (ctx) => {
      const group = await this.held(ctx, id);
      const executions: string[] = [];
      for (const member of await this.memberRows.of(ctx, group.storageId)) {
        executions.push(...(await this.deletion.startIn(ctx, member.id, options)));
      }
      await this.groups.groupExecutions(ctx, {
        id: executionGroup,
        visibility: group.visibility,
        workflowId: 'delete_deployment_environment',
        deploymentGroup: null,
        executions,
        at: this.clock.now(),
      });
      await this.groups.delete(ctx, group.storageId);
      await this.record(ctx, 'delete', group, { delete_deployments: true, execution_group: executionGroup });
    });
    this.executions.wake();
    return executionGroup;
  }

  private async columnsOf(ctx: TenantCtx, input: PutGroup): Promise<GroupColumns> {
    const { description, visibility, blueprint_id: blueprintId, default_inputs: inputs } = input;
    const createdAt = restoredDate(ctx, input);
    const creatorId = await restoredOwner(ctx, input);
    const counter = this.counterOf(ctx, input.creation_counter);
    return {
      ...(typeof description === 'string' ? { description } : {}),
      ...(typeof visibility === 'string' ? { visibility: readVisibility(visibility) } : {}),
      ...(typeof blueprintId === 'string' ? { default_blueprint_id: await this.blueprint(ctx, blueprintId) } : {}),
      ...(inputs ? { default_inputs: JSON.stringify(inputs) } : {}),
      ...(createdAt === null ? {} : { created_at: createdAt }),
      ...(creatorId === null ? {} : { creator_id: creatorId }),
      ...(counter === null ? {} : { creation_counter: counter }),
    };
  }

  private counterOf(ctx: TenantCtx, raw: unknown): number | null {
    if (raw === undefined || raw === null) return null;
    if (typeof raw !== 'number' || !Number.isInteger(raw) || raw < 0 || raw > 2_000_000_000) {
      throw new BadParametersError('`creation_counter` must be an integer of 0 or more');
    }
    requireSystemPermission(ctx, 'set_timestamp');
    return raw;
  }

  private async blueprint(ctx: TenantCtx, id: string): Promise<string> {
    const found = await this.blueprints.find(ctx, id);
    if (!found) throw new NotFoundError('Blueprint', printable(id));
    return found.storageId;
  }

  private async create(ctx: TenantCtx, id: string, columns: GroupColumns): Promise<void> {
    const visibility = columns.visibility ?? 'tenant';
    if (visibility === 'global') requirePermission(ctx, 'create_global_resource');
    await assertIdIsFree(ctx, GROUP_IDS, id, visibility);
    await this.groups.insert(ctx, id, {
      creator_id: ctx.actor.userId,
      created_at: this.clock.now(),
      ...columns,
      visibility,
    });
  }

  private async change(ctx: TenantCtx, held: GroupRow, columns: GroupColumns): Promise<void> {
    const visibility = columns.visibility ?? held.visibility;
    assertNotNarrower(held.id, held.visibility, visibility);
    if (visibility === 'global' && held.visibility !== 'global') {
      requirePermission(ctx, 'create_global_resource');
      await assertIdCanBeGlobal(ctx, GROUP_IDS, held.id);
    }
    await this.groups.update(ctx, held.storageId, columns);
  }

  private async held(ctx: TenantCtx, id: string): Promise<GroupRow> {
    const own = await this.groups.lockOwn(ctx, id);
    if (own) return own;
    if (await this.groups.find(ctx, id)) throw notOwn(ctx, GROUP_IDS.kind, id);
    throw new NotFoundError(GROUP_IDS.kind, printable(id));
  }

  private record(
    ctx: TenantCtx,
    operation: AuditOperation,
    { storageId, id }: GroupRow,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return this.audit.record(ctx, {
      action: `deployment_group.${operation}`,
      operation,
      outcome: 'success',
      refTable: 'deployment_groups',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id },
      details,
    });
  }
}

/** What was said of the members, for the record. */
function saidIn({ ids, filterId, filterRules, fromGroup, newDeployments }: MembersAsked): readonly string[] {
  return [
    ...(ids === null ? [] : ['deployment_ids']),
    ...(filterId === null ? [] : ['filter_id']),
    ...(filterRules === null ? [] : ['filter_rules']),
    ...(fromGroup === null ? [] : ['deployments_from_group']),
    ...(newDeployments.length === 0 ? [] : ['new_deployments']),
  ];
}
