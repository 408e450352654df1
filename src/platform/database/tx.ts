import type { EntityManager, QueryRunner } from 'typeorm';
import type { Ctx, Tx } from '../context/ctx.js';

/** What a Tx really is; only this folder and the repositories' base class look inside. */
class OpenTx implements Tx {
  readonly brand = 'tx';
  constructor(readonly runner: QueryRunner) {}
}

export function wrapTx(runner: QueryRunner): Tx {
  return new OpenTx(runner);
}

function runnerOf(ctx: Ctx): QueryRunner {
  if (!(ctx.tx instanceof OpenTx)) {
    // Without a transaction no tenant is set and row-level security shows nothing: a bug, said early.
    throw new Error('A repository was called outside of unitOfWork.run().');
  }
  return ctx.tx.runner;
}

/** The entity manager of the open transaction, for repositories. */
export function managerOf(ctx: Ctx): EntityManager {
  return runnerOf(ctx).manager;
}

/** Runs one parametrised statement in the open transaction and returns its rows. */
export async function queryRows<Row>(ctx: Ctx, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  const result: { records: Row[] } = await runnerOf(ctx).query(sql, [...parameters], true);
  return result.records ?? [];
}

/** Runs one parametrised statement in the open transaction and returns how many rows it touched. */
export async function execute(ctx: Ctx, sql: string, parameters: readonly unknown[] = []): Promise<number> {
  const result: { affected?: number } = await runnerOf(ctx).query(sql, [...parameters], true);
  return result.affected ?? 0;
}
