import { Injectable } from '@nestjs/common';
import { UnfinishedExecutions, type UnfinishedExecution } from '../../platform/access/unfinished-executions.js';
import { systemCtx, type Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { ExecutionsRepository } from './executions.repository.js';

@Injectable()
export class UnfinishedExecutionsService extends UnfinishedExecutions {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: ExecutionsRepository,
  ) {
    super();
  }

  override async list(ctx: Ctx): Promise<readonly UnfinishedExecution[]> {
    return this.unitOfWork.run(ctx, (ctx) => this.repository.unfinished(ctx));
  }

  override async exist(): Promise<boolean> {
    return (await this.list(systemCtx('maintenance'))).length > 0;
  }
}
