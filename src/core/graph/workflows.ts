import { GraphBuilder } from './graph-builder.js';
import { hostStopping, installStages, rollbackStages, uninstallStages } from './lifecycle.js';
import type { Keeps, TaskGraph } from './task.js';
import type { Stage } from './tasks.js';
import { LIFECYCLE, RELATIONSHIP, Tasks } from './tasks.js';
import type { Link, OperationCall, WorkflowInstance, WorkflowTopology } from './topology.js';

const LIFECYCLE_OPERATION = 'operation';
const NO_RELATED: readonly WorkflowInstance[] = [];

/** Which instances a graph is about. */
export interface Scope {
  readonly instances: readonly WorkflowInstance[];
  /** Instances that stay as they are, but whose relationships to those of the graph are made or undone. */
  readonly related?: readonly WorkflowInstance[];
}

type Stages = (tasks: Tasks, instance: WorkflowInstance) => readonly Stage[];
interface Kind {
  readonly name: string;
  readonly prefix: string;
  readonly ignore?: boolean;
  /** Which end of a relationship waits for the other; null for neither. */
  readonly waits: 'source' | 'target' | null;
  /** Retried as a whole by a new one (orchestration §9.4). */
  readonly rebuild?: 'install' | 'uninstall';
  /** Of intact instances, for their relationships to those that are handled. */
  readonly link?: 'establish' | 'unlink';
  readonly onFailure?: 'ignore';
  /** Where it is kept how the subgraph of an instance ended. */
  readonly keeps?: Keeps;
}

/** Targets before sources; made by the states that the instances have now (orchestration §9.1). */
export function installGraph(topology: WorkflowTopology, scope: Scope, prefix = ''): TaskGraph {
  const kind: Kind = {
    name: `${prefix}install`,
    prefix: 'install_',
    waits: 'source',
    rebuild: 'install',
    link: 'establish',
  };
  return build(topology, scope, kind, (tasks, instance) => installStages(topology, tasks, instance));
}

/** Sources before targets (orchestration §9.3). */
export function uninstallGraph(
  topology: WorkflowTopology,
  scope: Scope,
  options: { readonly ignoreFailure?: boolean; readonly prefix?: string } = {},
): TaskGraph {
  const { ignoreFailure: ignore = false, prefix = '' } = options;
  const kind: Kind = {
    name: `${prefix}uninstall`,
    prefix: '',
    ignore,
    waits: 'target',
    rebuild: 'uninstall',
    link: 'unlink',
  };
  return build(topology, scope, kind, (tasks, instance) => uninstallStages(topology, tasks, instance));
}

/** Undoes what is half made, whatever fails on the way. */
export function rollbackGraph(topology: WorkflowTopology, scope: Scope, prefix = ''): TaskGraph {
  const kind: Kind = { name: `${prefix}rollback`, prefix: 'rollback_', ignore: true, waits: 'target' };
  return build(topology, scope, kind, (tasks, instance) => rollbackStages(topology, tasks, instance));
}

/** Also `start`, `stop`, `pull` and the halves of `restart`, which leave the states as they are. */
export function executeOperationGraph(
  topology: WorkflowTopology,
  scope: Scope,
  operation: string,
  options: OperationCall & { readonly byDependencyOrder?: boolean } = {},
): TaskGraph {
  const { byDependencyOrder = false, ...call } = options;
  const kind: Kind = {
    name: `execute_operation_${operation}`,
    prefix: '',
    waits: byDependencyOrder ? 'source' : null,
  };
  return build(topology, scope, kind, (tasks, instance) => {
    const found = tasks.operation(instance, operation, call);
    return found.length === 0
      ? []
      : [
          [tasks.event(instance, `Starting operation ${operation}`)],
          found,
          [tasks.event(instance, `Finished operation ${operation}`)],
        ];
  });
}

export function checkStatusGraph(topology: WorkflowTopology, scope: Scope, byDependencyOrder = false): TaskGraph {
  const kind: Kind = { name: 'check_status', prefix: 'check_status_', waits: byDependencyOrder ? 'source' : null };
  return build(topology, scope, kind, (tasks, instance) => [
    tasks.operation(instance, 'cloudify.interfaces.validation.check_status', { retries: 0, keeps: 'status' }),
  ]);
}

export function checkDriftGraph(
  topology: WorkflowTopology,
  scope: Scope,
  options: { readonly byDependencyOrder?: boolean; readonly prefix?: string } = {},
): TaskGraph {
  const { byDependencyOrder = true, prefix = '' } = options;
  const kind: Kind = {
    name: `${prefix}check_drift`,
    prefix: 'check_drift_',
    waits: byDependencyOrder ? 'source' : null,
  };
  return build(topology, scope, kind, (tasks, instance) => [
    tasks.operation(instance, `${LIFECYCLE}check_drift`, { keeps: 'drift' }),
    topology
      .links(instance)
      .flatMap((link) => tasks.link(link, `${RELATIONSHIP}check_drift`, { keeps: 'relationship-drift' })),
  ]);
}

/** Heals those that can heal themselves; what fails is marked, and the others go on (orchestration §10). */
export function healGraph(topology: WorkflowTopology, scope: Scope): TaskGraph {
  const kind: Kind = { name: 'heal', prefix: 'heal_', waits: 'source', onFailure: 'ignore', keeps: 'heal' };
  return build(topology, scope, kind, (tasks, instance) => [
    [tasks.event(instance, 'Healing node instance')],
    tasks.operation(instance, `${LIFECYCLE}preheal`),
    tasks.operation(instance, `${LIFECYCLE}heal`),
    tasks.operation(instance, `${LIFECYCLE}postheal`),
    [tasks.event(instance, 'Node instance healed')],
  ]);
}

/** What drifted, by instance: itself, and the targets of its relationships. */
export type Drift = ReadonlyMap<string, { readonly own: boolean; readonly targets: readonly string[] }>;

/** Brings what drifted up to date; what fails is marked, and the others go on (orchestration §11). */
export function updateGraph(topology: WorkflowTopology, scope: Scope, drift: Drift): TaskGraph {
  const kind: Kind = { name: 'update', prefix: 'update_', waits: 'source', onFailure: 'ignore', keeps: 'update' };
  const own = ['preupdate', 'update', 'postupdate', 'update_config', 'update_apply', 'update_postapply'];
  return build(topology, scope, kind, (tasks, instance) => {
    const drifted = drift.get(instance.id);
    const targets = new Set(drifted?.targets ?? []);
    return [
      ...(drifted?.own === true ? own.map((name) => tasks.operation(instance, LIFECYCLE + name)) : []),
      topology
        .links(instance)
        .filter(({ target }) => targets.has(target.id))
        .flatMap((link) => tasks.link(link, `${RELATIONSHIP}update`)),
    ];
  });
}

/** The content that a retried subgraph gets, by the state of now (orchestration §9.4). */
export function lifecycleRetry(
  topology: WorkflowTopology,
  of: 'install' | 'uninstall',
  instance: WorkflowInstance,
): TaskGraph {
  const builder = new GraphBuilder();
  const container = builder.add({
    name: `re${of}_${instance.id}`,
    action: { kind: 'subgraph', instance: instance.id },
  });
  const tasks = new Tasks(topology, false, container);
  const fresh = { ...instance, state: 'uninitialized' };
  builder.sequence([
    [tasks.event(instance, `Retrying to ${of} node instance`)],
    ...uninstallStages(topology, tasks, instance),
    ...(of === 'install' ? installStages(topology, tasks, fresh) : []),
  ]);
  return builder.finish(`re${of}`);
}

/**
 * What a resumed install does first for an instance whose operation was under way (orchestration §3); null when there
 * is nothing to clean.
 */
export function installCleanup(topology: WorkflowTopology, instance: WorkflowInstance): TaskGraph | null {
  const builder = new GraphBuilder();
  const name = `cleanup_${instance.id}`;
  const tasks = new Tasks(
    topology,
    true,
    builder.add({ name, action: { kind: 'subgraph', instance: instance.id }, onFailure: 'ignore' }),
  );
  const operation = (each: string): Stage => tasks.operation(instance, LIFECYCLE + each);
  let stages: readonly Stage[] = [];
  if (instance.state === 'starting') {
    stages = [operation('prestop'), ...hostStopping(topology, tasks, instance), operation('stop')];
  } else if (instance.state === 'creating') {
    stages = [operation('delete'), operation('postdelete')];
  }
  builder.sequence(stages);
  return stages.flat().length === 0 ? null : builder.finish(name);
}

/** Target ids by source id. */
export type Targets = Readonly<Record<string, readonly string[]>>;

/** Makes or undoes only these relationships, of instances that stay (orchestration §11). */
export function relinkGraph(topology: WorkflowTopology, link: 'establish' | 'unlink', targets: Targets): TaskGraph {
  const [name, waits] =
    link === 'establish' ? (['establish-install', 'source'] as const) : (['unlink-uninstall', 'target'] as const);
  const instances = topology.instances.filter(({ id }) => Object.hasOwn(targets, id));
  return build(topology, { instances }, { name, prefix: `${link}_`, waits }, (tasks, instance) => {
    const wanted = new Set(targets[instance.id]);
    const links = topology.links(instance).filter(({ target }) => wanted.has(target.id));
    const groups = tasks.links(links, RELATIONSHIP + link);
    return link === 'unlink' ? groups.toReversed() : groups;
  });
}

function build(topology: WorkflowTopology, scope: Scope, kind: Kind, stagesOf: Stages): TaskGraph {
  const builder = new GraphBuilder();
  const handled = new Map<string, number>();
  /** By instance and operation: the tasks directly after it. */
  const after = new Map<string, readonly number[]>();
  const { total, interval } = { total: topology.retries.subgraphRetries, interval: topology.retries.taskRetryInterval };
  const selected = new Set(scope.instances.map(({ id }) => id));
  for (const instance of scope.instances) {
    const container = builder.add({
      name: `${kind.prefix}${instance.id}`,
      action: {
        kind: 'subgraph',
        instance: instance.id,
        ...(kind.rebuild === undefined ? {} : { rebuild: kind.rebuild }),
        ...(kind.keeps === undefined ? {} : { keeps: kind.keeps }),
      },
      ...(kind.rebuild === undefined ? {} : { total, interval }),
      ...(kind.onFailure === undefined ? {} : { onFailure: kind.onFailure }),
    });
    handled.set(instance.id, container);
    const stages = stagesOf(new Tasks(topology, kind.ignore ?? false, container), instance).filter(
      (each) => each.length > 0,
    );
    const placed = builder.sequence(stages);
    stages.forEach((stage, index) => {
      for (const { action } of stage) {
        if (action.kind === 'operation' && action.relationship === undefined) {
          after.set(`${instance.id} ${action.operation}`, placed[index + 1] ?? [container]);
        }
      }
    });
  }
  const stubs = kind.waits === null ? NO_RELATED : topology.instances.filter(({ id }) => !selected.has(id));
  const related = new Set((scope.related ?? []).map(({ id }) => id));
  for (const instance of stubs) {
    const container = builder.add({ name: `stub_${instance.id}`, action: { kind: 'subgraph', instance: instance.id } });
    handled.set(instance.id, container);
    if (kind.link !== undefined && related.has(instance.id)) {
      const tasks = new Tasks(topology, kind.ignore ?? false, container);
      const links = topology.links(instance).filter(({ target }) => selected.has(target.id));
      const groups = tasks.links(links, RELATIONSHIP + kind.link);
      builder.sequence(kind.link === 'unlink' ? groups.toReversed() : groups);
    }
  }
  for (const instance of kind.waits === null ? NO_RELATED : topology.instances) {
    order(builder, topology.links(instance), kind.waits === 'source', handled, after);
  }
  return builder.finish(kind.name);
}

function order(
  builder: GraphBuilder,
  links: readonly Link[],
  sourceWaits: boolean,
  handled: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, readonly number[]>,
): void {
  for (const { source, target, relationship } of links) {
    const [from, to] = [handled.get(source.id), handled.get(target.id)];
    if (from === undefined || to === undefined) {
      continue;
    }
    const wanted = relationship.properties.get(LIFECYCLE_OPERATION);
    const points =
      sourceWaits && typeof wanted === 'string' ? after.get(`${target.id} ${LIFECYCLE}${wanted}`) : undefined;
    if (!sourceWaits) {
      builder.depend(to, from);
    } else {
      (points ?? [to]).forEach((point) => builder.depend(from, point));
    }
  }
}
