import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { BadParametersError, ConflictError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { assertLooseName } from '../../../core/text/names.js';
import { requirePermission } from '../../../platform/access/require-permission.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { readCreation, type CreationRequest } from '../creation/creation-request.js';
import { DeploymentCreationService } from '../creation/deployment-creation.service.js';
import { GroupMembers } from './group-members.js';
import { GroupsRepository, type GroupRow } from './groups.repository.js';
import { filledTemplate, type TemplateValues } from './id-template.js';
import type { MembersAsked } from './membership.js';

type Specification = Readonly<Record<string, unknown>>;

interface Creation {
  readonly id: string;
  readonly request: CreationRequest;
}

const DEFAULT_TEMPLATE = '{group_id}-{uuid}';

/** `new_deployments` of a group (rest-api §3.4). */
@Injectable()
export class GroupCreations {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly groups: GroupsRepository,
    private readonly members: GroupMembers,
    private readonly creation: DeploymentCreationService,
    private readonly clock: Clock,
  ) {}

  /**
   * Reads what is wanted, and takes its numbers, in the open transaction.
   * @throws ConflictError without a default blueprint, and for an id that several would have; BadParametersError
   */
  async prepare(ctx: TenantCtx, group: GroupRow, wanted: MembersAsked['newDeployments']): Promise<readonly Creation[]> {
    if (wanted.length === 0) return [];
    requirePermission(ctx, 'deployment_create');
    const { blueprintId } = group;
    if (blueprintId === null) {
      throw new ConflictError(`Cannot create deployments: group ${group.id} has no default blueprint set`);
    }
    const first = await this.groups.count(ctx, group.storageId, wanted.length);
    const creations = wanted.map((one, index) => creationOf(group, blueprintId, one, first + index));
    const ids = creations.map(({ id }) => id);
    const twice = ids.find((id, index) => ids.indexOf(id) < index);
    if (twice !== undefined) {
      throw new ConflictError(`Several deployments would have the id ${twice}: the template has no variable part`);
    }
    return creations;
  }

  /**
   * Makes them, each of which joins the group as it is there; their executions are in one group. What was made before
   * another was refused stays.
   * @throws as DeploymentCreationService.create
   */
  async make(ctx: TenantCtx, group: GroupRow, creations: readonly Creation[]): Promise<void> {
    const executions: string[] = [];
    try {
      for (const { id, request } of creations) {
        const made = await this.creation.create(ctx, id, request, { isAsync: true, include: null });
        await this.unitOfWork.run(ctx, (ctx) => this.members.add(ctx, group, only(id)));
        const execution = made['create_execution'];
        if (typeof execution === 'string') executions.push(execution);
      }
    } finally {
      if (executions.length > 0) await this.follow(ctx, group, executions);
    }
  }

  private async follow(ctx: TenantCtx, group: GroupRow, executions: readonly string[]): Promise<void> {
    await this.unitOfWork.run(ctx, (ctx) =>
      this.groups.groupExecutions(ctx, {
        id: randomUUID(),
        visibility: group.visibility,
        workflowId: 'create_deployment_environment',
        deploymentGroup: group.storageId,
        executions,
        at: this.clock.now(),
      }),
    );
  }
}

function only(id: string): MembersAsked {
  return { ids: [id], filterId: null, filterRules: null, fromGroup: null, newDeployments: [] };
}

function creationOf(group: GroupRow, blueprintId: string, wanted: Specification, count: number): Creation {
  const siteName = text(wanted, 'site_name');
  const values: TemplateValues = {
    group_id: group.id,
    uuid: randomUUID(),
    blueprint_id: blueprintId,
    count,
    site_name: siteName ?? '',
  };
  const displayName = text(wanted, 'display_name');
  const request = readCreation(
    {
      blueprint_id: blueprintId,
      inputs: { ...group.defaultInputs, ...dict(wanted, 'inputs') },
      labels: list(wanted, 'labels'),
      site_name: siteName,
      display_name: displayName === null ? null : filledTemplate(displayName, values),
      visibility: group.visibility === 'private' ? 'private' : null,
      runtime_only_evaluation: flag(wanted, 'runtime_only_evaluation'),
      skip_plugins_validation: flag(wanted, 'skip_plugins_validation'),
    },
    null,
  );
  return { id: assertLooseName('id', filledTemplate(text(wanted, 'id') ?? DEFAULT_TEMPLATE, values)), request };
}

function text(raw: Specification, name: string): string | null {
  const value = raw[name] ?? null;
  if (value === null || typeof value === 'string') return value === '' ? null : value;
  throw wrong(name, 'str');
}

function dict(raw: Specification, name: string): Specification {
  const value = raw[name] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Specification;
  throw wrong(name, 'dict');
}

function list(raw: Specification, name: string): readonly unknown[] {
  const value = raw[name] ?? [];
  if (Array.isArray(value)) return value;
  throw wrong(name, 'list');
}

function flag(raw: Specification, name: string): boolean {
  const value = raw[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw wrong(name, 'bool');
}

function wrong(name: string, type: string): BadParametersError {
  return new BadParametersError(`new_deployments: ${printable(name)} is expected to be of type ${type}`);
}
