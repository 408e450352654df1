import { Injectable } from '@nestjs/common';
import {
  BadParametersError,
  ConflictError,
  ForbiddenError,
  IllegalActionError,
  NotFoundError,
} from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { assertName } from '../../../core/text/names.js';
import { isStorable } from '../../../core/text/storable.js';
import { requireSystemPermission } from '../../../platform/access/require-permission.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { accountNamed } from '../../../platform/database/account-named.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { DeployableBlueprintsService } from '../../blueprints/deployable-blueprints.service.js';
import { WorkflowChecks } from '../starting/workflow-checks.service.js';
import { UpdateRecords } from './update-records.repository.js';
import { UPDATE_STATES, type PatchUpdate, type PutUpdate, type UpdateState } from './update.dto.js';

/** Records that workflows elsewhere and restores write (rest-api §3.5). */
@Injectable()
export class RestoredUpdates {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly records: UpdateRecords,
    private readonly checks: WorkflowChecks,
    private readonly blueprints: DeployableBlueprintsService,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /** All of them, or none. @throws as `put` */
  async putAll(ctx: TenantCtx, updates: readonly (readonly [id: string, input: PutUpdate])[]): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      for (const [id, input] of updates) await this.put(ctx, id, input);
    });
  }

  /**
   * @throws ForbiddenError outside an execution, or for restore fields; NotFoundError for deployment, blueprint and
   *   execution; BadParametersError, ConflictError
   */
  async put(ctx: TenantCtx, id: string, input: PutUpdate): Promise<void> {
    assertName('id', id);
    const { executionId: caller } = ctx.actor;
    const executionId = input.execution_id ?? caller ?? null;
    if (executionId === null) throw new ForbiddenError('Only an execution may write a deployment update');
    const createdAt = createdAtOf(ctx, input);
    const inputs = input.inputs ?? input.new_inputs ?? {};
    await this.unitOfWork.run(ctx, async (ctx) => {
      const deployment = await this.checks.deployment(ctx, input.deployment_id);
      if (deployment.tenantId !== ctx.tenantId) this.checks.notFound(input.deployment_id);
      const execution = await this.records.execution(ctx, executionId, deployment.storageId);
      if (execution === null) throw new NotFoundError('Execution', printable(executionId));
      const storageId = await this.records.insert(ctx, {
        id,
        deploymentStorageId: deployment.storageId,
        creatorId: await creatorOf(ctx, input),
        state: stateOf(input.state ?? null) ?? 'updating',
        executionStorageId: execution,
        newBlueprintStorageId: await this.blueprint(ctx, input.blueprint_id ?? input.new_blueprint_id ?? null),
        oldBlueprintName: input.old_blueprint_id ?? null,
        newBlueprintName: input.blueprint_id ?? input.new_blueprint_id ?? null,
        oldInputs: input.old_inputs ? jsonOf('old_inputs', input.old_inputs) : null,
        inputs: jsonOf('inputs', inputs),
        steps: jsonOf('steps', input.steps ?? []),
        runtimeOnly: input.runtime_only_evaluation ?? null,
        keepsDependencies: input.keep_old_deployment_dependencies ?? false,
        createdAt: createdAt ?? this.clock.now(),
      });
      await this.record(ctx, 'create', { storageId, id });
    });
  }

  /** @throws NotFoundError, BadParametersError, ConflictError while the manager itself runs the update */
  async patch(ctx: TenantCtx, id: string, input: PatchUpdate): Promise<void> {
    const state = stateOf(input.state ?? null);
    const { plan = null, nodes = null, node_instances: instances = null, steps = null } = input;
    const content = {
      ...(plan === null ? {} : { deployment_plan: plan }),
      ...(nodes === null ? {} : { deployment_update_nodes: nodes }),
      ...(instances === null ? {} : { deployment_update_node_instances: instances }),
    };
    await this.unitOfWork.run(ctx, async (ctx) => {
      const record = await this.records.lock(ctx, id);
      if (!record) throw new NotFoundError('DeploymentUpdate', printable(id));
      if (record.state === 'updating' && (record.progress === 'prepared' || record.progress === 'performed')) {
        throw new ConflictError(`The update ${record.id} is being made; nothing else may write its record`);
      }
      await this.records.patch(ctx, record.storageId, {
        state,
        steps: steps === null ? null : jsonOf('steps', steps),
        content: jsonOf('plan', content),
      });
      await this.record(ctx, 'update', record);
    });
  }

  private async blueprint(ctx: TenantCtx, id: string | null): Promise<string | null> {
    if (id === null) return null;
    const found = await this.blueprints.find(ctx, id);
    if (!found) throw new NotFoundError('Blueprint', printable(id));
    if (found.state !== 'uploaded') throw new IllegalActionError(`The blueprint ${found.id} is not uploaded`);
    return found.storageId;
  }

  private async record(
    ctx: TenantCtx,
    operation: 'create' | 'update',
    { storageId, id }: { readonly storageId: string; readonly id: string },
  ): Promise<void> {
    await this.audit.record(ctx, {
      action: `deployment_update.${operation}`,
      operation,
      outcome: 'success',
      refTable: 'deployment_updates',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id },
    });
  }
}

function stateOf(raw: string | null): UpdateState | null {
  if (raw === null) return null;
  const known = UPDATE_STATES.find((state) => state === raw);
  if (known === undefined) throw new BadParametersError(`\`state\` must be one of ${UPDATE_STATES.join(', ')}`);
  return known;
}

function createdAtOf(ctx: TenantCtx, { created_at: raw }: PutUpdate): Date | null {
  if (raw === undefined || raw === null) return null;
  const date = readIsoDate(raw);
  if (!date) throw new BadParametersError(`\`created_at\` is not a date: \`${printable(raw)}\``);
  requireSystemPermission(ctx, 'set_timestamp');
  return date;
}

async function creatorOf(ctx: TenantCtx, { created_by: name }: PutUpdate): Promise<number> {
  if (name === undefined || name === null) return ctx.actor.userId;
  requireSystemPermission(ctx, 'set_owner');
  return accountNamed(ctx, name);
}

function jsonOf(name: string, value: unknown): string {
  if (!isStorable(value)) throw new BadParametersError(`\`${name}\` holds characters that cannot be stored`);
  return JSON.stringify(value);
}
