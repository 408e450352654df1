import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { AppConfig, type ServeRole } from '../../platform/config/config.js';
import { systemCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Log } from '../../platform/logging/log.js';
import { ServerIdentity } from '../../platform/tls/server-identity.js';
import { ProcessRepository } from './process.repository.js';

export type Role = Exclude<ServeRole, 'all'>;

const BEAT_EVERY_MS = 10_000;

/** Says every ten seconds that this process and its roles are there, so that the others know. */
@Injectable()
export class ProcessPresence implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly id = randomUUID();
  private timer: NodeJS.Timeout | null = null;
  private beating: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: AppConfig,
    private readonly identity: ServerIdentity,
    private readonly processes: ProcessRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly log: Log,
  ) {}

  get ownRoles(): readonly Role[] {
    return this.config.role === 'all' ? ['api', 'worker', 'scheduler'] : [this.config.role];
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.beat();
    this.timer = setInterval(() => {
      this.beating = this.beat();
    }, BEAT_EVERY_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer === null) return;
    clearInterval(this.timer);
    await this.beating;
    await this.unitOfWork
      .run(systemCtx('presence'), (ctx) => this.processes.forget(ctx, this.id))
      .catch((error: unknown) => this.log.debug('this process stays listed until it is missed', { error }));
  }

  private async beat(): Promise<void> {
    const sign = { id: this.id, hostname: this.identity.hostname, roles: this.ownRoles };
    try {
      await this.unitOfWork.run(systemCtx('presence'), (ctx) => this.processes.beat(ctx, sign));
    } catch (error) {
      this.log.warn('a sign of life could not be written', { error });
    }
  }
}
