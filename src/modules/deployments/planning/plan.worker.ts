import { randomInt } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { evaluateArgument } from '../../../core/dsl/deployment/evaluate-plan.js';
import { lookupsOf, prepareInputs, type InputOptions } from '../../../core/dsl/deployment/inputs.js';
import { planDeployment } from '../../../core/dsl/deployment/plan-deployment.js';
import { RefusedValues } from '../../../core/dsl/deployment/refused-values.js';
import { DslError } from '../../../core/dsl/diagnostics.js';
import { readJson } from '../../../core/dsl/json-values.js';
import { decodePlan } from '../../../core/dsl/plan-codec.js';
import type { DeploymentPlan, NodeInstance, Plan, PlanPlugin } from '../../../core/dsl/plan.js';
import type { ValueCatalogue } from '../../../core/dsl/schema/value-catalogue.js';
import { isDict, isList, keyText, type Dict, type Value } from '../../../core/dsl/values.js';
import { UnsupportedUpdateError } from '../../../core/graph/update/plan-update.js';
import { PlannedRows, type NextDeployment, type StoredDeployment } from '../updating/planned-update.js';
import { nextDeployment, presentDeployment, withCounts } from '../updating/compared-deployments.js';
import { isInBlueprint } from './blueprint-objects.js';
import { indexesOf, instanceRows, jsonText, nodeRows } from './plan-rows.js';
import { PLAN_ATTRIBUTES, type PlanAttribute } from './planning-messages.js';
import type {
  CheckedPlan,
  FromPlanner,
  PlannedDependency,
  PlannedFacts,
  PlannedUpdateFacts,
  PlanningAnswer,
  PlanningQuestion,
  PlanningReply,
  PlanningRequest,
  PluginNeeded,
  ToPlanner,
} from './planning-messages.js';

/** The thread that makes deployment plans. It keeps the last one, whose rows are then read in batches. */
let planned: { readonly plan: DeploymentPlan; readonly indexes: readonly number[] } | null = null;
let updated: PlannedRows | null = null;
let open: ((answer: PlanningAnswer) => void) | null = null;

parentPort?.on('message', (message: ToPlanner) => {
  if (message.kind === 'request') {
    void run(message.request);
    return;
  }
  open?.(message.answer);
  open = null;
});

stepBack();
tell({ kind: 'ready' });

/** Where processors are few, requests come first. Linux knows the priority of a thread; elsewhere it stays as it is. */
function stepBack(): void {
  try {
    const [, , thread] = readlinkSync('/proc/thread-self').split('/');
    setPriority(Number(thread), constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It is no more than politeness.
  }
}

async function run(request: PlanningRequest): Promise<void> {
  const reply = await replyTo(request);
  tell({ kind: 'reply', reply, heapBytes: process.memoryUsage().heapUsed });
}

async function replyTo(request: PlanningRequest): Promise<PlanningReply> {
  try {
    switch (request.kind) {
      case 'check':
        return { kind: 'checked', plan: await check(decodePlan(request.encoded), request.inputs) };
      case 'plan':
        return { kind: 'planned', plan: await makePlan(request) };
      case 'update':
        return { kind: 'update-planned', plan: await makeUpdate(request) };
      case 'read':
        return { kind: 'rows', ...rowsOf(request) };
    }
  } catch (error) {
    if (error instanceof MissingSecrets) {
      return { kind: 'refused', refusal: { reason: 'secret', messages: [error.message] } };
    }
    if (error instanceof UnsupportedUpdateError) {
      return { kind: 'refused', refusal: { reason: 'update', messages: [error.message] } };
    }
    if (error instanceof DslError) {
      const messages = error.diagnostics.map(({ message }) => message);
      return { kind: 'refused', refusal: { reason: error instanceof RefusedValues ? error.reason : 'plan', messages } };
    }
    return { kind: 'broken', trace: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function rowsOf({ part, from }: Extract<PlanningRequest, { kind: 'read' }>): { text: string; next: number | null } {
  if (updated !== null) return updated.rows(part, from);
  if (planned === null || part === 'relationships') throw new Error('Rows of no plan were asked for.');
  return part === 'nodes' ? nodeRows(planned.plan, from) : instanceRows(planned.plan, planned.indexes, from);
}

async function check(plan: Plan, text: string): Promise<CheckedPlan> {
  const given = givenInputs(text);
  const inputs = prepareInputs(plan, given, { ...inputOptions(plan), catalogue: await catalogueOf(plan, given) });
  return { secrets: secretsOf(plan, inputs), plugins: pluginsOf(plan) };
}

async function makePlan({
  encoded,
  inputs,
  runtimeOnly,
}: Extract<PlanningRequest, { kind: 'plan' }>): Promise<PlannedFacts> {
  [planned, updated] = [null, null];
  const made = await deploymentPlan(decodePlan(encoded), givenInputs(inputs), { runtimeOnly, autoCorrectTypes: false });
  const instances = await withFreeIds(made.node_instances);
  planned = { plan: { ...made, node_instances: instances }, indexes: indexesOf(instances) };
  return factsOf(planned.plan);
}

/** Compares what is stored with what another plan makes of it (orchestration §11 step 1). */
async function makeUpdate({
  encoded,
  inputs,
  deployment,
  ...options
}: Extract<PlanningRequest, { kind: 'update' }>): Promise<PlannedUpdateFacts> {
  [planned, updated] = [null, null];
  const plan = decodePlan(encoded);
  // What was an input once and is none any more is no fault of whoever updates.
  const given = new Map([...givenInputs(inputs)].filter(([name]) => plan.inputs.has(keyText(name))));
  const made = await deploymentPlan(plan, given, options);
  const present = await presentDeployment((part, offset) => ask({ kind: 'present', deployment, part, offset }));
  const kept = { ...made, scaling_groups: withCounts(made.scaling_groups, present) };
  const facts = factsOf(kept);
  updated = await withFreeInstances(present, nextDeployment(kept, facts));
  return { ...facts, ...updated.facts(), plugins: pluginsOf(plan) };
}

async function withFreeInstances(present: StoredDeployment, next: NextDeployment): Promise<PlannedRows> {
  for (let attempt = 1; ; attempt += 1) {
    const rows = new PlannedRows(present, next, suffix);
    const added = rows.added();
    const taken = added.length === 0 ? [] : await ask({ kind: 'instances', ids: added.map(({ id }) => id) });
    if (taken.length === 0 || attempt === ID_ATTEMPTS) return rows;
  }
}

async function deploymentPlan(
  plan: Plan,
  given: Dict,
  options: { readonly runtimeOnly: boolean; readonly autoCorrectTypes: boolean },
): Promise<DeploymentPlan> {
  const secrets = new Set<string>();
  const made = planDeployment(plan, {
    inputs: given,
    secrets: (name) => {
      secrets.add(name);
      return true;
    },
    ...options,
    ids: suffix,
    catalogue: await catalogueOf(plan, given),
  });
  const missing = secrets.size === 0 ? [] : await ask({ kind: 'secrets', names: [...secrets] });
  if (missing.length > 0) throw new MissingSecrets(missing);
  return made;
}

class MissingSecrets extends Error {
  constructor(names: readonly string[]) {
    super(`Required secrets: [${names.join(', ')}] don't exist in this tenant`);
  }
}

function givenInputs(text: string): Dict {
  const inputs = readJson(text);
  if (!isDict(inputs)) throw new Error('Inputs are a dictionary.');
  return inputs;
}

function inputOptions(plan: Plan): InputOptions {
  return {
    autoCorrectTypes: false,
    evaluate: (argument, inputs) => evaluateArgument(argument, inputs, plan.nodes),
  };
}

/** Everything that the check of the inputs will ask, asked beforehand. */
async function catalogueOf(plan: Plan, given: Dict): Promise<ValueCatalogue> {
  const lookUps = lookupsOf(plan, given, inputOptions(plan)).filter(({ within }) => within !== 'blueprint');
  const keys = lookUps.map((lookUp) => jsonText(lookUp));
  const holding = lookUps.length === 0 ? [] : await ask({ kind: 'look-ups', lookUps });
  const held = new Set(holding.map((at) => keys[Number(at)]));
  return {
    holds: (lookUp) => (lookUp.within === 'blueprint' ? isInBlueprint(plan, lookUp) : held.has(jsonText(lookUp))),
  };
}

/** What the blueprint's functions name; a name that cannot be told before the deployment is made is judged then. */
function secretsOf(plan: Plan, inputs: Dict): readonly string[] {
  const names = new Set<string>();
  for (const argument of plan.requirements.secrets) {
    const name = nameIn(argument) ?? nameIn(evaluated(argument, inputs, plan));
    if (name !== null) names.add(name);
  }
  return [...names].toSorted();
}

function nameIn(argument: Value): string | null {
  const first = isList(argument) ? (argument[0] ?? null) : argument;
  return typeof first === 'string' ? first : null;
}

function evaluated(argument: Value, inputs: Dict, plan: Plan): Value {
  try {
    return evaluateArgument(argument, inputs, plan.nodes);
  } catch (error) {
    if (error instanceof DslError) return null;
    throw error;
  }
}

function pluginsOf(plan: Plan): readonly PluginNeeded[] {
  const needed = [
    ...plan.deployment_plugins_to_install,
    ...plan.host_agent_plugins_to_install,
    ...plan.workflow_plugins_to_install,
  ].flatMap(pluginOf);
  return [...new Map(needed.map((plugin) => [JSON.stringify(plugin), plugin])).values()];
}

function pluginOf({ name, install, package_name: packageName, package_version: version }: PlanPlugin): PluginNeeded[] {
  return install && packageName !== null ? [{ name, packageName, packageVersion: version }] : [];
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Six random characters (plan.md §3). */
function suffix(): string {
  let text = '';
  for (let at = 0; at < 6; at += 1) text += LETTERS.charAt(randomInt(LETTERS.length));
  return text;
}

const ID_ATTEMPTS = 5;

/** Instances whose ids the tenant has already get others. */
async function withFreeIds(instances: readonly NodeInstance[]): Promise<readonly NodeInstance[]> {
  let result = instances;
  for (let attempt = 0; attempt < ID_ATTEMPTS && result.length > 0; attempt += 1) {
    const taken = await ask({ kind: 'instances', ids: result.map(({ id }) => id) });
    if (taken.length === 0) return result;
    const own = new Set(result.map(({ id }) => id));
    const renamed = new Map(taken.map((id) => [id, freshId(id, own)]));
    result = result.map((instance) => renamedInstance(instance, renamed));
  }
  return result;
}

function freshId(id: string, own: Set<string>): string {
  for (;;) {
    const fresh = `${id.slice(0, id.lastIndexOf('_'))}_${suffix()}`;
    if (own.has(fresh)) continue;
    own.add(fresh);
    return fresh;
  }
}

function renamedInstance(instance: NodeInstance, renamed: ReadonlyMap<string, string>): NodeInstance {
  const { host_id: host } = instance;
  return {
    ...instance,
    id: renamed.get(instance.id) ?? instance.id,
    ...(host === undefined ? {} : { host_id: renamed.get(host) ?? host }),
    relationships: instance.relationships.map((one) => ({
      ...one,
      target_id: renamed.get(one.target_id) ?? one.target_id,
    })),
  };
}

function factsOf(plan: DeploymentPlan): PlannedFacts {
  const attributes = Object.fromEntries(
    PLAN_ATTRIBUTES.map((name) => [name, name === 'workflows' ? workflowsText(plan) : jsonText(plan[name])]),
  ) as Record<PlanAttribute, string>;
  return {
    description: plan.description,
    attributes,
    labels: labelsOf(plan),
    settings: jsonText(plan.deployment_settings),
    parentCapabilities: parentCapabilitiesOf(plan),
    dependencies: dependenciesOf(plan),
    nodes: plan.nodes.length,
    instances: plan.node_instances.length,
  };
}

function workflowsText({ workflows }: DeploymentPlan): string {
  return jsonText([...workflows].map(([name, workflow]) => ({ name, ...workflow })));
}

function labelsOf({ labels }: DeploymentPlan): PlannedFacts['labels'] {
  return [...labels].flatMap(([key, { values }]) =>
    values.flat().flatMap((value) => (value === null || isDict(value) ? [] : [{ key, value: labelText(value) }])),
  );
}

function labelText(value: Value): string {
  return typeof value === 'string' ? value : jsonText(value);
}

function parentCapabilitiesOf({ requirements }: DeploymentPlan): readonly string[] {
  const names = requirements.parent_capabilities.map(([name]) => name);
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}

/** The same function in several instances is one dependency. */
function dependenciesOf({ inter_deployment_functions: functions }: DeploymentPlan): readonly PlannedDependency[] {
  const found = new Map<string, PlannedDependency>();
  for (const {
    function_identifier: creator,
    target_deployment: [target, func],
  } of functions) {
    found.set(JSON.stringify([creator, target]), { creator, target, func: target === null ? jsonText(func) : null });
  }
  return [...found.values()];
}

function ask(question: PlanningQuestion): Promise<PlanningAnswer> {
  const { promise, resolve } = Promise.withResolvers<PlanningAnswer>();
  open = resolve;
  tell({ kind: 'question', question });
  return promise;
}

function tell(message: FromPlanner): void {
  parentPort?.postMessage(message, []);
}
