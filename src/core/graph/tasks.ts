import type { ResolvedOperation } from '../dsl/plan.js';
import type { Keeps, OperationAction, Task } from './task.js';
import type { Link, OperationCall, RetrySettings, WorkflowInstance, WorkflowTopology } from './topology.js';
import { implemented } from './topology.js';

/** Tasks side by side; stages follow one another. */
export type Stage = readonly Task[];

export const LIFECYCLE = 'cloudify.interfaces.lifecycle.';
export const RELATIONSHIP = 'cloudify.interfaces.relationship_lifecycle.';

interface TaskOptions extends OperationCall {
  readonly ignore?: boolean;
  readonly untilTruthy?: boolean;
  /** In place of the configured number; the operation's own still goes first. */
  readonly retries?: number;
  readonly keeps?: Keeps;
}

/** Makes the tasks of one subgraph. */
export class Tasks {
  constructor(
    private readonly topology: WorkflowTopology,
    private readonly ignore: boolean,
    readonly parent: number,
  ) {}

  /** An operation of the instance; none when there is nothing to run. */
  operation(instance: WorkflowInstance, name: string, options: TaskOptions = {}): Stage {
    const operation = implemented(this.topology.node(instance).operations, name);
    return operation === null
      ? []
      : [this.task(operation, { kind: 'operation', instance: instance.id, operation: name }, options)];
  }

  /** The operations of both sides of a relationship. */
  link({ source, target, relationship }: Link, name: string, options: TaskOptions = {}): Stage {
    return (['source', 'target'] as const).flatMap((side) => {
      const operations = side === 'source' ? relationship.source_operations : relationship.target_operations;
      const operation = implemented(operations, name);
      const action: OperationAction = {
        kind: 'operation',
        instance: source.id,
        operation: name,
        relationship: { target: target.id, side },
      };
      return operation === null ? [] : [this.task(operation, action, options)];
    });
  }

  /** One stage for each run of relationships to the same node (orchestration §9.1). */
  links(links: readonly Link[], name: string): readonly Stage[] {
    const groups: Task[][] = [];
    let before: string | null = null;
    for (const link of links) {
      if (link.target.node_id !== before) {
        groups.push([]);
      }
      before = link.target.node_id;
      groups.at(-1)?.push(...this.link(link, name));
    }
    return groups;
  }

  state(instance: WorkflowInstance, state: string): Task {
    return { name: `set_state ${state}`, action: { kind: 'state', instance: instance.id, state }, parent: this.parent };
  }

  event(instance: WorkflowInstance, message: string): Task {
    return { name: 'send_event', action: { kind: 'event', instance: instance.id, message }, parent: this.parent };
  }

  private task(operation: ResolvedOperation, action: OperationAction, options: TaskOptions): Task {
    const { kwargs, override, keeps, untilTruthy, ignore = this.ignore } = options;
    const settings: RetrySettings = this.topology.retries;
    return {
      name: operation.operation,
      action: {
        ...action,
        ...(kwargs === undefined ? {} : { kwargs }),
        ...(override === undefined ? {} : { override }),
        ...(keeps === undefined ? {} : { keeps }),
      },
      parent: this.parent,
      total: operation.max_retries ?? options.retries ?? settings.taskRetries,
      interval: typeof operation.retry_interval === 'number' ? operation.retry_interval : settings.taskRetryInterval,
      ...(ignore ? { onFailure: 'ignore' as const } : {}),
      ...(untilTruthy === true ? { untilTruthy } : {}),
    };
  }
}
