import type { PlanPlugin } from '../plan.js';

export type PluginList = readonly PlanPlugin[];

export const NO_PLUGINS: PluginList = [];

/** Lists of plugins as sets: equal ones are one object, since thousands of nodes have the same. */
export class PluginLists {
  private readonly numbers = new Map<PlanPlugin, number>();
  private readonly known = new Map<string, PluginList>();
  private readonly singles = new Map<PluginList, PluginList>();
  private readonly parts = new Map<string, Map<PluginList, PluginList>>();

  /** Each plugin once; within a list there are no repetitions. */
  union(lists: ReadonlySet<PluginList>): PluginList {
    const [only, other] = lists;
    if (only === undefined || other !== undefined) {
      return this.shared([...new Set([...lists].flat())]);
    }
    const known = this.singles.get(only) ?? this.shared(only);
    this.singles.set(only, known);
    return known;
  }

  /** Those with that executor. */
  only(plugins: PluginList, executor: string): PluginList {
    if (plugins.length === 0) {
      return NO_PLUGINS;
    }
    let parts = this.parts.get(executor);
    if (parts === undefined) {
      this.parts.set(executor, (parts = new Map()));
    }
    let part = parts.get(plugins);
    if (part === undefined) {
      parts.set(plugins, (part = this.shared(plugins.filter((plugin) => plugin.executor === executor))));
    }
    return part;
  }

  private shared(list: PluginList): PluginList {
    if (list.length === 0) {
      return NO_PLUGINS;
    }
    const key = list
      .map((plugin) => this.numberOf(plugin))
      .toSorted((a, b) => a - b)
      .join();
    const known = this.known.get(key) ?? list;
    this.known.set(key, known);
    return known;
  }

  private numberOf(plugin: PlanPlugin): number {
    const number = this.numbers.get(plugin) ?? this.numbers.size;
    this.numbers.set(plugin, number);
    return number;
  }
}

/** Lists of plugins that belong together, gathered under names. */
export class GatheredPlugins {
  private readonly gathered = new Map<string, Set<PluginList>>();

  add(name: string, plugins: PluginList): void {
    if (plugins.length === 0) {
      return;
    }
    const lists = this.gathered.get(name);
    if (lists === undefined) {
      this.gathered.set(name, new Set([plugins]));
    } else {
      lists.add(plugins);
    }
  }

  /** The plugins of every name that has some. */
  in(lists: PluginLists): ReadonlyMap<string, PluginList> {
    return new Map([...this.gathered].map(([name, found]) => [name, lists.union(found)] as const));
  }
}
