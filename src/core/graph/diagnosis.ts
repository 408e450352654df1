import type { WorkflowInstance, WorkflowTopology } from './topology.js';
import { CONTAINED_IN, implemented } from './topology.js';

/** What check_status left in the system properties of an instance. */
interface Health {
  readonly ok: boolean;
  readonly hasTask: boolean;
}

interface HealPlan {
  readonly heal: readonly WorkflowInstance[];
  /** With everything contained in them. */
  readonly reinstall: readonly WorkflowInstance[];
}

const HEAL = 'cloudify.interfaces.lifecycle.heal';

/** What a heal is about: all, or with an instance all that its host (itself when it has none) contains (orchestration §10). */
export function healTargets(topology: WorkflowTopology, instanceId: string | null): readonly WorkflowInstance[] {
  if (instanceId === null) {
    return topology.instances;
  }
  const hostId = topology.instance(instanceId)?.host_id ?? instanceId;
  return withContained(topology, new Set([hostId]));
}

/** @param specific whether one instance was asked for: then what was never checked counts as broken */
export function diagnose(
  topology: WorkflowTopology,
  targets: readonly WorkflowInstance[],
  health: ReadonlyMap<string, Health>,
  specific: boolean,
): HealPlan {
  const broken = targets.filter(({ id }) => {
    const found = health.get(id);
    return found?.hasTask === true ? !found.ok : specific;
  });
  const canHeal = (instance: WorkflowInstance): boolean =>
    implemented(topology.node(instance).operations, HEAL) !== null;
  const reinstall = withContained(topology, new Set(broken.filter((each) => !canHeal(each)).map(({ id }) => id)));
  const again = new Set(reinstall.map(({ id }) => id));
  return { heal: broken.filter((each) => canHeal(each) && !again.has(each.id)), reinstall };
}

/** These and all that is contained in them, directly or through others, in the order of the deployment. */
export function withContained(topology: WorkflowTopology, ids: ReadonlySet<string>): readonly WorkflowInstance[] {
  const contents = new Map<string, string[]>();
  for (const instance of topology.instances) {
    for (const { target, relationship } of topology.links(instance)) {
      if (relationship.type_hierarchy.includes(CONTAINED_IN)) {
        const known = contents.get(target.id) ?? [];
        known.push(instance.id);
        contents.set(target.id, known);
      }
    }
  }
  const reached = new Set(ids);
  for (const id of reached) {
    contents.get(id)?.forEach((content) => reached.add(content));
  }
  return topology.instances.filter(({ id }) => reached.has(id));
}
