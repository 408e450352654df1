import { groupCapability } from '../../../core/dsl/functions/group-capability.js';
import type {
  EvaluationInstance,
  EvaluationNode,
  EvaluationStore,
  FoundCapability,
} from '../../../core/dsl/functions/store.js';
import { readJson } from '../../../core/dsl/json-values.js';
import type { Dict, Value } from '../../../core/dsl/values.js';
import { isDict } from '../../../core/dsl/values.js';
import { AskedRows } from './asked-rows.js';
import type { EvaluatedDeployment, StoredInstanceText, StoredNodeText, Wanted } from './evaluation.repository.js';

/** The questions that a store asks, with the rights of whoever evaluates. */
export interface StoreQuestions {
  nodes(storageId: string, wanted: { readonly id: string } | 'all'): Promise<readonly StoredNodeText[]>;
  instances(storageId: string, wanted: Wanted): Promise<readonly StoredInstanceText[]>;
  labels(storageId: string): Promise<readonly { readonly key: string; readonly value: string }[]>;
  groupMembers(groupId: string): Promise<readonly string[] | null>;
  displayNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  secret(key: string): Promise<Value | undefined>;
  /** Another deployment, or this one by its id; undefined when there is none that may be seen. */
  store(deployment: string): Promise<DatabaseStore | undefined>;
}

/** A deployment in the database, as functions see it. It is read as it is asked for, and what was read stays. */
export class DatabaseStore implements EvaluationStore {
  private readonly nodes: AskedRows<EvaluationNode>;
  private readonly instances: AskedRows<EvaluationInstance>;
  private readonly ofNodes: AskedRows<readonly EvaluationInstance[]>;
  private readonly secrets = new Map<string, Promise<Value | undefined>>();
  private allInstances: Promise<readonly EvaluationInstance[]> | null = null;
  private labels: Promise<ReadonlyMap<string, readonly string[]>> | null = null;
  private inputs: Dict | null = null;
  private capabilities: Dict | null = null;

  constructor(
    readonly deployment: EvaluatedDeployment,
    private readonly questions: StoreQuestions,
  ) {
    const { storageId } = deployment;
    this.nodes = new AskedRows(
      async (id) => {
        const [row] = await questions.nodes(storageId, { id });
        return row && nodeOf(row);
      },
      async () => new Map((await questions.nodes(storageId, 'all')).map((row) => [row.id, nodeOf(row)])),
    );
    this.instances = new AskedRows(
      async (id) => {
        const [row] = await questions.instances(storageId, { id });
        return row && instanceOf(row);
      },
      async () => new Map((await this.everyInstance()).map((instance) => [instance.id, instance])),
    );
    this.ofNodes = new AskedRows(
      async (node) => (await questions.instances(storageId, { node })).map(instanceOf),
      async () => Map.groupBy(await this.everyInstance(), ({ node_id: node }) => node),
    );
  }

  input(name: string): Value | undefined {
    this.inputs ??= dictOf(this.deployment.inputs);
    return this.inputs.get(name);
  }

  node(id: string): Promise<EvaluationNode | undefined> {
    return this.nodes.get(id);
  }

  instance(id: string): Promise<EvaluationInstance | undefined> {
    return this.instances.get(id);
  }

  async instancesOf(node: string): Promise<readonly EvaluationInstance[]> {
    return (await this.ofNodes.get(node)) ?? [];
  }

  /** Asked once however often it is used: each reading of a secret is on record. */
  secret(key: string): Promise<Value | undefined> {
    const asked = this.secrets.get(key) ?? this.questions.secret(key);
    this.secrets.set(key, asked);
    return asked;
  }

  /**
   * What `evaluate` makes of a value with this store, or the value as it is when that takes a secret: for what is stored,
   * or shown where nothing hides secrets.
   */
  async withoutSecrets<T>(evaluate: (store: EvaluationStore) => Promise<T>, otherwise: T): Promise<T> {
    const { questions } = this;
    const guarded: StoreQuestions = {
      ...questions,
      secret: () => Promise.reject(new SecretReached()),
      store: async (id) => {
        const found = await questions.store(id);
        return found && new DatabaseStore(found.deployment, guarded);
      },
    };
    try {
      return await evaluate(new DatabaseStore(this.deployment, guarded));
    } catch (error) {
      if (error instanceof SecretReached) return otherwise;
      throw error;
    }
  }

  async capability(deployment: string, name: string): Promise<FoundCapability | undefined> {
    const store = deployment === this.deployment.id ? this : await this.questions.store(deployment);
    const definition = store?.definedCapability(name);
    if (store === undefined || definition === undefined) return undefined;
    return { value: (isDict(definition) ? definition.get('value') : undefined) ?? null, store };
  }

  async groupCapability([group = null, ...path]: readonly Value[]): Promise<Value | undefined> {
    const members = typeof group === 'string' ? await this.questions.groupMembers(group) : null;
    if (members === null) return undefined;
    return groupCapability(path, members, (deployment, name) => this.capability(deployment, name));
  }

  async label(key: string): Promise<readonly string[] | undefined> {
    return (await this.everyLabel()).get(key);
  }

  system(entity: string, property: string): Value | undefined {
    const { id, displayName, blueprint, owner, tenant } = this.deployment;
    switch (`${entity} ${property}`) {
      case 'tenant name':
        return tenant;
      case 'deployment id':
        return id;
      case 'deployment name':
        return displayName;
      case 'deployment blueprint':
        return blueprint;
      case 'deployment owner':
        return owner;
      default:
        return undefined;
    }
  }

  async consumers(): Promise<ReadonlyMap<string, string>> {
    const ids = (await this.everyLabel()).get('csys-consumer-id') ?? [];
    return ids.length === 0 ? new Map() : this.questions.displayNames(ids);
  }

  private definedCapability(name: string): Value | undefined {
    this.capabilities ??= dictOf(this.deployment.capabilities);
    return this.capabilities.get(name);
  }

  private everyInstance(): Promise<readonly EvaluationInstance[]> {
    this.allInstances ??= this.questions
      .instances(this.deployment.storageId, 'all')
      .then((rows) => rows.map(instanceOf));
    return this.allInstances;
  }

  private everyLabel(): Promise<ReadonlyMap<string, readonly string[]>> {
    this.labels ??= this.questions
      .labels(this.deployment.storageId)
      .then(
        (rows) =>
          new Map([...Map.groupBy(rows, ({ key }) => key)].map(([key, of]) => [key, of.map(({ value }) => value)])),
      );
    return this.labels;
  }
}

/** Evaluation came to a secret that it must not read. */
class SecretReached extends Error {}

/** Stored JSON as a dictionary; null is an empty one. */
export function dictOf(text: string | null): Dict {
  const value = text === null ? null : readJson(text);
  return isDict(value ?? undefined) ? (value as Dict) : new Map();
}

function nodeOf({ id, properties, relationships }: StoredNodeText): EvaluationNode {
  return { id, properties: dictOf(properties), relationships };
}

function instanceOf(row: StoredInstanceText): EvaluationInstance {
  return {
    id: row.id,
    node_id: row.node,
    index: row.index,
    runtime_properties: dictOf(row.runtime_properties),
    relationships: row.relationships,
    scaling_groups: row.scaling_groups,
  };
}
