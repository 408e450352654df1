import { Injectable } from '@nestjs/common';
import { ConflictError } from '../../core/errors/app-error.js';
import { Clock } from '../clock/clock.js';
import { systemCtx } from '../context/ctx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { AllTenants } from './all-tenants.js';
import { KeyRotationRepository, type RotationRow, type RotationScope } from './key-rotation.repository.js';

/** Sees to it that one rotation runs at a time, and remembers one that did not end. */
@Injectable()
export class RotationJournal {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: KeyRotationRepository,
    private readonly tenants: AllTenants,
    private readonly clock: Clock,
  ) {}

  /** @throws ConflictError while somebody else rotates, in this process or another. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.unitOfWork.run(systemCtx('key-rotation'), async (ctx) => {
      if (!(await this.repository.tryLock(ctx))) throw new ConflictError('A rotation of keys is under way already');
      return work();
    });
  }

  async unfinished(): Promise<RotationRow | undefined> {
    return this.unitOfWork.run(systemCtx('key-rotation'), (ctx) => this.repository.unfinished(ctx));
  }

  async latest(): Promise<RotationRow | undefined> {
    return this.unitOfWork.run(systemCtx('key-rotation'), (ctx) => this.repository.latest(ctx));
  }

  async begin(scope: RotationScope): Promise<RotationRow> {
    return this.unitOfWork.run(await this.tenants.ctx('key-rotation'), (ctx) =>
      this.repository.begin(ctx, scope, this.clock.now()),
    );
  }

  async finish(id: number, result: { readonly rewrapped: number; readonly unreadable: number }): Promise<void> {
    await this.unitOfWork.run(systemCtx('key-rotation'), (ctx) =>
      this.repository.finish(ctx, id, result, this.clock.now()),
    );
  }
}
