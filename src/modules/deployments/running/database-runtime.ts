import { Injectable } from '@nestjs/common';
import { asCall } from '../../../core/dsl/functions/call.js';
import { evaluateFunctions } from '../../../core/dsl/functions/run-time.js';
import { holdsCalls } from '../../../core/dsl/functions/measure.js';
import { isDict, isList, type Key, type Value } from '../../../core/dsl/values.js';
import { ConflictError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Json, OperationAction } from '../../../core/graph/task.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { FileStore } from '../../../platform/files/file-store.js';
import { StoredFiles } from '../../../platform/files/stored-files.js';
import type { OperationInstance } from '../../../platform/operations/operation-dispatch.js';
import { deploymentFolderKey } from '../creation/deployment-files.js';
import { DeploymentAudit } from '../deployment-audit.js';
import { DeploymentsRepository } from '../deployments.repository.js';
import { dictOf, type DatabaseStore } from '../evaluation/database-store.js';
import { EvaluationStores } from '../evaluation/evaluation-stores.js';
import { exactJson } from '../exact-json.js';
import { DeploymentStatuses } from '../statuses/deployment-statuses.js';
import {
  DeploymentRuntime,
  type DeploymentSnapshot,
  type KeptResult,
  type PreparedOperation,
  type RunningDeployment,
  type StateChange,
  type StoredWorkflow,
} from './deployment-runtime.port.js';
import { keeperOf, withResult } from './kept-results.js';
import { graphOperations } from './operation-reader.js';
import { OperationPreparation } from './operation-preparation.js';
import { plainRecord } from './plain-json.js';
import { ResourceLookup } from './resource-lookup.js';
import { RunningRepository, type SnapshotNode } from './running.repository.js';

type SystemProperties = Readonly<Record<string, Json>>;

@Injectable()
export class DatabaseRuntime extends DeploymentRuntime {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: RunningRepository,
    private readonly deployments: DeploymentsRepository,
    private readonly preparation: OperationPreparation,
    private readonly stores: EvaluationStores,
    private readonly resources: ResourceLookup,
    private readonly statuses: DeploymentStatuses,
    private readonly store: FileStore,
    private readonly files: StoredFiles,
    private readonly audit: DeploymentAudit,
  ) {
    super();
  }

  override async find(ctx: TenantCtx, storageId: string): Promise<RunningDeployment | null> {
    const row = await this.repository.find(ctx, storageId);
    return (
      row && {
        storageId: row.storageId,
        id: row.id,
        displayName: row.displayName,
        creator: row.creator,
        blueprintId: row.blueprintId ?? '',
        resourceTags: plainRecord(dictOf(row.resourceTags)),
        workflows: row.workflows === null ? [] : (JSON.parse(row.workflows) as readonly StoredWorkflow[]),
      }
    );
  }

  override async snapshot(ctx: TenantCtx, storageId: string): Promise<DeploymentSnapshot> {
    const nodes = await this.repository.nodes(ctx, storageId);
    const instances = await this.repository.instances(ctx, storageId);
    const systemProperties = new Map<string, SystemProperties>();
    for (const { id, system_properties: text } of instances) {
      if (text !== null) systemProperties.set(id, JSON.parse(text) as SystemProperties);
    }
    return {
      nodes: nodes.map(workflowNode),
      instances: instances.map(({ install_method: method, system_properties: _text, ...instance }) => ({
        ...instance,
        ...(method === null ? {} : { install_method: method }),
      })),
      systemProperties,
    };
  }

  override async setStates(ctx: TenantCtx, storageId: string, changes: readonly StateChange[]): Promise<void> {
    if (changes.length > 0) await this.repository.setStates(ctx, storageId, changes);
  }

  override async keepResults(ctx: TenantCtx, storageId: string, results: readonly KeptResult[]): Promise<void> {
    if (results.length === 0) return;
    const ids = [...new Set(results.map(keeperOf))];
    const stored = await this.repository.lockSystemProperties(ctx, storageId, ids);
    const kept = new Map([...stored].map(([id, text]) => [id, exactJson(text) as SystemProperties]));
    for (const result of results) {
      const keeper = keeperOf(result);
      const before = kept.get(keeper);
      if (before !== undefined) kept.set(keeper, withResult(before, result));
    }
    const texts = new Map([...kept].map(([id, properties]) => [id, JSON.stringify(properties)]));
    await this.repository.saveSystemProperties(ctx, storageId, texts);
  }

  override prepare(ctx: TenantCtx, storageId: string, action: OperationAction): Promise<PreparedOperation> {
    return this.preparation.prepare(ctx, storageId, action);
  }

  override hostOf(ctx: TenantCtx, storageId: string): ReturnType<DeploymentRuntime['hostOf']> {
    const { unitOfWork, repository } = this;
    return {
      runtimeProperties: async (id) => {
        const found = await unitOfWork.run(ctx, (ctx) => repository.runtimeProperties(ctx, storageId, id));
        if (found === null) throw new NotFoundError('NodeInstance', id);
        return { version: found.version, properties: plainRecord(dictOf(found.properties)) };
      },
      saveRuntimeProperties: async (id, { version, properties }) => {
        const text = JSON.stringify(properties);
        const saved = await unitOfWork.run(ctx, (ctx) =>
          repository.saveRuntimeProperties(ctx, storageId, id, { version, text }),
        );
        if (saved === null)
          throw new ConflictError(`Node instance ${id} was changed since version ${version} was read`);
        return saved;
      },
      instance: (id) => unitOfWork.run(ctx, (ctx) => this.instance(ctx, storageId, id)),
      resource: async (path) => (await this.resources.open(ctx, storageId, path))?.stream ?? null,
      workFolder: async () => {
        const found = await unitOfWork.run(ctx, (ctx) => repository.find(ctx, storageId));
        if (found === null) throw new NotFoundError('Deployment', storageId);
        return this.store.workingFolder(deploymentFolderKey(found.filesKey));
      },
    };
  }

  override instance(ctx: TenantCtx, storageId: string, id: string): Promise<OperationInstance | null> {
    return this.preparation.instance(ctx, storageId, id);
  }

  override executionStarted(ctx: TenantCtx, storageId: string, executionStorageId: string): Promise<void> {
    return this.statuses.executionStarted(ctx, storageId, executionStorageId);
  }

  override executionEnded(ctx: TenantCtx, storageId: string): Promise<void> {
    return this.statuses.executionEnded(ctx, storageId);
  }

  override async evaluate(ctx: TenantCtx, storageId: string, value: Value): Promise<Value> {
    const store = await this.stores.of(ctx, { storageId });
    if (store === null) throw new NotFoundError('Deployment', storageId);
    return withoutSecrets(value, store);
  }

  override async remove(ctx: TenantCtx, storageId: string): Promise<void> {
    const found = await this.repository.find(ctx, storageId);
    if (found === null) return;
    const above = await this.statuses.parents(ctx, storageId);
    await this.repository.forgetConsumer(ctx, storageId);
    await this.deployments.delete(ctx, storageId);
    await this.statuses.refreshFrom(ctx, above);
    await this.files.discard(ctx, deploymentFolderKey(found.filesKey));
    await this.audit.record(ctx, { action: 'deployment.delete', operation: 'delete', storageId, id: found.id });
  }
}

/** Evaluates every outermost call that takes no secret. */
async function withoutSecrets(value: Value, store: DatabaseStore): Promise<Value> {
  if (!holdsCalls(value)) return value;
  if (asCall(value) !== null) return store.withoutSecrets((guarded) => evaluateFunctions(value, {}, guarded), value);
  if (isList(value)) {
    const items: Value[] = [];
    for (const item of value) items.push(await withoutSecrets(item, store));
    return items;
  }
  const entries = new Map<Key, Value>();
  for (const [key, item] of isDict(value) ? value : []) entries.set(key, await withoutSecrets(item, store));
  return entries;
}

function workflowNode(node: SnapshotNode): DeploymentSnapshot['nodes'][number] {
  return {
    id: node.id,
    type_hierarchy: node.type_hierarchy,
    properties: dictOf(node.properties),
    operations: graphOperations(node.operations),
    relationships: (node.relationships ?? []).map((relationship) => ({
      type: relationship.type,
      target_id: relationship.target_id,
      type_hierarchy: relationship.type_hierarchy,
      properties: dictOf(JSON.stringify(relationship.properties)),
      source_operations: graphOperations(relationship.source_operations),
      target_operations: graphOperations(relationship.target_operations),
    })),
  };
}
