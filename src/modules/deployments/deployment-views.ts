import { Injectable } from '@nestjs/common';
import { isAvailable, type AvailabilityRules } from '../../core/executions/availability.js';
import { NotFoundError } from '../../core/errors/app-error.js';
import { printable } from '../../core/listing/query-values.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { ListQueries, type Item } from '../../platform/listing/list-queries.js';
import { DEPLOYMENT_LIST } from './deployment-list.js';
import { DeploymentViewsRepository, stateOf, type Activity } from './deployment-views.repository.js';
import { exactJson } from './exact-json.js';
import { DeploymentLabelsRepository } from './labels/deployment-labels.repository.js';

/** A deployment's fields that hold what users wrote. */
const JSON_FIELDS = [
  'inputs',
  'groups',
  'policy_triggers',
  'policy_types',
  'outputs',
  'capabilities',
  'scaling_groups',
  'resource_tags',
] as const;

interface StoredWorkflow {
  readonly availability_rules: AvailabilityRules | null;
  readonly parameters: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
}

/** Deployments as they go out. */
@Injectable()
export class DeploymentViews {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly labels: DeploymentLabelsRepository,
    private readonly repository: DeploymentViewsRepository,
  ) {}

  /** Joins the open transaction. @throws NotFoundError when it does not exist or is not visible */
  async one(ctx: TenantCtx, id: string, include: readonly string[] | null): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const row = await this.lists.single(ctx, DEPLOYMENT_LIST, 'r.id', id, include);
      if (!row) throw new NotFoundError('Deployment', printable(id));
      const [view] = await this.finished(ctx, [row]);
      return view ?? row;
    });
  }

  /** With counts and states of its direct children alone. Joins the open transaction. */
  async ofDirectChildren(ctx: TenantCtx, id: string, view: Item): Promise<Item> {
    const counted = await this.unitOfWork.run(ctx, (ctx) => this.repository.directChildren(ctx, id));
    return Object.fromEntries(Object.entries({ ...view, ...counted }).filter(([name]) => name in view));
  }

  /** Puts what is beside the rows in its place: one question each for all items. In the open transaction. */
  async finished(ctx: ReachCtx, items: readonly Item[]): Promise<readonly Item[]> {
    const labels = await this.beside(items, 'labels', (keys) => this.labels.views(ctx, keys));
    const groups = await this.beside(items, 'deployment_groups', (keys) => this.repository.groups(ctx, keys));
    const workflows = await this.beside(items, 'workflows', (keys) => this.workflows(ctx, keys));
    return items.map((item) => {
      const view: Item = { ...item };
      for (const field of JSON_FIELDS) {
        const text = view[field];
        if (typeof text === 'string') view[field] = exactJson(text);
      }
      if (labels) view['labels'] = labels.get(String(item['labels'])) ?? [];
      if (groups) view['deployment_groups'] = groups.get(String(item['deployment_groups'])) ?? [];
      if (workflows) view['workflows'] = workflows.get(String(item['workflows'])) ?? [];
      return view;
    });
  }

  private async beside<T>(
    items: readonly Item[],
    field: string,
    ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  ): Promise<ReadonlyMap<string, T> | null> {
    const keys = items.map((item) => item[field]).filter((value) => typeof value === 'string');
    return keys.length === 0 ? null : ask(keys);
  }

  /** With what may be started now (orchestration §2). */
  private async workflows(ctx: ReachCtx, keys: readonly string[]): Promise<ReadonlyMap<string, readonly unknown[]>> {
    const texts = await this.repository.workflows(ctx, keys);
    const activity = await this.repository.activity(ctx, keys);
    return new Map(
      [...texts].map(([key, text]) => {
        const workflows = exactJson(text) as readonly StoredWorkflow[];
        return [key, workflows.map((workflow) => workflowView(workflow, activity.get(key)))] as const;
      }),
    );
  }
}

const NOTHING: Activity = { started: 0, other: 0, hierarchies: [] };

function workflowView(workflow: StoredWorkflow, activity: Activity = NOTHING): unknown {
  const { availability_rules: rules } = workflow;
  return {
    ...workflow,
    is_available: isAvailable(rules, stateOf(activity)),
  };
}
