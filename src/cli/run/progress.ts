type Item = Readonly<Record<string, unknown>>;

export interface ShownInstance {
  readonly id: string;
  readonly node: string;
  readonly state: string;
  /** What contains it; null at the top. */
  readonly container: string | null;
}

export interface ShownEvent {
  readonly storageId: number;
  readonly time: string;
  readonly isLog: boolean;
  /** `task_started`, or the level of a log line. */
  readonly kind: string;
  readonly instance: string | null;
  readonly operation: string | null;
  readonly message: string;
}

/** What a run looks like at one moment. */
export interface Progress {
  readonly workflow: string;
  readonly status: string;
  readonly error: string | null;
  readonly finishedOperations: number;
  readonly totalOperations: number;
  readonly instances: readonly ShownInstance[];
  /** Operations that began and have not ended: `web_1a2b3c create`. */
  readonly current: readonly string[];
}

const CONTAINED_IN = 'cloudify.relationships.contained_in';
const ENDS = new Set(['task_succeeded', 'task_failed', 'task_rescheduled']);

/** Which relationship types of which node put it into another one: `node type` pairs. */
export function containments(nodes: readonly Item[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { id, relationships } of nodes) {
    for (const { type, type_hierarchy: hierarchy } of itemsOf(relationships)) {
      if (Array.isArray(hierarchy) && hierarchy.includes(CONTAINED_IN)) found.add(`${String(id)} ${String(type)}`);
    }
  }
  return found;
}

export function instanceOf(item: Item, contained: ReadonlySet<string>): ShownInstance {
  const { id, node_id: node, state, relationships } = item;
  const container = itemsOf(relationships).find(({ type }) => contained.has(`${String(node)} ${String(type)}`));
  return {
    id: String(id),
    node: String(node),
    state: String(state),
    container: container === undefined ? null : String(container['target_id']),
  };
}

export function eventOf(item: Item): ShownEvent {
  const isLog = item['type'] === 'cloudify_log';
  return {
    storageId: Number(item['_storage_id']),
    time: String(item['reported_timestamp']),
    isLog,
    kind: String(isLog ? item['level'] : item['event_type']),
    instance: textOf(item['node_instance_id']) ?? textOf(item['source_id']),
    operation: textOf(item['operation']),
    message: String(item['message']),
  };
}

/** Operations under way, told from the events that say when one begins and ends. */
export class CurrentOperations {
  private readonly running = new Map<string, number>();

  add({ kind, isLog, instance, operation }: ShownEvent): void {
    if (isLog || instance === null || operation === null) return;
    const name = `${instance} ${operation.slice(operation.lastIndexOf('.') + 1)}`;
    const count = this.running.get(name) ?? 0;
    if (kind === 'task_started') this.running.set(name, count + 1);
    else if (ENDS.has(kind) && count <= 1) this.running.delete(name);
    else if (ENDS.has(kind)) this.running.set(name, count - 1);
  }

  names(): readonly string[] {
    return [...this.running.keys()];
  }
}

function itemsOf(value: unknown): readonly Item[] {
  return Array.isArray(value) ? (value as readonly Item[]) : [];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
