import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../../core/errors/app-error.js';
import type { Label } from '../../../core/labels/labels.js';
import { printable } from '../../../core/listing/query-values.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { DeploymentLabels } from '../labels/deployment-labels.js';
import { SearchConditions } from '../search/search-conditions.js';
import { GROUP_IDS } from './group-list.js';
import { GroupMembersRepository, type Member } from './group-members.repository.js';
import { GroupsRepository, type GroupRow } from './groups.repository.js';
import type { MembersAsked } from './membership.js';

const PARENT = 'csys-obj-parent';

/** Who is in a group, and labels that members have from it (rest-api §3.4). Everything runs in the open transaction. */
@Injectable()
export class GroupMembers {
  constructor(
    private readonly repository: GroupMembersRepository,
    private readonly groups: GroupsRepository,
    private readonly conditions: SearchConditions,
    private readonly labels: DeploymentLabels,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /** `deployment_ids`, `filter_id` and `deployments_from_group` replace who is in it, `filter_rules` adds. @throws as `asked` */
  async set(ctx: TenantCtx, group: GroupRow, asked: MembersAsked): Promise<void> {
    const { ids, filterId, fromGroup } = asked;
    const isReplaced = ids !== null || filterId !== null || fromGroup !== null;
    const wanted = await this.asked(ctx, asked);
    if (isReplaced) {
      const kept = new Set(wanted.map(({ storageId }) => storageId));
      const gone = (await this.repository.of(ctx, group.storageId)).filter(({ storageId }) => !kept.has(storageId));
      await this.repository.remove(
        ctx,
        group.storageId,
        gone.map(({ storageId }) => storageId),
      );
    }
    await this.join(ctx, group, wanted);
  }

  /** @throws as `asked` */
  async add(ctx: TenantCtx, group: GroupRow, asked: MembersAsked): Promise<void> {
    await this.join(ctx, group, await this.asked(ctx, asked));
  }

  /** @throws as `asked` */
  async remove(ctx: TenantCtx, group: GroupRow, asked: MembersAsked): Promise<void> {
    const wanted = await this.asked(ctx, asked);
    await this.repository.remove(
      ctx,
      group.storageId,
      wanted.map(({ storageId }) => storageId),
    );
  }

  /** New members get the labels of the group. @throws AppError deployment_parent_not_found_error, ConflictError */
  private async join(ctx: TenantCtx, group: GroupRow, members: readonly Member[]): Promise<void> {
    if (members.length === 0) return;
    const added = new Set(
      await this.repository.add(
        ctx,
        group.storageId,
        members.map(({ storageId }) => storageId),
      ),
    );
    const labels = added.size === 0 ? [] : await this.repository.labels(ctx, group.storageId);
    await this.label(
      ctx,
      members.filter(({ storageId }) => added.has(storageId)),
      labels,
    );
  }

  /** Makes the labels of the group these, and changes those of its members likewise. @throws as `join` */
  async setLabels(ctx: TenantCtx, group: GroupRow, labels: readonly Label[]): Promise<void> {
    const before = await this.repository.labels(ctx, group.storageId);
    const [gone, come] = [without(before, labels), without(labels, before)];
    if (gone.length === 0 && come.length === 0) return;
    const members = await this.repository.of(ctx, group.storageId);
    await this.repository.removeLabels(ctx, group.storageId, gone);
    await this.repository.unlabel(
      ctx,
      members.map(({ storageId }) => storageId),
      gone,
    );
    await this.repository.addLabels(ctx, group.storageId, come, this.author(ctx));
    await this.label(ctx, members, come);
    await this.audit.record(ctx, {
      action: 'deployment_group.labels',
      operation: 'update',
      outcome: 'success',
      refTable: 'deployment_groups_labels',
      refId: Number(group.storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id: group.id },
      details: { before, after: labels },
    });
  }

  private async label(ctx: TenantCtx, members: readonly Member[], labels: readonly Label[]): Promise<void> {
    const plain = labels.filter(({ key }) => key !== PARENT);
    const parents = labels.filter(({ key }) => key === PARENT);
    const by = this.author(ctx);
    if (plain.length > 0)
      await this.repository.label(
        ctx,
        members.map(({ storageId }) => storageId),
        plain,
        by,
      );
    // A parent is judged for each: it must not be below.
    if (parents.length > 0) for (const member of members) await this.labels.add(ctx, member, parents, by);
  }

  private author(ctx: TenantCtx): { readonly creatorId: number; readonly at: Date } {
    return { creatorId: ctx.actor.userId, at: this.clock.now() };
  }

  /** @throws NotFoundError for a deployment, filter or group that is not there; AppError invalid_filter_rule */
  private async asked(
    ctx: TenantCtx,
    { ids, filterId, filterRules, fromGroup }: MembersAsked,
  ): Promise<readonly Member[]> {
    const found = [
      ...(ids === null ? [] : await this.named(ctx, ids)),
      ...(filterId === null ? [] : await this.repository.matching(ctx, await this.conditions.stored(ctx, filterId))),
      ...(filterRules === null ? [] : await this.repository.matching(ctx, this.conditions.ofRules(filterRules))),
      ...(fromGroup === null ? [] : await this.membersOf(ctx, fromGroup)),
    ];
    return [...new Map(found.map((member) => [member.storageId, member])).values()];
  }

  private async named(ctx: TenantCtx, ids: readonly string[]): Promise<readonly Member[]> {
    const found = await this.repository.named(ctx, ids);
    const known = new Set(found.map(({ id }) => id));
    const missing = ids.find((id) => !known.has(id));
    if (missing !== undefined) throw new NotFoundError('Deployment', printable(missing));
    return found;
  }

  private async membersOf(ctx: TenantCtx, id: string): Promise<readonly Member[]> {
    const group = await this.groups.find(ctx, id);
    if (!group) throw new NotFoundError(GROUP_IDS.kind, printable(id));
    return this.repository.of(ctx, group.storageId);
  }
}

function without(labels: readonly Label[], others: readonly Label[]): readonly Label[] {
  return labels.filter(({ key, value }) => !others.some((other) => other.key === key && other.value === value));
}
