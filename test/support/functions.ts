import { planDeployment } from '../../src/core/dsl/deployment/plan-deployment.js';
import type { DeploymentRequest } from '../../src/core/dsl/deployment/plan-deployment.js';
import type {
  EvaluationInstance,
  EvaluationNode,
  EvaluationStore,
  FoundCapability,
  MaybeAsync,
} from '../../src/core/dsl/functions/store.js';
import type { EvaluationContext } from '../../src/core/dsl/functions/run-time.js';
import { evaluateFunctions } from '../../src/core/dsl/functions/run-time.js';
import { readJson } from '../../src/core/dsl/json-values.js';
import type { DeploymentPlan, Plan } from '../../src/core/dsl/plan.js';
import type { Dict, Value } from '../../src/core/dsl/values.js';
import { isDict } from '../../src/core/dsl/values.js';
import { plain, planOf } from './dsl.js';

/** A value written as JSON. */
export function json(value: unknown): Value {
  return readJson(JSON.stringify(value));
}

/** A dictionary written as JSON. */
export function dict(value: Readonly<Record<string, unknown>>): Dict {
  return json(value) as Dict;
}

/** What a blueprint becomes with the given inputs; every secret exists unless it is said otherwise. */
export async function deploymentOf(
  text: string,
  inputs: Readonly<Record<string, unknown>> = {},
  request: Partial<DeploymentRequest> = {},
): Promise<DeploymentPlan> {
  return deploy(await planOf(text), inputs, request);
}

export function deploy(
  plan: Plan,
  inputs: Readonly<Record<string, unknown>> = {},
  request: Partial<DeploymentRequest> = {},
): DeploymentPlan {
  let made = 0;
  return planDeployment(plan, {
    inputs: dict(inputs),
    secrets: () => true,
    runtimeOnly: false,
    autoCorrectTypes: false,
    ids: () => String((made += 1)).padStart(6, '0'),
    ...request,
  });
}

/** The head of a blueprint in which functions are tried: types, plugins and relationships. */
export const HEAD = `tosca_definitions_version: cloudify_dsl_1_5
relationships:
  cloudify.relationships.depends_on: {properties: {connection_type: {default: all_to_all}}}
  cloudify.relationships.contained_in: {}
plugins: {pl: {executor: central_deployment_agent, install: false}, script: {executor: central_deployment_agent, install: false}}
node_types: {t: {properties: {v: {required: false}, w: {required: false}, x: {required: false}}}}
`;

/** A blueprint with a node for each name and its properties. */
export function blueprintOf(inputs: string, nodes: Readonly<Record<string, string>>, rest = ''): string {
  const templates = Object.entries(nodes).map(([name, given]) => `  ${name}: {type: t, properties: ${given}}\n`);
  return `${HEAD}inputs: ${inputs}\nnode_templates:\n${templates.join('')}${rest}`;
}

/** The properties of a node of a plan, as JSON would show them. */
export function propertiesOf(plan: Pick<Plan, 'nodes'>, node: string): unknown {
  return plain(plan.nodes.find(({ id }) => id === node)?.properties);
}

/** What creation makes of a call in an output. */
export async function madeOf(call: string, inputs = '{}'): Promise<unknown> {
  const { outputs } = await deploymentOf(`${HEAD}inputs: ${inputs}\noutputs: {o: {value: ${call}}}\n`);
  return plain(outputs.get('o')?.value);
}

interface InstanceSketch {
  readonly id: string;
  readonly node_id: string;
  readonly index?: number;
  readonly runtime_properties?: Readonly<Record<string, unknown>>;
  /** Instance → its node. */
  readonly targets?: Readonly<Record<string, string>>;
  /** Scaling group → its instance, innermost first. */
  readonly groups?: Readonly<Record<string, string>>;
}

/** What a deployment has at run time, in a few lines; all that is absent does not exist. */
export interface DeploymentSketch {
  readonly nodes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Node → the node that contains it. */
  readonly contained?: Readonly<Record<string, string>>;
  readonly instances?: readonly InstanceSketch[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, readonly string[]>>;
  readonly system?: Readonly<Record<string, string>>;
  readonly consumers?: Readonly<Record<string, string>>;
  readonly groupCapabilities?: Readonly<Record<string, unknown>>;
  /** Deployment → capability → value. */
  readonly capabilities?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Definitions of its own capabilities, for others that ask. */
  readonly definitions?: Readonly<Record<string, unknown>>;
  /** Deployments whose capabilities are definitions that are evaluated there. */
  readonly others?: Readonly<Record<string, DeploymentSketch>>;
}

/** A store that has all at hand, or (`later`) answers each question with a promise. */
export class SketchedStore implements EvaluationStore {
  /** Names of the questions that were asked, in order. */
  readonly asked: string[] = [];

  constructor(
    private readonly sketch: DeploymentSketch,
    private readonly later = false,
  ) {}

  input(name: string): MaybeAsync<Value | undefined> {
    return this.answer('input', valueIn(this.sketch.inputs, name));
  }

  node(id: string): MaybeAsync<EvaluationNode | undefined> {
    const properties = this.sketch.nodes?.[id];
    const container = this.sketch.contained?.[id];
    return this.answer(
      'node',
      properties && {
        id,
        properties: dict(properties),
        relationships:
          container === undefined
            ? []
            : [{ target_id: container, type_hierarchy: ['cloudify.relationships.contained_in'] }],
      },
    );
  }

  instance(id: string): MaybeAsync<EvaluationInstance | undefined> {
    return this.answer(
      'instance',
      this.instances().find((instance) => instance.id === id),
    );
  }

  instancesOf(node: string): MaybeAsync<readonly EvaluationInstance[]> {
    return this.answer(
      'instancesOf',
      this.instances().filter(({ node_id }) => node_id === node),
    );
  }

  secret(key: string): MaybeAsync<Value | undefined> {
    return this.answer('secret', valueIn(this.sketch.secrets, key));
  }

  capability(deployment: string, name: string): MaybeAsync<FoundCapability | undefined> {
    const known = valueIn(this.sketch.capabilities?.[deployment], name);
    const other = this.sketch.others?.[deployment];
    const definition = valueIn(other?.definitions, name);
    return this.answer(
      'capability',
      known !== undefined
        ? { value: known }
        : definition === undefined || other === undefined
          ? undefined
          : { value: definition, store: new SketchedStore(other, this.later) },
    );
  }

  groupCapability([group]: readonly Value[]): MaybeAsync<Value | undefined> {
    return this.answer('groupCapability', valueIn(this.sketch.groupCapabilities, group as string));
  }

  label(key: string): MaybeAsync<readonly string[] | undefined> {
    return this.answer('label', this.sketch.labels?.[key]);
  }

  system(entity: string, property: string): MaybeAsync<Value | undefined> {
    return this.answer('system', this.sketch.system?.[`${entity} ${property}`]);
  }

  consumers(): MaybeAsync<ReadonlyMap<string, string>> {
    return this.answer('consumers', new Map(Object.entries(this.sketch.consumers ?? {})));
  }

  private answer<T>(question: string, answer: T): MaybeAsync<T> {
    this.asked.push(question);
    return this.later ? Promise.resolve(answer) : answer;
  }

  private instances(): readonly EvaluationInstance[] {
    return (this.sketch.instances ?? []).map(
      ({ id, node_id, index, runtime_properties = {}, targets = {}, groups = {} }) => ({
        id,
        node_id,
        index: index ?? null,
        runtime_properties: dict(runtime_properties),
        relationships: Object.entries(targets).map(([target, name]) => ({ target_id: target, target_name: name })),
        scaling_groups: Object.entries(groups).map(([name, group]) => ({ name, id: group })),
      }),
    );
  }
}

function valueIn(of: Readonly<Record<string, unknown>> | undefined, name: string): Value | undefined {
  const all = dict(of ?? {});
  return isDict(all) ? all.get(name) : undefined;
}

/** The payload evaluated, by a store that has all at hand and by one that answers later. */
export async function evaluated(
  payload: unknown,
  sketch: DeploymentSketch = {},
  context: EvaluationContext = {},
): Promise<unknown> {
  const at = plain(await evaluateFunctions(json(payload), context, new SketchedStore(sketch)));
  const later = plain(await evaluateFunctions(json(payload), context, new SketchedStore(sketch, true)));
  expect(later).toEqual(at);
  return at;
}
