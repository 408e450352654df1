import { Injectable } from '@nestjs/common';
import { isSystemAdministrator } from '../../core/access/actor.js';
import { BadParametersError, ConflictError, ForbiddenError, NotFoundError } from '../../core/errors/app-error.js';
import { isStorable } from '../../core/text/storable.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { ProviderContextView, PutProviderContext } from './provider-context.dto.js';
import { ProviderContextRepository } from './provider-context.repository.js';

/** A document about the installation that clients keep here. The manager itself does not act on it. */
@Injectable()
export class ProviderContextService {
  constructor(
    private readonly contexts: ProviderContextRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly audit: AuditSink,
  ) {}

  async get(ctx: Ctx): Promise<ProviderContextView> {
    const found = await this.unitOfWork.run(ctx, (ctx) => this.contexts.find(ctx));
    if (!found) throw new NotFoundError('ProviderContext', 'CONTEXT');
    return found;
  }

  /** @throws ConflictError when there is one already, which a new installation has. */
  async create(ctx: Ctx, input: PutProviderContext): Promise<void> {
    assertStorable(input);
    await this.unitOfWork.run(ctx, async (ctx) => {
      if (!(await this.contexts.insert(ctx, input))) throw new ConflictError('The provider context exists already');
      await this.record(ctx, 'create', input.name);
    });
  }

  /**
   * Everybody reads the one context, and by default every role may create one: so changing what is there is left to
   * system administrators.
   * @throws ForbiddenError for others.
   */
  async replace(ctx: Ctx, input: PutProviderContext): Promise<void> {
    assertStorable(input);
    if (!isSystemAdministrator(ctx.actor)) {
      throw new ForbiddenError('Only a system administrator may change the provider context');
    }
    await this.unitOfWork.run(ctx, async (ctx) => {
      await this.contexts.replace(ctx, input);
      await this.record(ctx, 'update', input.name);
    });
  }

  private record(ctx: Ctx, operation: 'create' | 'update', name: string): Promise<void> {
    return this.audit.record(ctx, {
      action: `provider_context.${operation}`,
      operation,
      outcome: 'success',
      refTable: 'provider_context',
      refId: null,
      refIdentifier: { id: 'CONTEXT', name },
    });
  }
}

function assertStorable({ name, context }: PutProviderContext): void {
  if (!isStorable(name) || !isStorable(context)) {
    throw new BadParametersError('A text of the provider context contains a character that cannot be stored');
  }
}
