import { Injectable } from '@nestjs/common';
import { systemCtx } from '../context/ctx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { VaultStateRepository } from './vault-state.repository.js';

/** Which installation this is: part of everything sealed, so that a copied row opens nowhere else. Read once. */
@Injectable()
export class Installation {
  private known: string | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly state: VaultStateRepository,
  ) {}

  async id(): Promise<string> {
    this.known ??= await this.unitOfWork.run(systemCtx('vault'), (ctx) => this.state.installationId(ctx));
    return this.known;
  }
}
