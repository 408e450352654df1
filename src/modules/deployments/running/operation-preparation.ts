import { Injectable } from '@nestjs/common';
import { holdsCalls } from '../../../core/dsl/functions/measure.js';
import {
  evaluateFunctions,
  evaluateNodeFunctions,
  type EvaluationContext,
} from '../../../core/dsl/functions/run-time.js';
import { readJson } from '../../../core/dsl/json-values.js';
import type { ResolvedOperation } from '../../../core/dsl/plan.js';
import { fits, isPrimitive } from '../../../core/dsl/schema/value-types.js';
import { isDict, isList, keyText, type Dict, type Key, type Value } from '../../../core/dsl/values.js';
import { BadParametersError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Json, OperationAction } from '../../../core/graph/task.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { OperationInstance, OperationRequest } from '../../../platform/operations/operation-dispatch.js';
import { dictOf, type DatabaseStore } from '../evaluation/database-store.js';
import { EvaluationStores } from '../evaluation/evaluation-stores.js';
import type { PreparedOperation } from './deployment-runtime.port.js';
import { OperationBatches } from './operation-batches.js';
import { readOperation } from './operation-reader.js';
import { plainJson, plainRecord } from './plain-json.js';
import { OperationRowsRepository, type OperationRow } from './operation-rows.repository.js';

/** Makes of a task what is sent: its operation with functions evaluated (orchestration §8). */
@Injectable()
export class OperationPreparation {
  private readonly reader: OperationBatches;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly repository: OperationRowsRepository,
    private readonly stores: EvaluationStores,
  ) {
    this.reader = new OperationBatches(unitOfWork, repository);
  }

  /** @throws AppError, DslError with a text for people */
  async prepare(ctx: TenantCtx, storageId: string, action: OperationAction): Promise<PreparedOperation> {
    const { relationship } = action;
    const secrets = new Set<string>();
    const evaluation = new Evaluation(() => this.stores.of(ctx, { storageId }, (text) => collect(text, secrets)));
    const ids = relationship === undefined ? [action.instance] : [action.instance, relationship.target];
    const { rows, text } = await this.reader.read(ctx, storageId, action, ids);
    if (text === null) {
      throw new BadParametersError(`Node instance ${action.instance} has no operation ${action.operation}`);
    }
    const operation = readOperation(text);
    const of = (id: string): OperationRow => {
      const row = rows.get(id);
      if (row === undefined) throw new NotFoundError('NodeInstance', id);
      return row;
    };
    const executing = of(relationship?.side === 'target' ? relationship.target : action.instance);
    const inputs = await this.inputs(operation, action, evaluation);
    const subject = await this.subject(action, of, evaluation);
    const pluginProperties = await this.pluginProperties(executing, operation.plugin, contextOf(action), evaluation);
    return { operation, inputs, subject, pluginProperties, secretValues: [...secrets] };
  }

  /** An instance as operations see it. Secrets in its properties stay calls: nothing would hide their values. */
  async instance(ctx: TenantCtx, storageId: string, id: string): Promise<OperationInstance | null> {
    const store = await this.stores.of(ctx, { storageId });
    const row = (await this.repository.operationRows(ctx, storageId, [id])).get(id);
    if (store === null || row === undefined) return null;
    return operationInstance(row, await this.propertiesWithoutSecrets(row, store));
  }

  private async propertiesWithoutSecrets(row: OperationRow, store: DatabaseStore): Promise<Dict> {
    const properties = new Map<Key, Value>();
    for (const [key, value] of dictOf(row.properties)) {
      const node = new Map<Key, Value>([
        ['id', row.nodeId],
        ['properties', new Map([[key, value]])],
      ]);
      const evaluated = await store.withoutSecrets((guarded) => evaluateNodeFunctions(node, row.id, guarded), node);
      const found = evaluated.get('properties');
      properties.set(key, (isDict(found) ? found.get(key) : undefined) ?? null);
    }
    return properties;
  }

  /** The operation's inputs and what the workflow gives besides. */
  private async inputs(
    operation: ResolvedOperation,
    action: OperationAction,
    evaluation: Evaluation,
  ): Promise<Readonly<Record<string, Json>>> {
    const merged = new Map<Key, Value>(operation.inputs);
    const given = readJson(JSON.stringify(action.kwargs ?? {}));
    const both = [...(isDict(given) ? given.keys() : [])].filter((key) => merged.has(key));
    if (both.length > 0 && action.override !== true) {
      throw new BadParametersError(
        `Duplicate inputs of operation ${action.operation}, which may not be replaced: ${both.map(keyText).join(', ')}`,
      );
    }
    for (const [key, value] of isDict(given) ? given : []) merged.set(key, value);
    // As a list: inputs that happen to look like a call are still inputs.
    const values = await evaluation.value([...merged.values()], contextOf(action));
    const evaluated = new Map([...merged.keys()].map((key, at) => [key, (isList(values) ? values[at] : null) ?? null]));
    assertTypes(action.operation, operation.inputs_types, evaluated);
    return plainRecord(evaluated);
  }

  private async subject(
    { instance, relationship }: OperationAction,
    of: (id: string) => OperationRow,
    evaluation: Evaluation,
  ): Promise<OperationRequest['subject']> {
    const seen = async (id: string): Promise<OperationInstance> => {
      const row = of(id);
      return operationInstance(row, await evaluation.properties(row));
    };
    if (relationship === undefined) return { kind: 'node-instance', instance: await seen(instance) };
    const [source, target] = [await seen(instance), await seen(relationship.target)];
    return { kind: 'relationship-instance', side: relationship.side, source, target };
  }

  /** The properties that the blueprint gives a plugin, by name: those with a value. */
  private async pluginProperties(
    row: OperationRow,
    plugin: string,
    context: EvaluationContext,
    evaluation: Evaluation,
  ): Promise<Readonly<Record<string, Json>>> {
    const plugins = row.plugins === null ? null : readJson(row.plugins);
    const found = isList(plugins) ? plugins.find((one) => isDict(one) && one.get('name') === plugin) : undefined;
    const declared = isDict(found) ? found.get('properties') : undefined;
    if (!isDict(declared)) return {};
    const properties: Record<string, Json> = {};
    for (const [name, schema] of declared) {
      const value = isDict(schema) ? schema.get('value') : undefined;
      if (value !== undefined) properties[keyText(name)] = plainJson(await evaluation.value(value, context));
    }
    return properties;
  }
}

/** Evaluates where there is something to evaluate: most operations have no functions, and need no more of the deployment. */
class Evaluation {
  private opened: Promise<DatabaseStore | null> | null = null;

  constructor(private readonly open: () => Promise<DatabaseStore | null>) {}

  async value(value: Value, context: EvaluationContext): Promise<Value> {
    return holdsCalls(value) ? evaluateFunctions(value, context, await this.store()) : value;
  }

  /** Of the instance's node, in its name. */
  async properties(row: OperationRow): Promise<Dict> {
    const properties = dictOf(row.properties);
    if (!holdsCalls(properties)) return properties;
    const node = new Map<Key, Value>([
      ['id', row.nodeId],
      ['properties', properties],
    ]);
    const evaluated = (await evaluateNodeFunctions(node, row.id, await this.store())).get('properties');
    return isDict(evaluated) ? evaluated : new Map();
  }

  private async store(): Promise<DatabaseStore> {
    this.opened ??= this.open();
    const store = await this.opened;
    if (store === null) throw new NotFoundError('Deployment', 'of this operation');
    return store;
  }
}

/** dsl.md §16: for a relationship both ends, and no `self`. */
function contextOf({ instance, relationship }: OperationAction): EvaluationContext {
  return relationship === undefined ? { self: instance } : { source: instance, target: relationship.target };
}

function operationInstance(row: OperationRow, properties: Dict): OperationInstance {
  const hierarchies = new Map(row.hierarchies.map((one) => [one.type, one.type_hierarchy]));
  return {
    id: row.id,
    nodeId: row.nodeId,
    nodeType: row.nodeType,
    typeHierarchy: row.typeHierarchy,
    hostId: row.hostId,
    index: row.index,
    properties: plainRecord(properties),
    scalingGroups: row.scalingGroups,
    relationships: row.relationships.map((relationship) => ({
      type: relationship.type,
      typeHierarchy: hierarchies.get(relationship.type) ?? [relationship.type],
      targetId: relationship.target_id,
      targetNodeId: relationship.target_name,
    })),
  };
}

/** Inputs whose types the operation declares. @throws BadParametersError */
function assertTypes(operation: string, types: Dict | undefined, inputs: Dict): void {
  const wrong = [...(types ?? [])].filter(([name, declared]) => {
    const type = isDict(declared) ? declared.get('type') : declared;
    const value = inputs.get(name) ?? null;
    return typeof type === 'string' && isPrimitive(type) && value !== null && !fits(value, type);
  });
  if (wrong.length > 0) {
    throw new BadParametersError(
      `Inputs of operation ${operation} have other types than it declares: ${wrong.map(([name]) => keyText(name)).join(', ')}`,
    );
  }
}

/** All texts in a secret: its own, and of one that is JSON those inside of it, which can be handed out one by one. */
function collect(text: string, into: Set<string>): void {
  into.add(text);
  try {
    texts(JSON.parse(text), into);
  } catch {
    // A plain text is a secret as it is.
  }
}

function texts(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') into.add(value);
  else if (typeof value === 'number') into.add(String(value));
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) texts(one, into);
}
