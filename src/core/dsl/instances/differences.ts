import type { InstanceRelationship, NodeInstance } from '../plan.js';
import type { Population } from './instance.js';
import type { Topology } from './topology.js';

/** Unmarked instances are listed because they are related to a marked one. */
export interface ModifiedInstance extends NodeInstance {
  readonly modification?: Mark;
}
type Mark = 'added' | 'removed' | 'extended' | 'reduced';

/** What a modification does, in four lists (plan.md §4). */
export interface Modification {
  readonly added_and_related: readonly ModifiedInstance[];
  readonly removed_and_related: readonly ModifiedInstance[];
  readonly extended_and_related: readonly ModifiedInstance[];
  readonly reduced_and_related: readonly ModifiedInstance[];
}

/** Compares the instances as they were with those as they will be. */
export function differences(
  topology: Topology,
  population: Population,
  previous: readonly NodeInstance[],
): Modification {
  const added: NodeInstance[] = [];
  const after = new Map<string, readonly InstanceRelationship[]>();
  for (const node of topology.nodes.values()) {
    for (const instance of population.get(node) ?? []) {
      if (instance.present === null) {
        added.push(instance.toNodeInstance());
      } else {
        after.set(instance.id, instance.relationships);
      }
    }
  }
  const removed = previous.filter(({ id }) => !after.has(id));
  const staying = previous.filter(({ id }) => after.has(id));
  const gains = new Map<string, readonly InstanceRelationship[]>();
  const losses = new Map<string, readonly InstanceRelationship[]>();
  for (const record of staying) {
    const now = after.get(record.id) ?? [];
    gains.set(record.id, missingFrom(record.relationships, now));
    losses.set(record.id, missingFrom(now, record.relationships));
  }
  return {
    added_and_related: comingOrGoing('added', added, staying, gains),
    removed_and_related: comingOrGoing('removed', removed, staying, losses),
    extended_and_related: changed('extended', staying, gains),
    reduced_and_related: changed('reduced', staying, losses),
  };
}

type Changes = ReadonlyMap<string, readonly InstanceRelationship[]>;

/** Those that come or go, and what stays and is related to them, holding only these relationships. */
function comingOrGoing(
  mark: 'added' | 'removed',
  moving: readonly NodeInstance[],
  staying: readonly NodeInstance[],
  changes: Changes,
): readonly ModifiedInstance[] {
  const ids = new Set(moving.map(({ id }) => id));
  const targets = new Set(moving.flatMap(({ relationships }) => relationships.map(({ target_id: id }) => id)));
  const list: ModifiedInstance[] = moving.map((instance) => ({ ...instance, modification: mark }));
  for (const instance of staying) {
    const relationships = (changes.get(instance.id) ?? []).filter(({ target_id: id }) => ids.has(id));
    if (relationships.length > 0 || targets.has(instance.id)) {
      list.push({ ...instance, relationships });
    }
  }
  return list;
}

/** Those that gain or lose relationships, holding these, and what stays and is at the other end. */
function changed(
  mark: 'extended' | 'reduced',
  staying: readonly NodeInstance[],
  changes: Changes,
): readonly ModifiedInstance[] {
  const targets = new Set<string>();
  for (const { id } of staying) {
    for (const { target_id: target } of changes.get(id) ?? []) {
      targets.add(target);
    }
  }
  const list: ModifiedInstance[] = [];
  for (const instance of staying) {
    const relationships = changes.get(instance.id) ?? [];
    if (relationships.length > 0) {
      list.push({ ...instance, relationships, modification: mark });
    } else if (targets.has(instance.id)) {
      list.push({ ...instance, relationships });
    }
  }
  return list;
}

/** Up to here, looking through a list is quicker than building a set. */
const FEW = 8;

/** Those of `all` that are not in `known`. */
function missingFrom(
  known: readonly InstanceRelationship[],
  all: readonly InstanceRelationship[],
): readonly InstanceRelationship[] {
  if (known.length <= FEW) {
    return all.filter((one) => !known.some(({ type, target_id: id }) => one.type === type && one.target_id === id));
  }
  const keys = new Set(known.map(keyOf));
  return all.filter((relationship) => !keys.has(keyOf(relationship)));
}

function keyOf({ type, target_id: id }: InstanceRelationship): string {
  return `${id}\0${type}`;
}
