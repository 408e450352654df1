import { planDeployment } from '../../src/core/dsl/deployment/plan-deployment.js';
import type { DeploymentRequest } from '../../src/core/dsl/deployment/plan-deployment.js';
import type {
  EvaluationInstance,
  EvaluationNode,
  EvaluationStore,
  FoundCapability,
  MaybeAsync,
} from '../../src/core/dsl/functions/store.js';
import { readJson } from '../../src/core/dsl/json-values.js';
import type { DeploymentPlan, Plan } from '../../src/core/dsl/plan.js';
import type { Dict, Value } from '../../src/core/dsl/values.js';
import { isDict } from '../../src/core/dsl/values.js';
import { planOf } from './dsl.js';

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
    const plain = valueIn(this.sketch.capabilities?.[deployment], name);
    const other = this.sketch.others?.[deployment];
    const definition = valueIn(other?.capabilities?.[deployment], name);
    return this.answer(
      'capability',
      plain !== undefined
        ? { value: plain }
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
