import { Injectable } from '@nestjs/common';
import { systemCtx, type ReachCtx } from '../context/ctx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { VaultStateRepository } from './vault-state.repository.js';

/** The tenants there are, for work on all of them. */
@Injectable()
export class AllTenants {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly state: VaultStateRepository,
  ) {}

  async ids(reason: string): Promise<number[]> {
    return this.unitOfWork.run(systemCtx(reason), (ctx) => this.state.tenantIds(ctx));
  }

  /** Reads the rows of every tenant, private ones included, and writes none of them. */
  async ctx(reason: string): Promise<ReachCtx> {
    const ids = await this.ids(reason);
    return { ...systemCtx(reason), reach: { tenantIds: ids, administeredTenantIds: ids } };
  }
}
