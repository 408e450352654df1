import { AppError } from '../errors/app-error.js';

/** What a workflow asks of its deployment before it may run (orchestration §2), as the plan has it. */
export type AvailabilityRules = Readonly<Record<string, unknown>>;

export interface DeploymentState {
  readonly instances: number;
  readonly startedInstances: number;
  /** Of every node, its type and what that derives from. */
  readonly types: ReadonlySet<string>;
}

const ACTIVITIES = ['all', 'partial', 'none'] as const;
type Activity = (typeof ACTIVITIES)[number];

/**
 * Why the workflow may not run now, or null.
 * @throws AppError invalid_workflow_availability_rule_error for a rule that means nothing
 */
export function unavailableReason(
  workflow: string,
  rules: AvailabilityRules | null,
  state: DeploymentState,
): string | null {
  if (rules === null) return null;
  if (!flagOf(rules)) return `Workflow not available: ${workflow}`;
  const wanted = activitiesOf(rules);
  if (wanted.length > 0 && !wanted.some((activity) => isSo(activity, state))) {
    return `Workflow not available: ${workflow}. Node instances active must be one of: ${wanted.join(', ')}`;
  }
  const missing = typesOf(rules).filter((type) => !state.types.has(type));
  if (missing.length > 0) {
    return `Workflow not available: ${workflow}. The deployment has no nodes of type: ${missing.join(', ')}`;
  }
  return null;
}

/** Whether the workflow may run now; a rule that means nothing lets nobody through. */
export function isAvailable(rules: AvailabilityRules | null, state: DeploymentState): boolean {
  try {
    return unavailableReason('', rules, state) === null;
  } catch {
    return false;
  }
}

/** A deployment without instances is as much all active as not at all. */
function isSo(activity: Activity, { instances, startedInstances }: DeploymentState): boolean {
  switch (activity) {
    case 'all':
      return startedInstances === instances;
    case 'none':
      return startedInstances === 0;
    case 'partial':
      return startedInstances > 0 && startedInstances < instances;
  }
}

function flagOf({ available = true }: AvailabilityRules): boolean {
  if (available === null) return true;
  if (typeof available !== 'boolean') throw invalid('available', available);
  return available;
}

function activitiesOf(rules: AvailabilityRules): Activity[] {
  return listOf(rules, 'node_instances_active').map((text) => {
    const activity = ACTIVITIES.find((known) => known === text);
    if (activity === undefined) throw invalid('node_instances_active', text);
    return activity;
  });
}

function typesOf(rules: AvailabilityRules): string[] {
  return listOf(rules, 'node_types_required').map((type) => {
    if (typeof type !== 'string') throw invalid('node_types_required', type);
    return type;
  });
}

function listOf(rules: AvailabilityRules, key: string): readonly unknown[] {
  const value = rules[key] ?? [];
  if (!Array.isArray(value)) throw invalid(key, value);
  return value as readonly unknown[];
}

function invalid(rule: string, value: unknown): AppError {
  return new AppError(
    'invalid_workflow_availability_rule_error',
    `Unknown value of the availability rule ${rule}: ${(JSON.stringify(value) ?? 'null').slice(0, 200)}`,
  );
}
