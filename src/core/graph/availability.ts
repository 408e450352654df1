import type { Json } from './task.js';
import type { WorkflowInstance, WorkflowNode } from './topology.js';

/**
 * Why a workflow may not start now, by what its declaration says of it (orchestration §2); null when it may. What a
 * rule does not say in the form it should have restricts nothing.
 */
export function unavailableReason(
  rules: Readonly<Record<string, Json>> | null,
  instances: readonly Pick<WorkflowInstance, 'state'>[],
  nodes: readonly Pick<WorkflowNode, 'type_hierarchy'>[],
): string | null {
  if (rules?.['available'] === false) {
    return 'it is declared as not available';
  }
  const active = activityOf(instances);
  const wanted = textsOf(rules?.['node_instances_active']);
  if (wanted.length > 0 && !active.some((each) => wanted.includes(each))) {
    return `it needs ${wanted.join(' or ')} of the node instances to be active, and ${SPOKEN[active[0]]}`;
  }
  const missing = textsOf(rules?.['node_types_required']).filter(
    (type) => !nodes.some(({ type_hierarchy: types }) => types.includes(type)),
  );
  return missing.length > 0 ? `it needs nodes of these types, and there are none: ${missing.join(', ')}` : null;
}

const SPOKEN = { all: 'all of them are', partial: 'some of them are', none: 'none of them is' } as const;

type Activity = keyof typeof SPOKEN;

/** Without instances both are true: that all are active, and that none is. */
function activityOf(instances: readonly Pick<WorkflowInstance, 'state'>[]): readonly [Activity, ...Activity[]] {
  const started = instances.filter(({ state }) => state === 'started').length;
  if (instances.length === 0) {
    return ['none', 'all'];
  }
  return started === instances.length ? ['all'] : started > 0 ? ['partial'] : ['none'];
}

function textsOf(value: Json | undefined): readonly string[] {
  const list = typeof value === 'string' ? [value] : value;
  return Array.isArray(list) ? list.filter((each): each is string => typeof each === 'string') : [];
}
