import { initialState, next } from '../../src/core/graph/engine.js';
import type { GraphOptions } from '../../src/core/graph/engine.js';
import type { Command, GraphEvent, GraphState, Result } from '../../src/core/graph/state.js';
import type { GraphNode, TaskGraph } from '../../src/core/graph/task.js';

type Sent = Extract<Command, { type: 'send' }>;
type EventOf<T> = T extends { readonly at: number } ? Omit<T, 'at'> : never;
export type Happening = EventOf<GraphEvent>;

/** Plays executor and clock for a graph: what is sent is kept until somebody answers, and time goes where it must. */
export class GraphPlayer {
  state: GraphState;
  now = 0;
  readonly commands: Command[] = [];
  readonly history: GraphEvent[] = [];
  /** Operations under way, oldest first. */
  readonly waiting: Sent[] = [];
  /** What was done, readable: `send`, `state`, `event` lines. */
  readonly log: string[] = [];
  rebuilt: (of: 'install' | 'uninstall', instance: string | null) => TaskGraph = () => {
    throw new TypeError('nothing to rebuild');
  };

  constructor(
    readonly graph: TaskGraph,
    options: GraphOptions = {},
  ) {
    this.state = initialState(graph, options);
  }

  feed(event: Happening): readonly Command[] {
    const full = { ...event, at: this.now } as GraphEvent;
    this.history.push(full);
    const step = next(this.graph, this.state, full);
    this.state = step.state;
    for (const command of step.commands) {
      this.commands.push(command);
      this.keep(command);
    }
    return step.commands;
  }

  answer(sent: Sent, result: Result): readonly Command[] {
    this.waiting.splice(this.waiting.indexOf(sent), 1);
    return this.feed({ type: 'result', task: sent.task, attempt: sent.attempt, result });
  }

  /** Answers all that is sent until the graph ends; when only time can bring more, time goes on. */
  run(
    decide: (sent: Sent) => Result = () => ({ kind: 'success', value: null }),
    pick = (_count: number): number => 0,
  ): void {
    for (let steps = 0; this.state.phase === 'running' && steps < 100_000; steps += 1) {
      const sent = this.waiting[pick(this.waiting.length)];
      if (sent !== undefined) {
        this.answer(sent, decide(sent));
      } else if (!this.passTime()) {
        throw new Error('the graph runs, but nothing can happen');
      }
    }
  }

  /** Goes to the next time that something was asked for. */
  passTime(): boolean {
    const timers = this.commands.filter((each) => each.type === 'wake' || each.type === 'rebuild');
    const due = timers.filter(({ at }) => at >= this.now).toSorted((one, other) => one.at - other.at);
    for (const timer of due) {
      const before = this.state;
      this.now = timer.at;
      const { task, attempt } = timer;
      if (timer.type === 'wake') {
        this.feed({ type: 'wake', task, attempt });
      } else {
        this.feed({ type: 'replace', task, attempt, content: this.rebuilt(timer.of, timer.instance) });
      }
      if (this.state !== before && this.state.tasks !== before.tasks) {
        return true;
      }
    }
    return false;
  }

  outcome(): string {
    return this.state.phase;
  }

  count(type: Command['type']): number {
    return this.commands.filter((command) => command.type === type).length;
  }

  private keep(command: Command): void {
    switch (command.type) {
      case 'send':
        this.waiting.push(command);
        this.log.push(sendLine(command));
        break;
      case 'set-state':
        this.log.push(`${command.instance} = ${command.state}`);
        break;
      case 'node-event':
        this.log.push(`${command.instance ?? ''}: ${command.message}`);
        break;
      default:
        break;
    }
  }
}

function sendLine({ action }: Sent): string {
  const { instance, operation, relationship } = action;
  const short = operation.replace('cloudify.interfaces.', '');
  return relationship === undefined
    ? `${instance} ${short}`
    : `${instance} ${short} ${relationship.side} of ${relationship.target}`;
}

/** The places in front of which a task may not be sent: all that it and what it is in wait for. */
export function prerequisites(graph: TaskGraph, place: number): readonly number[] {
  const node: GraphNode | undefined = graph.nodes[place];
  if (node === undefined) {
    return [];
  }
  return [...node.dependencies, ...(node.parent === undefined ? [] : prerequisites(graph, node.parent))];
}
