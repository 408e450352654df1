import { Injectable } from '@nestjs/common';
import { AppError, IllegalActionError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Json } from '../../../core/graph/task.js';
import { printable } from '../../../core/listing/query-values.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { DeploymentUpdating } from '../../deployments/updating/deployment-updating.service.js';
import { UpdateSteps, type UpdateStep } from '../running/update-steps.port.js';
import { UpdateRecords, type UpdateProgress, type UpdateRecord } from './update-records.repository.js';

/**
 * The steps of an update over its record (orchestration §11). How far it got stands there and changes with what was done,
 * so that whoever is asked again after a crash does nothing twice.
 */
@Injectable()
export class DatabaseUpdateSteps extends UpdateSteps {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly records: UpdateRecords,
    private readonly updating: DeploymentUpdating,
    private readonly audit: AuditSink,
  ) {
    super();
  }

  /** @throws AppError for what cannot be updated like this; nothing has changed then */
  override async prepare(ctx: TenantCtx, step: UpdateStep): Promise<Json> {
    const { record, asked } = await this.unitOfWork.run(ctx, async (ctx) => ({
      record: await this.held(ctx, step),
      asked: await this.records.asked(ctx, step.executionStorageId),
    }));
    if (record.progress === 'begun') await this.plan(ctx, step, record, asked);
    return this.unitOfWork.run(ctx, async (ctx) => {
      if (asked.isPreview) {
        await this.records.advance(ctx, record.storageId, { progress: 'finished', state: 'successful' });
      }
      return JSON.parse((await this.updating.changes(ctx, record)) ?? 'null') as Json;
    });
  }

  override async perform(ctx: TenantCtx, step: UpdateStep): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const record = await this.held(ctx, step);
      if (isDone(record, 'performed')) return;
      if (record.newBlueprintStorageId === null) throw new IllegalActionError('The new blueprint was deleted');
      await this.updating.perform(ctx, record, record.deployment, record);
      await this.records.advance(ctx, record.storageId, { progress: 'performed' });
      await this.record(ctx, 'perform', record);
    });
  }

  override async finish(ctx: TenantCtx, step: UpdateStep, clean: readonly string[]): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const record = await this.held(ctx, step);
      if (isDone(record, 'finished')) return;
      await this.updating.finish(ctx, record, record.deployment, clean);
      await this.records.advance(ctx, record.storageId, { progress: 'finished', state: 'successful' });
      await this.record(ctx, 'finish', record);
    });
  }

  private async plan(
    ctx: TenantCtx,
    step: UpdateStep,
    record: UpdateRecord,
    asked: { readonly isPreview: boolean; readonly autoCorrectTypes: boolean },
  ): Promise<void> {
    const { storageId, deploymentStorageId, newBlueprintStorageId: blueprintStorageId } = record;
    if (blueprintStorageId === null) throw new IllegalActionError('The new blueprint was deleted');
    const { newInputs, runtimeOnly } = record;
    const inputs = newInputs ?? '{}';
    try {
      await this.updating.plan(
        ctx,
        { storageId, deploymentStorageId, blueprintStorageId, inputs, runtimeOnly, ...asked },
        new AbortController().signal,
        async (ctx) => (await this.held(ctx, step)).progress === 'begun',
      );
    } catch (error) {
      if (error instanceof AppError) await this.refuse(ctx, record, error);
      throw error;
    }
  }

  /** Whoever waits for a preview is told why there is none. */
  private async refuse(ctx: TenantCtx, { storageId }: UpdateRecord, { code, message }: AppError): Promise<void> {
    const content = JSON.stringify({ refused: { code, message } });
    await this.unitOfWork.run(ctx, (ctx) => this.records.patch(ctx, storageId, { state: null, steps: null, content }));
  }

  /** The record, held until the end of the transaction; it is this execution's from now on, if it was nobody's. */
  private async held(ctx: TenantCtx, step: UpdateStep): Promise<UpdateRecord> {
    const record = await this.records.lock(ctx, step.update);
    if (!record) throw new NotFoundError('DeploymentUpdate', printable(step.update));
    const { executionStorageId: execution, deploymentStorageId: deployment } = record;
    if (deployment !== step.deploymentStorageId || (execution !== null && execution !== step.executionStorageId)) {
      throw new IllegalActionError(`The update ${record.id} is not one of this execution`);
    }
    if (record.state === 'failed') throw new IllegalActionError(`The update ${record.id} has failed already`);
    if (execution === null) await this.records.setExecution(ctx, record.storageId, step.executionStorageId);
    return record;
  }

  private async record(ctx: TenantCtx, verb: string, { storageId, id, deployment }: UpdateRecord): Promise<void> {
    await this.audit.record(ctx, {
      action: `deployment_update.${verb}`,
      operation: 'update',
      outcome: 'success',
      refTable: 'deployment_updates',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id },
      details: { deployment: deployment.id },
    });
  }
}

const ORDER: readonly UpdateProgress[] = ['begun', 'prepared', 'performed', 'finished'];

/** @throws IllegalActionError when a step before was left out */
function isDone({ id, progress }: UpdateRecord, step: UpdateProgress): boolean {
  const [has, wants] = [ORDER.indexOf(progress), ORDER.indexOf(step)];
  if (has >= wants) return true;
  if (has === wants - 1) return false;
  throw new IllegalActionError(`The update ${id} was not prepared`);
}
