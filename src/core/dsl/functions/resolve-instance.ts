import type { Value } from '../values.js';
import type { Frame, ReadyCall } from './definition.js';
import { fail, shown } from './definition.js';
import { instanceById, meaningOf } from './keywords.js';
import { isKeyword } from './measure.js';
import type { Steps } from './steps.js';
import { answered } from './steps.js';
import type { EvaluationInstance } from './store.js';

const CONTAINED_IN = 'cloudify.relationships.contained_in';

/** Which instance `get_attribute: [NODE, …]` means (dsl.md §16). @throws FunctionFailure when that cannot be told */
export function* resolveInstance(name: Value, call: ReadyCall, frame: Frame): Steps<EvaluationInstance> {
  const meaning = isKeyword(name) ? meaningOf(name, call, frame) : null;
  if (meaning?.kind === 'instance') {
    return yield* instanceById(meaning.instance, call, frame);
  }
  if (meaning !== null && name !== 'SELF') {
    return fail(call, frame, `${shown(name, call, frame)} is not known where nobody asks for an instance`);
  }
  const node = meaning?.node ?? name;
  const instances = typeof node === 'string' ? yield* answered(frame.store.instancesOf(node)) : [];
  const hinted = instances.find((instance) => instance.id === frame.hint);
  if (hinted !== undefined) {
    return hinted;
  }
  const [first, second] = instances;
  if (first === undefined) {
    return fail(call, frame, `Node ${shown(node, call, frame).slice(1, -1)} has no instances.`, 'instance');
  }
  if (second === undefined) {
    return first;
  }
  const found = (yield* related(node, instances, frame)) ?? (yield* inSameGroup(instances, frame));
  return (
    found ??
    fail(
      call,
      frame,
      `More than one node instance found for node "${shown(node, call, frame).slice(1, -1)}". ` +
        'Cannot resolve a node instance unambiguously.',
      'instance',
    )
  );
}

/** The node whose instances a name means. @throws FunctionFailure */
export function* nodeMeant(name: Value, call: ReadyCall, frame: Frame): Steps<Value> {
  const meaning = isKeyword(name) ? meaningOf(name, call, frame) : null;
  if (meaning === null) {
    return name;
  }
  return meaning.kind === 'node' ? meaning.node : (yield* instanceById(meaning.instance, call, frame)).node_id;
}

/** The only instance of the node that `self` has a relationship to. */
function* related(
  node: Value,
  instances: readonly EvaluationInstance[],
  frame: Frame,
): Steps<EvaluationInstance | undefined> {
  const { self } = frame.asking;
  const asking = self === undefined ? undefined : yield* answered(frame.store.instance(self));
  const targets = new Set(
    asking?.relationships.filter(({ target_name }) => target_name === node).map(({ target_id }) => target_id),
  );
  const [only] = targets;
  return targets.size === 1 ? instances.find(({ id }) => id === only) : undefined;
}

/** The only instance in the same instance of the innermost scaling group that the asking instance shares with the node. */
function* inSameGroup(instances: readonly EvaluationInstance[], frame: Frame): Steps<EvaluationInstance | undefined> {
  const { self, source, target } = frame.asking;
  const asking = self === undefined ? [source, target] : [self];
  frame.run.spend(instances.length, frame.path);
  const places: Map<string, string>[] = [];
  for (const instance of instances) {
    places.push(yield* groupsOf(instance, frame));
  }
  for (const id of asking) {
    const context = id === undefined ? undefined : yield* answered(frame.store.instance(id));
    const own = context === undefined ? [] : [...(yield* groupsOf(context, frame))];
    const shared = own.find(([group]) => places.some((groups) => groups.has(group)));
    const fitting = instances.filter((_, index) => shared && places[index]?.get(shared[0]) === shared[1]);
    if (fitting.length === 1) {
      return fitting[0];
    }
  }
  return undefined;
}

/** Scaling group → its instance, innermost first: those of the node instance, then those of what contains it. */
function* groupsOf(instance: EvaluationInstance, frame: Frame): Steps<Map<string, string>> {
  const groups = new Map<string, string>();
  const seen = new Set<string>();
  let current: EvaluationInstance | undefined = instance;
  while (current !== undefined && !seen.has(current.id)) {
    seen.add(current.id);
    for (const { name, id } of current.scaling_groups) {
      groups.set(name, groups.get(name) ?? id);
    }
    current = yield* containerOf(current, frame);
  }
  return groups;
}

function* containerOf(instance: EvaluationInstance, frame: Frame): Steps<EvaluationInstance | undefined> {
  const node = yield* answered(frame.store.node(instance.node_id));
  const containment = node?.relationships.find(({ type_hierarchy }) => type_hierarchy.includes(CONTAINED_IN));
  const relationship = instance.relationships.find(({ target_name }) => target_name === containment?.target_id);
  return relationship === undefined ? undefined : yield* answered(frame.store.instance(relationship.target_id));
}
