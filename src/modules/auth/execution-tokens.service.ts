import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { executionTokenLookup, tokenMac } from '../../core/access/token-format.js';
import { NotFoundError } from '../../core/errors/app-error.js';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { ExecutionTokens } from '../../platform/executions/execution-tokens.js';
import { executionClaims } from './execution-claims.js';
import { ExecutionTokensRepository } from './execution-tokens.repository.js';
import { TokenKey } from './token-key.js';

/** Makes the tokens of executions (security-design §1 row 6). */
@Injectable()
export class ExecutionTokensService extends ExecutionTokens {
  constructor(
    private readonly repository: ExecutionTokensRepository,
    private readonly key: TokenKey,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async mint(ctx: TenantCtx, executionStorageId: string): Promise<string> {
    const owner = await this.repository.owner(ctx, executionStorageId);
    if (!owner) throw new NotFoundError('Execution', executionStorageId);
    const token = randomBytes(16).toString('hex');
    const lookup = executionTokenLookup(this.key.current, token);
    const claims = executionClaims({ lookup, executionStorageId, tenantId: ctx.tenantId, ...owner });
    await this.repository.insert(ctx, {
      executionStorageId,
      lookup,
      mac: tokenMac(this.key.current, claims, token),
      createdAt: this.clock.now(),
      ...owner,
    });
    return token;
  }

  override revoke(ctx: TenantCtx, executionStorageId: string): Promise<void> {
    return this.repository.remove(ctx, executionStorageId);
  }
}
