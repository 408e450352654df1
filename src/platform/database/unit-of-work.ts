import { Injectable } from '@nestjs/common';
import { DataSource, QueryFailedError } from 'typeorm';
import { NO_REACH, type Ctx, type ReachCtx } from '../context/ctx.js';
import { wrapTx } from './tx.js';

/** serialization_failure and deadlock_detected: the whole unit may run again in a new transaction. */
const RETRYABLE = new Set(['40001', '40P01']);
const MAX_ATTEMPTS = 3;

export function sqlStateOf(error: unknown): string | undefined {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined;
}

/** The name of the constraint that refused a statement, or undefined. Repositories translate it into the contract's error. */
export function violatedConstraint(error: unknown): string | undefined {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return typeof cause === 'object' && cause !== null && 'constraint' in cause && typeof cause.constraint === 'string'
    ? cause.constraint
    : undefined;
}

/**
 * Opens transactions and tells row-level security who is asking: tenant, reach and user are set per transaction, never
 * per session (security-design §5), so that a pooled connection carries nothing over.
 */
@Injectable()
export class UnitOfWork {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Joins the open transaction, or opens one, commits it when `work` resolves and rolls back when it rejects. A
   * serialization failure or deadlock runs the whole unit again, three times at most: no network, hashing or broker inside.
   */
  async run<C extends Ctx, T>(ctx: C, work: (ctx: C) => Promise<T>): Promise<T> {
    if (ctx.tx) return work(ctx);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once(ctx, work);
      } catch (error) {
        const state = sqlStateOf(error);
        if (state === undefined || !RETRYABLE.has(state) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  private async once<C extends Ctx, T>(ctx: C, work: (ctx: C) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      await runner.query(
        `SELECT set_config('holdfast.tenant', $1, true), set_config('holdfast.tenants', $2, true),
                set_config('holdfast.administered', $3, true), set_config('holdfast.user', $4, true)`,
        rowSecuritySettings(ctx),
      );
      const result = await work({ ...ctx, tx: wrapTx(runner) });
      await runner.commitTransaction();
      return result;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }
}

/** The values of holdfast.tenant, .tenants, .administered and .user for a context; empty text means unset. */
export function rowSecuritySettings(ctx: Ctx): [string, string, string, string] {
  const reach = isReachCtx(ctx) ? ctx.reach : NO_REACH;
  return [
    ctx.tenantId === null ? '' : String(ctx.tenantId),
    `{${reach.tenantIds.join(',')}}`,
    `{${reach.administeredTenantIds.join(',')}}`,
    String(ctx.actor.userId),
  ];
}

function isReachCtx(ctx: Ctx): ctx is ReachCtx {
  return 'reach' in ctx;
}
