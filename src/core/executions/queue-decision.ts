/** What else there is when an execution asks to run (orchestration §2). */
export interface QueueSituation {
  /** An execution that concerns the whole system runs or waits. */
  readonly systemWide: boolean;
  /** Executions of workflows that run, in all tenants, and how many may. */
  readonly active: number;
  readonly most: number;
  readonly deploymentActive: boolean;
  readonly deploymentQueued: boolean;
}

export interface QueueWish {
  readonly force: boolean;
  /** Rather waits than is refused. */
  readonly queue: boolean;
  /** An update runs beside others of its deployment. */
  readonly overlaps: boolean;
  /** Another execution waits for this one: to hold it back until there is room would hold up both for ever. */
  readonly isAwaited: boolean;
}

export type QueueDecision = 'run' | 'queue' | 'refuse';

export function decideQueue(wish: QueueWish, situation: QueueSituation): QueueDecision {
  if (situation.systemWide) return 'queue';
  if (wish.force) return 'run';
  if (!wish.overlaps && (situation.deploymentActive || situation.deploymentQueued))
    return wish.queue ? 'queue' : 'refuse';
  return situation.active >= situation.most && !wish.isAwaited ? 'queue' : 'run';
}
