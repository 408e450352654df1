import { Injectable } from '@nestjs/common';
import { readHealth } from '../../../core/graph/sequences/health.js';
import type { FinishedPhase, InstanceNumbers, ScalableEntities, World } from '../../../core/graph/sequences/phase.js';
import type { Json } from '../../../core/graph/task.js';
import { WorkflowTopology, type RetrySettings } from '../../../core/graph/topology.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { RuntimeSettings } from '../../../platform/settings/runtime-settings.js';
import { DeploymentModifications } from '../../deployments/modifications/deployment-modifications.service.js';
import { DeploymentRuntime } from '../../deployments/running/deployment-runtime.port.js';

interface StoredGroups {
  readonly [name: string]: { readonly members?: readonly string[]; readonly properties?: Record<string, Json> };
}

/** Reads a deployment as workflows decide by it, at one moment. */
@Injectable()
export class WorldReader {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly runtime: DeploymentRuntime,
    private readonly modifications: DeploymentModifications,
    private readonly settings: RuntimeSettings,
  ) {}

  async world(
    ctx: TenantCtx,
    deploymentStorageId: string,
    of: { readonly executionId: string; readonly past: readonly FinishedPhase[] },
  ): Promise<World> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const { nodes, instances, systemProperties } = await this.runtime.snapshot(ctx, deploymentStorageId);
      return {
        ...of,
        topology: new WorkflowTopology(nodes, instances, this.retries()),
        health: new Map([...systemProperties].map(([id, properties]) => [id, readHealth(properties)])),
        groups: await this.scalable(ctx, deploymentStorageId),
        openModification: await this.modifications.open(ctx, deploymentStorageId),
      };
    });
  }

  async topology(ctx: TenantCtx, deploymentStorageId: string): Promise<WorkflowTopology> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const { nodes, instances } = await this.runtime.snapshot(ctx, deploymentStorageId);
      return new WorkflowTopology(nodes, instances, this.retries());
    });
  }

  private retries(): RetrySettings {
    return {
      taskRetries: this.settings.ofWorkflows('task_retries'),
      taskRetryInterval: this.settings.ofWorkflows('task_retry_interval'),
      subgraphRetries: this.settings.ofWorkflows('subgraph_retries'),
    };
  }

  private async scalable(ctx: TenantCtx, deploymentStorageId: string): Promise<ScalableEntities> {
    const nodes = await queryRows<{ id: string } & InstanceNumbers>(
      ctx,
      `SELECT id, number_of_instances AS instances, min_number_of_instances AS min, max_number_of_instances AS max
         FROM node WHERE deployment_id = $1 ORDER BY position`,
      [deploymentStorageId],
    );
    const [row] = await queryRows<{ groups: StoredGroups | null }>(
      ctx,
      'SELECT scaling_groups AS groups FROM deployment WHERE storage_id = $1',
      [deploymentStorageId],
    );
    return {
      nodes: new Map(nodes.map(({ id, ...numbers }) => [id, numbers])),
      scalingGroups: new Map(
        Object.entries(row?.groups ?? {}).map(([name, { members = [], properties = {} }]) => [
          name,
          {
            members,
            instances: numberOf(properties['current_instances'], 1),
            min: numberOf(properties['min_instances'], 0),
            max: numberOf(properties['max_instances'], -1),
          },
        ]),
      ),
    };
  }
}

function numberOf(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
