import { Injectable } from '@nestjs/common';
import { DslError } from '../../../core/dsl/diagnostics.js';
import {
  evaluateCapabilities,
  evaluateFunctions,
  evaluateOutputs,
  type EvaluationContext,
} from '../../../core/dsl/functions/run-time.js';
import { readJson } from '../../../core/dsl/json-values.js';
import type { Value } from '../../../core/dsl/values.js';
import { AppError, NotFoundError, type ErrorCode } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { exactJson } from '../exact-json.js';
import { jsonText } from '../planning/plan-rows.js';
import { dictOf, type DatabaseStore } from './database-store.js';
import { EvaluationStores } from './evaluation-stores.js';

/** What functions make of a deployment now (dsl.md §16, rest-api §3.2, §3.19). Each reading of a secret is on record. */
@Injectable()
export class DeploymentValuesService {
  constructor(private readonly stores: EvaluationStores) {}

  /** @throws NotFoundError, AppError deployment_outputs_evaluation_error */
  async outputs(ctx: TenantCtx, id: string): Promise<unknown> {
    const store = await this.store(ctx, id);
    return evaluated('deployment_outputs_evaluation_error', 'outputs', () =>
      evaluateOutputs(dictOf(store.deployment.outputs), store),
    );
  }

  /** @throws NotFoundError, AppError deployment_capabilities_evaluation_error */
  async capabilities(ctx: TenantCtx, id: string): Promise<unknown> {
    const store = await this.store(ctx, id);
    return evaluated('deployment_capabilities_evaluation_error', 'capabilities', () =>
      evaluateCapabilities(dictOf(store.deployment.capabilities), store),
    );
  }

  /** @throws NotFoundError, AppError functions_evaluation_error */
  async evaluate(
    ctx: TenantCtx,
    id: string,
    payload: Readonly<Record<string, unknown>>,
    context: EvaluationContext,
  ): Promise<unknown> {
    const store = await this.store(ctx, id);
    return evaluated('functions_evaluation_error', 'functions', () =>
      evaluateFunctions(readJson(JSON.stringify(payload)), context, store),
    );
  }

  private async store(ctx: TenantCtx, id: string): Promise<DatabaseStore> {
    const store = await this.stores.of(ctx, { id });
    if (store === null) throw new NotFoundError('Deployment', printable(id));
    return store;
  }
}

async function evaluated(code: ErrorCode, what: string, work: () => Promise<Value>): Promise<unknown> {
  try {
    return exactJson(jsonText(await work()));
  } catch (error) {
    if (!(error instanceof DslError)) throw error;
    throw new AppError(code, `Failed evaluating ${what}: ${error.message}`, { cause: error });
  }
}
