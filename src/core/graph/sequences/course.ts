import type { Json, TaskGraph } from '../task.js';
import type { Scope } from '../workflows.js';
import { isResumable } from './built-in.js';
import { Given } from './given.js';
import type { BuiltInWorkflow, FinishedPhase, Parameters, Phase, World } from './phase.js';

type Named = Exclude<Phase, { readonly kind: 'end' }>;

/** A phase before it is known whether it lies in the past; it is made only when it does not. */
export interface Stop {
  readonly name: string;
  /** Whether the course goes on when it failed. */
  readonly tolerant: boolean;
  /** Null: there is nothing to do, it is passed over. */
  readonly make: (name: string) => Named | null;
}

/**
 * The way through a workflow: it stops at each phase and gets back how that ended, or null for one that was passed
 * over. It is walked from the beginning each time, so whatever it decides from the world must go into a phase's data:
 * later the world is another one. Returns the error that it ends with.
 */
export type Course<Outcome = string | null> = Generator<Stop, Outcome, FinishedPhase | null>;

/** What a course sees. */
export class Setting {
  readonly given: Given;

  constructor(
    readonly workflow: BuiltInWorkflow,
    parameters: Parameters,
    readonly world: World,
  ) {
    this.given = new Given(parameters);
  }

  /** Those of these ids that there are, with all others as related ones. */
  scope(ids: Iterable<string>): Scope {
    const wanted = new Set(ids);
    const { instances } = this.world.topology;
    return {
      instances: instances.filter(({ id }) => wanted.has(id)),
      related: instances.filter(({ id }) => !wanted.has(id)),
    };
  }

  selected(): Scope {
    return this.scope(this.world.topology.select(this.given.selection()).map(({ id }) => id));
  }

  graph(
    name: string,
    make: () => TaskGraph | null,
    options: { readonly tolerant?: boolean; readonly data?: () => Json } = {},
  ): Stop {
    const { tolerant = false, data } = options;
    return {
      name,
      tolerant,
      make: (full) => {
        const graph = make();
        return graph === null
          ? null
          : {
              kind: 'graph',
              name: full,
              graph: { ...graph, name: full },
              tolerant,
              resumable: isResumable(this.workflow),
              data: data?.() ?? null,
            };
      },
    };
  }
}

/** A phase that runs no graph. */
export function stop(name: string, make: (name: string) => Named | null): Stop {
  return { name, tolerant: false, make };
}

export function failureOf(phase: FinishedPhase): string {
  return phase.error ?? `${phase.name} failed`;
}

/** The texts in a list that a phase left. */
export function texts(data: Json | undefined): readonly string[] {
  return Array.isArray(data) ? data.filter((each): each is string => typeof each === 'string') : [];
}
