import { Injectable } from '@nestjs/common';
import { isAvailable, type AvailabilityRules } from '../../../core/executions/availability.js';
import type { Listing } from '../../../core/listing/listing.js';
import { looseBoolean, type QueryValues } from '../../../core/listing/query-values.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import type { SummaryPage } from '../../../platform/listing/summaries.js';
import { DeploymentViewsRepository, stateOf, type Activity } from '../deployment-views.repository.js';
import { exactJson } from '../exact-json.js';
import { DeploymentConditions } from '../listing/deployment-conditions.js';
import { FoundWorkflowsRepository, type WorkflowGroup } from './found-workflows.repository.js';

interface StoredWorkflow {
  readonly name: string;
  readonly availability_rules: AvailabilityRules | null;
}

interface Found {
  readonly workflow: StoredWorkflow;
  readonly deployments: number;
  readonly isAvailable: boolean;
}

/** The workflows of several deployments (rest-api §3.14, §3.16). */
@Injectable()
export class FoundWorkflows {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: FoundWorkflowsRepository,
    private readonly activity: DeploymentViewsRepository,
    private readonly conditions: DeploymentConditions,
  ) {}

  /**
   * By name: of each the oldest deployment's; those that all have with `_common_only`. Available is what is so on one of
   * the deployments. There are no pages.
   */
  async page(
    ctx: ReachCtx,
    listing: Listing,
    query: QueryValues,
    rules: readonly Condition[] = [],
  ): Promise<SummaryPage> {
    const { extra, isSearched } = await this.conditions.of(ctx, listing, query);
    const searched = isSearched ? { ...listing, search: null } : listing;
    const found = await this.unitOfWork.run(ctx, async (ctx) => {
      const groups = await this.repository.groups(ctx, searched, [...extra, ...rules]);
      const all = groups.flatMap(({ storageIds }) => storageIds);
      const activity = all.length === 0 ? new Map<string, Activity>() : await this.activity.activity(ctx, all);
      return { byName: united(groups, activity), deployments: all.length };
    });
    const isCommonOnly = looseBoolean(query, '_common_only');
    const items = [...found.byName.values()]
      .filter(({ deployments }) => !isCommonOnly || deployments === found.deployments)
      .map(({ workflow, ...state }) => ({ ...workflow, is_available: state.isAvailable }));
    return { items, metadata: { pagination: { total: items.length, size: items.length, offset: 0 } } };
  }
}

function united(groups: readonly WorkflowGroup[], activity: ReadonlyMap<string, Activity>): ReadonlyMap<string, Found> {
  const byName = new Map<string, Found>();
  for (const { workflows, storageIds } of groups) {
    const stored = workflows === null ? [] : (exactJson(workflows) as readonly StoredWorkflow[]);
    const states = distinctStates(storageIds, activity);
    for (const workflow of stored) {
      const before = byName.get(workflow.name);
      const isOpen = states.some((state) => isAvailable(workflow.availability_rules, stateOf(state)));
      byName.set(workflow.name, {
        workflow: before?.workflow ?? workflow,
        deployments: (before?.deployments ?? 0) + storageIds.length,
        isAvailable: isOpen || before?.isAvailable === true,
      });
    }
  }
  return byName;
}

/** Whether all, some or none are started is all that counts: three states at most for each set of types. */
function distinctStates(storageIds: readonly string[], activity: ReadonlyMap<string, Activity>): readonly Activity[] {
  const states = new Map<string, Activity>();
  for (const id of storageIds) {
    const { started, other, hierarchies } = activity.get(id) ?? { started: 0, other: 0, hierarchies: [] };
    const state = { started: Math.min(started, 1), other: Math.min(other, 1), hierarchies };
    states.set(JSON.stringify(state), state);
  }
  return [...states.values()];
}
