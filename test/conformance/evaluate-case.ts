import { DslError } from '../../src/core/dsl/diagnostics.js';
import {
  evaluateCapabilities,
  evaluateFunctions,
  evaluateNodeFunctions,
  evaluateOutputs,
} from '../../src/core/dsl/functions/run-time.js';
import type {
  EvaluationInstance,
  EvaluationNode,
  EvaluationStore,
  FoundCapability,
} from '../../src/core/dsl/functions/store.js';
import type { Dict, Value } from '../../src/core/dsl/values.js';
import { isDict, isList } from '../../src/core/dsl/values.js';
import type { Outcome } from './blueprint-case.js';
import { failure } from './blueprint-case.js';
import type { CaseFile } from './case-file.js';
import { dictOf, entriesOf, listOf, textOf } from './case-file.js';
import { planNodeOf } from './json-nodes.js';

/** `evaluate`: run-time functions. */
export async function runEvaluateCase(given: CaseFile): Promise<Outcome> {
  try {
    return { ok: true, result: await evaluated(given, new CaseStore(given.dict('storage'))) };
  } catch (error) {
    if (!(error instanceof DslError)) throw error;
    return { ok: false, error: failure(error.diagnostics[0]) };
  }
}

async function evaluated(given: CaseFile, store: EvaluationStore): Promise<unknown> {
  const payload = given.get('payload');
  switch (given.text('function')) {
    case 'evaluate_functions': {
      const context = Object.fromEntries(entriesOf(given.get('context')));
      return evaluateFunctions(payload, context, store);
    }
    case 'evaluate_outputs':
      return evaluateOutputs(dictOf(payload), store);
    case 'evaluate_capabilities':
      return evaluateCapabilities(dictOf(payload), store);
    case 'evaluate_node_functions': {
      const hint = given.get('instance_context');
      return evaluateNodeFunctions(dictOf(payload), typeof hint === 'string' ? hint : null, store);
    }
    default:
      throw new Error(`${given.id}: no such function`);
  }
}

/** All that a case knows of a deployment. */
class CaseStore implements EvaluationStore {
  private readonly nodes: ReadonlyMap<string, EvaluationNode>;
  private readonly instances: readonly EvaluationInstance[];

  constructor(private readonly storage: Dict) {
    const nodes = listOf(storage.get('nodes')).map((node) => planNodeOf(node));
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
    this.instances = listOf(storage.get('node_instances')).map((instance) => instanceOf(dictOf(instance)));
  }

  input(name: string): Value | undefined {
    return this.part('inputs').get(name);
  }

  node(id: string): EvaluationNode | undefined {
    return this.nodes.get(id);
  }

  instance(id: string): EvaluationInstance | undefined {
    return this.instances.find((instance) => instance.id === id);
  }

  instancesOf(node: string): readonly EvaluationInstance[] {
    return this.instances.filter((instance) => instance.node_id === node);
  }

  secret(key: string): Value | undefined {
    const secrets = this.part('secrets');
    return secrets.size === 0 ? `${key}_value` : secrets.get(key);
  }

  capability(deployment: string, name: string): FoundCapability | undefined {
    const value = dictOf(this.part('capabilities').get(deployment)).get(name);
    return value === undefined ? undefined : { value };
  }

  /** The corpus knows one value for a group's capability, whatever the deployments. */
  groupCapability([group = null, name = null, ...rest]: readonly Value[]): Value | undefined {
    const known = dictOf(this.part('group_capabilities').get(textOf(group, 'a group')));
    const found = isList(name)
      ? name.map((one) => known.get(textOf(one, 'a capability')) ?? null)
      : known.get(textOf(name, 'a capability'));
    return rest.reduce<Value | undefined>((value, part) => {
      if (isDict(value)) return value.get(textOf(part, 'a key'));
      return isList(value) && typeof part === 'number' ? value[part] : undefined;
    }, found);
  }

  label(key: string): readonly string[] | undefined {
    const values = this.part('labels').get(key);
    return values === undefined ? undefined : listOf(values).map((value) => textOf(value, 'a label'));
  }

  system(entity: string, property: string): Value | undefined {
    if (entity !== 'deployment' || (property !== 'id' && property !== 'name')) return undefined;
    return this.storage.get(`deployment_${property}`);
  }

  consumers(): ReadonlyMap<string, string> {
    return new Map([...entriesOf(this.storage.get('consumers'))].map(([id, name]) => [id, textOf(name, 'a consumer')]));
  }

  private part(key: string): Dict {
    return dictOf(this.storage.get(key));
  }
}

function text(from: Dict, key: string): string {
  return textOf(from.get(key), key);
}

function instanceOf(instance: Dict): EvaluationInstance {
  return {
    id: text(instance, 'id'),
    node_id: text(instance, 'node_id'),
    index: null,
    runtime_properties: dictOf(instance.get('runtime_properties')),
    relationships: listOf(instance.get('relationships'))
      .map(dictOf)
      .map((one) => ({ target_name: text(one, 'target_name'), target_id: text(one, 'target_id') })),
    scaling_groups: listOf(instance.get('scaling_groups'))
      .map(dictOf)
      .map((one) => ({ name: text(one, 'name'), id: text(one, 'id') })),
  };
}
