import { Injectable } from '@nestjs/common';
import { DslError } from '../../../core/dsl/diagnostics.js';
import { evaluateFunctions, evaluateNodeFunctions } from '../../../core/dsl/functions/run-time.js';
import { readJson } from '../../../core/dsl/json-values.js';
import { isDict, isList, type Key, type Value } from '../../../core/dsl/values.js';
import { AppError } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import { dictOf, type DatabaseStore } from '../evaluation/database-store.js';
import { EvaluationStores } from '../evaluation/evaluation-stores.js';
import { exactJson } from '../exact-json.js';
import { jsonText } from '../planning/plan-rows.js';

const TEXTS = [
  'properties',
  'operations',
  'relationships',
  'plugins',
  'plugins_to_install',
  'runtime_properties',
  'system_properties',
] as const;
/** What functions may stand in. */
const EVALUATED = ['properties', 'operations', 'relationships'] as const;

/** Nodes and node instances as they go out. */
@Injectable()
export class NodeViews {
  constructor(private readonly stores: EvaluationStores) {}

  plain(item: Item): Item {
    const view: Item = { ...item };
    for (const field of TEXTS) {
      const text = view[field];
      if (typeof text === 'string') view[field] = exactJson(text);
    }
    return view;
  }

  /**
   * Nodes with their functions evaluated, in the name of an instance where one is given. Joins the open transaction.
   * @throws AppError functions_evaluation_error
   */
  async evaluated(ctx: TenantCtx, items: readonly Item[], instance: string | null): Promise<readonly Item[]> {
    const stores = new Map<string, DatabaseStore | null>();
    const views: Item[] = [];
    for (const item of items) {
      const deployment = String(item['deployment_id']);
      const store = stores.get(deployment) ?? (await this.stores.of(ctx, { id: deployment }));
      stores.set(deployment, store);
      const evaluated = store === null ? item : await inNode(item, instance, store);
      views.push(this.plain(evaluated));
    }
    return views;
  }

  /** @throws AppError functions_evaluation_error */
  async evaluatedInstance(ctx: TenantCtx, item: Item): Promise<Item> {
    const text = item['runtime_properties'];
    const store = await this.stores.of(ctx, { id: String(item['deployment_id']) });
    if (store === null || typeof text !== 'string') return this.plain(item);
    const properties = dictOf(text);
    const values = await told(() => evaluateFunctions([...properties.values()], { self: String(item['id']) }, store));
    const evaluated = new Map(
      [...properties.keys()].map((key, at) => [key, (isList(values) ? values[at] : null) ?? null]),
    );
    return this.plain({ ...item, runtime_properties: jsonText(evaluated) });
  }
}

async function inNode(item: Item, instance: string | null, store: DatabaseStore): Promise<Item> {
  const node = new Map<Key, Value>([['id', String(item['id'])]]);
  for (const field of EVALUATED) {
    const text = item[field];
    if (typeof text === 'string') node.set(field, readJson(text));
  }
  const evaluated = await told(() => evaluateNodeFunctions(node, instance, store));
  const changed: Record<string, string> = {};
  for (const field of EVALUATED) {
    const value = isDict(evaluated) ? evaluated.get(field) : undefined;
    if (value !== undefined) changed[field] = jsonText(value);
  }
  return { ...item, ...changed };
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DslError)) throw error;
    throw new AppError('functions_evaluation_error', `Failed evaluating functions: ${error.message}`, { cause: error });
  }
}
