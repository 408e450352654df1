import type { Want } from './grow.js';
import type { Instance } from './instance.js';
import type { PresentForest, PresentInstance } from './present.js';
import type { Entity, Topology } from './topology.js';

/** How many instances of a node or group there shall be, per instance of its parent (plan.md §4). */
export interface WantedInstances {
  readonly instances: number;
  /** Go first, in this order. For a group they name instances of nodes in it. */
  readonly removed_ids_include_hint?: readonly string[];
  /** Go last. */
  readonly removed_ids_exclude_hint?: readonly string[];
}

/** Stands for "nothing around" among keys. */
const OUTSIDE = Symbol('outside');
type Around = PresentInstance | typeof OUTSIDE;

/** The present instances of one node or group, by where the changed trees will look for them. */
interface Stock {
  /** Those that are in an instance of what contains them in the changed trees, too: they stay there or go. */
  readonly placed: Map<Around, PresentInstance[]>;
  /** Those whose groups changed: any group instance within the same container may take them. */
  readonly regrouped: Map<Around, PresentInstance[]>;
  /** Those whose container changed: any may take them. */
  readonly moved: PresentInstance[];
}

/** Decides which present instances stay, and how many new ones there shall be (plan.md §4). */
export class Scaling {
  private readonly stocks = new Map<Entity, Stock>();

  constructor(
    topology: Topology,
    private readonly forest: PresentForest,
    private readonly modified: ReadonlyMap<string, WantedInstances>,
  ) {
    for (const entity of topology.ordered) {
      this.stocks.set(entity, { placed: new Map(), regrouped: new Map(), moved: [] });
    }
    for (const present of forest.all) {
      const entity = (present.isGroup ? topology.groups : topology.nodes).get(present.name);
      const stock = entity && this.stocks.get(entity);
      if (entity !== undefined && stock !== undefined) {
        this.store(present, entity, stock);
      }
    }
  }

  readonly want: Want = (entity, parent) => {
    const modified = this.modified.get(entity.name);
    const present = this.presentIn(entity, parent, modified?.instances ?? entity.count);
    const wanted = modified?.instances ?? Math.max(present.length, entity.count);
    if (wanted >= present.length) {
      return { keep: present, create: wanted - present.length };
    }
    const removed = this.chosen(entity, present, present.length - wanted, modified);
    return { keep: present.filter((instance) => !removed.has(instance)), create: 0 };
  };

  private store(present: PresentInstance, entity: Entity, stock: Stock): void {
    const { parent, container } = present;
    if (isAmong(parent, entity.parents)) {
      put(stock.placed, parent ?? OUTSIDE, present);
    } else if (isAmong(container, containersOf(entity))) {
      put(stock.regrouped, container ?? OUTSIDE, present);
    } else {
      stock.moved.push(present);
    }
  }

  /** What there is already for an instance of the parent; those without a place come to fill it up. */
  private presentIn(entity: Entity, parent: Instance | null, wanted: number): readonly PresentInstance[] {
    const stock = this.stocks.get(entity);
    const around = parent === null ? OUTSIDE : parent.present;
    const found = around === null ? [] : (stock?.placed.get(around) ?? []);
    const container = parent?.entity.isGroup === true ? parent.container : parent;
    const outer = container === null ? OUTSIDE : container.present;
    const regrouped = outer === null ? [] : (stock?.regrouped.get(outer) ?? []);
    const room = wanted - found.length;
    const taken = take(regrouped, parent?.entity.isGroup === true ? room : Infinity);
    return [...found, ...taken, ...take(stock?.moved ?? [], parent === null ? Infinity : room - taken.length)];
  }

  private chosen(
    entity: Entity,
    present: readonly PresentInstance[],
    count: number,
    modified: WantedInstances | undefined,
  ): ReadonlySet<PresentInstance> {
    const candidates = new Set(present);
    const named = (ids: readonly string[] = []): readonly PresentInstance[] =>
      ids
        .map((id) => this.meant(entity, id))
        .filter((one) => one !== undefined && candidates.has(one)) as PresentInstance[];
    const excluded = named(modified?.removed_ids_exclude_hint);
    const last = new Set(excluded);
    const order = new Set([
      ...named(modified?.removed_ids_include_hint),
      ...present.filter((instance) => !last.has(instance)).toReversed(),
      ...excluded.toReversed(),
    ]);
    return new Set([...order].slice(0, count));
  }

  /** The instance that an id names; of a group the one that the named node's instance is in. */
  private meant(entity: Entity, id: string): PresentInstance | undefined {
    const named = this.forest.byId.get(id);
    if (!entity.isGroup) {
      return named;
    }
    const seen = new Set<PresentInstance>();
    let around = named ?? null;
    while (around !== null && !seen.has(around) && !(around.isGroup && around.name === entity.name)) {
      seen.add(around);
      around = around.parent;
    }
    return around ?? undefined;
  }
}

/** Whether an instance is one of those entities'; null is at home where there are none. */
function isAmong(instance: PresentInstance | null, entities: readonly Entity[]): boolean {
  return instance === null
    ? entities.length === 0
    : entities.some((entity) => entity.name === instance.name && entity.isGroup === instance.isGroup);
}

/** The nodes that directly contain it, or the groups that it is in. */
function containersOf(entity: Entity): readonly Entity[] {
  let parents = entity.parents;
  while (parents[0]?.isGroup === true) {
    parents = parents[0].parents;
  }
  return parents;
}

function put(target: Map<Around, PresentInstance[]>, around: Around, present: PresentInstance): void {
  const known = target.get(around);
  if (known === undefined) {
    target.set(around, [present]);
  } else {
    known.push(present);
  }
}

/** The last ones, which are gone from the list then. */
function take(from: PresentInstance[], count: number): readonly PresentInstance[] {
  return count <= 0 ? [] : from.splice(Math.max(0, from.length - count));
}
