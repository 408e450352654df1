import type { Population } from './instance.js';
import { Instance } from './instance.js';
import type { PresentInstance } from './present.js';
import type { Entity, IdSource, Topology } from './topology.js';
import { instanceError } from './topology.js';

/** How large a deployment may become: numbers multiply down the tree, and two sides of a relationship, too. */
export interface InstanceLimits {
  /** Of nodes and of scaling groups together. */
  readonly instances: number;
  /** And as many memberships in scaling groups. */
  readonly relationships: number;
}

export const DEFAULT_INSTANCE_LIMITS: InstanceLimits = { instances: 100_000, relationships: 500_000 };

/** Which instances there shall be in one instance of the parent; null for the outermost. */
export type Want = (
  entity: Entity,
  parent: Instance | null,
) => { readonly keep: readonly PresentInstance[]; readonly create: number };

/**
 * Makes the trees of instances, from the outermost inwards (plan.md §3.1).
 * @throws DslError naming the node or group that would make more instances than the limit
 */
export function grow(topology: Topology, want: Want, ids: UniqueIds, limits: InstanceLimits): Population {
  const population = new Map<Entity, readonly Instance[]>();
  let total = 0;
  let memberships = 0;
  for (const entity of topology.ordered) {
    const instances: Instance[] = [];
    const parents = entity.parents.flatMap((parent) => population.get(parent) ?? []);
    for (const parent of entity.parents.length === 0 ? [null] : parents) {
      const { keep, create } = want(entity, parent);
      total += keep.length + create;
      memberships += entity.isGroup ? 0 : (keep.length + create) * (parent?.groupDepth ?? 0);
      if (total > limits.instances || memberships > limits.relationships) {
        throw instanceError(
          `Together with '${entity.name}' there would be more than ${String(limits.instances)} instances, or too many of them in scaling groups`,
        );
      }
      for (const present of keep) {
        instances.push(new Instance(present.id, entity, parent, present));
      }
      for (let made = 0; made < create; made += 1) {
        instances.push(new Instance(ids.next(entity.name), entity, parent, null));
      }
    }
    population.set(entity, instances);
  }
  return population;
}

/** A good source repeats itself once in two thousand million times; one that does this often is broken. */
const MAX_REPETITIONS = 100;

/** Ids `<name>_<6 characters>`, each one once. */
export class UniqueIds {
  private readonly used: Set<string>;

  constructor(
    private readonly source: IdSource,
    used: Iterable<string> = [],
  ) {
    this.used = new Set(used);
  }

  next(name: string): string {
    for (let attempt = 0; attempt < MAX_REPETITIONS; attempt += 1) {
      const id = `${name}_${this.source()}`;
      if (!this.used.has(id)) {
        this.used.add(id);
        return id;
      }
    }
    throw new Error('the source of ids repeats itself');
  }
}
