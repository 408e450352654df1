import type { Value } from '../values.js';
import { isList } from '../values.js';
import { partOf } from './descend.js';
import type { FoundCapability } from './store.js';
import { evaluateFunctions } from './run-time.js';

/** Finds a capability of one deployment, as `EvaluationStore.capability` does. */
export type CapabilityFinder = (deployment: string, name: string) => Promise<FoundCapability | undefined>;

/**
 * The answer to `get_group_capability: [group, …path]` (dsl.md §16): of each deployment of the group, in the order of
 * their ids, the value of a capability (`[c]`), a list of several (`[[c1, c2]]`), or, for `deployment_id:c`, a
 * dictionary by deployment. Deployments that have none of them are skipped.
 * @param path what follows the group's id
 */
export async function groupCapability(
  path: readonly Value[],
  deployments: readonly string[],
  find: CapabilityFinder,
): Promise<Value> {
  const [wanted = null, ...parts] = path;
  const byDeployment = typeof wanted === 'string' && wanted.startsWith(BY_DEPLOYMENT);
  const single = byDeployment ? wanted.slice(BY_DEPLOYMENT.length) : wanted;
  const found = new Map<string, Value>();
  for (const deployment of deployments.toSorted()) {
    const value = await valueIn(deployment, single, parts, find);
    if (value !== undefined) {
      found.set(deployment, value);
    }
  }
  return byDeployment ? found : [...found.values()];
}

const BY_DEPLOYMENT = 'deployment_id:';

async function valueIn(
  deployment: string,
  wanted: Value,
  parts: readonly Value[],
  find: CapabilityFinder,
): Promise<Value | undefined> {
  if (!isList(wanted)) {
    return typeof wanted === 'string' ? await capability(deployment, wanted, parts, find) : undefined;
  }
  const values: (Value | undefined)[] = [];
  for (const name of wanted) {
    values.push(typeof name === 'string' ? await capability(deployment, name, parts, find) : undefined);
  }
  return values.every((value) => value === undefined) ? undefined : values.map((value) => value ?? null);
}

async function capability(
  deployment: string,
  name: string,
  parts: readonly Value[],
  find: CapabilityFinder,
): Promise<Value | undefined> {
  const found = await find(deployment, name);
  if (found === undefined) {
    return undefined;
  }
  let value: Value = found.store === undefined ? found.value : await evaluateFunctions(found.value, {}, found.store);
  for (const part of parts) {
    const next = partOf(value, part);
    value = typeof next === 'symbol' ? null : next;
  }
  return value;
}
