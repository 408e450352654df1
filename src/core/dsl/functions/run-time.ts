import type { Dict, Value } from '../values.js';
import type { EvaluationNode, EvaluationStore } from './store.js';

/** Ids of the node instances in whose name a request is evaluated (dsl.md §16). */
export interface EvaluationContext {
  readonly self?: string | null;
  readonly source?: string | null;
  readonly target?: string | null;
}

/** All functions in the payload replaced. @throws DslError */
export async function evaluateFunctions(
  _payload: Value,
  _context: EvaluationContext,
  _store: EvaluationStore,
): Promise<Value> {
  throw new Error('not yet');
}

/** Name → value of stored outputs (dsl.md §16). @throws DslError */
export async function evaluateOutputs(
  _outputs: ReadonlyMap<string, { readonly value: Value }>,
  _store: EvaluationStore,
): Promise<Dict> {
  throw new Error('not yet');
}

/** Name → value of stored capabilities (dsl.md §16). @throws DslError */
export async function evaluateCapabilities(
  _capabilities: ReadonlyMap<string, { readonly value: Value }>,
  _store: EvaluationStore,
): Promise<Dict> {
  throw new Error('not yet');
}

/** A node, functions in its own definition replaced. @param hint an instance that stands for its node. @throws DslError */
export async function evaluateNodeFunctions<N extends EvaluationNode>(
  _node: N,
  _hint: string | null,
  _store: EvaluationStore,
): Promise<N> {
  throw new Error('not yet');
}
