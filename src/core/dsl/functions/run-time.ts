import { Path } from '../diagnostics.js';
import type { Dict, Key, Value } from '../values.js';
import { isDict, isList, keyText } from '../values.js';
import { asCall } from './call.js';
import type { Frame, Keyword, Meaning } from './definition.js';
import { evaluate } from './evaluate.js';
import { holdsCalls, measure } from './measure.js';
import { FunctionFailure, REQUEST_LIMITS, Run } from './run.js';
import type { Steps } from './steps.js';
import { runLater } from './steps.js';
import type { EvaluationStore } from './store.js';

/** Ids of the node instances in whose name a request is evaluated (dsl.md §16). */
export interface EvaluationContext {
  readonly self?: string | null;
  readonly source?: string | null;
  readonly target?: string | null;
}

/** All functions in the payload replaced. @throws FunctionFailure */
export async function evaluateFunctions(
  payload: Value,
  context: EvaluationContext,
  store: EvaluationStore,
): Promise<Value> {
  const frame = frameOf(store, context);
  return await runLater(evaluatePart(payload, frame));
}

/**
 * Name → value of stored outputs (dsl.md §16): an attribute whose instance cannot be told becomes `<ERROR: …>`, an
 * output that is directly an unknown secret is left out.
 * @throws FunctionFailure
 */
export async function evaluateOutputs(outputs: Dict, store: EvaluationStore): Promise<Dict> {
  return await runLater(evaluateDefinitions(outputs, frameOf(store, {}, true), true));
}

/** Name → value of stored capabilities (dsl.md §16). @throws FunctionFailure */
export async function evaluateCapabilities(capabilities: Dict, store: EvaluationStore): Promise<Dict> {
  return await runLater(evaluateDefinitions(capabilities, frameOf(store, {}), false));
}

/**
 * A stored node (plan.md §1.1), functions in its properties, instance numbers and operations replaced.
 * @param hint an instance that stands for its node, or null
 * @throws FunctionFailure
 */
export async function evaluateNodeFunctions(node: Dict, hint: string | null, store: EvaluationStore): Promise<Dict> {
  return await runLater(evaluateNode(node, { ...frameOf(store, {}), hint }));
}

function frameOf(store: EvaluationStore, context: EvaluationContext, tolerant = false): Frame {
  const keywords = new Map<Keyword, Meaning>();
  const asking: { self?: string; source?: string; target?: string } = {};
  for (const role of ['self', 'source', 'target'] as const) {
    const instance = context[role];
    if (instance !== undefined && instance !== null) {
      asking[role] = instance;
      keywords.set(role.toUpperCase() as Keyword, { kind: 'instance', instance });
    }
  }
  return {
    run: new Run({ mode: 'run time', limits: REQUEST_LIMITS, tolerant }),
    store,
    evaluate,
    keywords,
    asking,
    hint: null,
    selfBecomes: null,
    copies: null,
    written: true,
    path: Path.ROOT,
  };
}

/** A value that has nothing to do with the last one. */
function* evaluatePart(value: Value, frame: Frame): Steps<Value> {
  if (!holdsCalls(value)) {
    return value;
  }
  frame.run.begin();
  const result = yield* evaluate(value, frame);
  frame.run.produce(measure(result).weight, frame.path);
  return result;
}

function at(frame: Frame, ...keys: readonly (string | number)[]): Frame {
  return { ...frame, path: keys.reduce<Path>((path, key) => path.child(key), frame.path) };
}

function* evaluateDefinitions(definitions: Dict, frame: Frame, leaveOut: boolean): Steps<Dict> {
  const values = new Map<Key, Value>();
  for (const [name, definition] of definitions) {
    const value = (isDict(definition) ? definition.get('value') : undefined) ?? null;
    try {
      values.set(name, yield* evaluatePart(value, at(frame, keyText(name), 'value')));
    } catch (error) {
      const direct = leaveOut && asCall(value)?.name === 'get_secret';
      if (!direct || !(error instanceof FunctionFailure) || error.reason !== 'secret') {
        throw error;
      }
    }
  }
  return values;
}

function* evaluateNode(node: Dict, frame: Frame): Steps<Dict> {
  const id = node.get('id');
  const own: Meaning = { kind: 'node', node: typeof id === 'string' ? id : '' };
  const self: Frame = { ...frame, keywords: new Map([['SELF', own]]) };
  let result = yield* withEntries(node, ['properties'], self);
  result = yield* withEntries(result, ['capabilities', 'scalable', 'properties'], self);
  result = yield* withOperations(result, 'operations', self);
  const relationships = result.get('relationships');
  if (isList(relationships) && holdsCalls(relationships)) {
    const evaluated: Value[] = [];
    for (const [index, relationship] of relationships.entries()) {
      evaluated.push(yield* evaluateRelationship(relationship, own, at(frame, 'relationships', index)));
    }
    result = new Map(result).set('relationships', evaluated);
  }
  return result;
}

function* evaluateRelationship(relationship: Value, source: Meaning, frame: Frame): Steps<Value> {
  if (!isDict(relationship)) {
    return relationship;
  }
  const target = relationship.get('target_id');
  const keywords = new Map<Keyword, Meaning>([['SOURCE', source]]);
  if (typeof target === 'string') {
    keywords.set('TARGET', { kind: 'node', node: target });
  }
  const within = { ...frame, keywords };
  return yield* withOperations(
    yield* withOperations(relationship, 'source_operations', within),
    'target_operations',
    within,
  );
}

function* withOperations(holder: Dict, key: string, frame: Frame): Steps<Dict> {
  return yield* replace(holder, key, (operations) =>
    eachEntry(operations, function* (operation, name) {
      return isDict(operation) ? yield* withEntries(operation, ['inputs'], at(frame, key, keyText(name))) : operation;
    }),
  );
}

/** Evaluates each entry of the dictionary that `path` leads to. */
function* withEntries(holder: Dict, [key = '', ...rest]: readonly string[], frame: Frame): Steps<Dict> {
  return yield* replace(holder, key, (inner) =>
    rest.length > 0
      ? withEntries(inner, rest, at(frame, key))
      : eachEntry(inner, (value, name) => evaluatePart(value, at(frame, key, keyText(name)))),
  );
}

/** Replaces a dictionary within another one; both stay as they are when nothing changes. */
function* replace(holder: Dict, key: string, change: (inner: Dict) => Steps<Dict>): Steps<Dict> {
  const inner = holder.get(key);
  if (!isDict(inner) || !holdsCalls(inner)) {
    return holder;
  }
  const changed = yield* change(inner);
  return changed === inner ? holder : new Map(holder).set(key, changed);
}

function* eachEntry(dict: Dict, change: (value: Value, key: Key) => Steps<Value>): Steps<Dict> {
  let copy: Map<Key, Value> | null = null;
  for (const [key, value] of dict) {
    const changed = yield* change(value, key);
    if (changed !== value) {
      copy ??= new Map(dict);
      copy.set(key, changed);
    }
  }
  return copy ?? dict;
}
