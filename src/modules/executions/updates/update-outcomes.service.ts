import { Injectable } from '@nestjs/common';
import { AppError, type ErrorCode } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { SystemExecutionsService } from '../system-executions.service.js';
import { UpdateRecords } from './update-records.repository.js';

/** How long a preview is waited for, in ms; planning itself is bounded below that. */
const WAIT_MS = 180_000;

/** What became of updates. */
@Injectable()
export class UpdateOutcomes {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly records: UpdateRecords,
    private readonly executions: SystemExecutionsService,
  ) {}

  /** Waits for the end of a preview. @throws AppError with which its plan was refused */
  async ofPreview(ctx: TenantCtx, executionId: string, update: string): Promise<void> {
    await this.executions.waitForEnd(ctx, executionId, WAIT_MS);
    const text = await this.unitOfWork.run(ctx, async (ctx) => {
      const record = await this.records.lock(ctx, update);
      return record?.state === 'failed' ? this.records.part(ctx, record.storageId, 'refused') : 'null';
    });
    const refused = JSON.parse(text) as { readonly code: ErrorCode; readonly message: string } | null;
    if (refused !== null) throw new AppError(refused.code, refused.message);
  }
}
