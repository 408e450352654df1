/** States of an execution (rest-api §1.16). */
export const EXECUTION_STATUSES = [
  'scheduled',
  'queued',
  'pending',
  'started',
  'cancelling',
  'force_cancelling',
  'kill_cancelling',
  'terminated',
  'failed',
  'cancelled',
] as const;

export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];
export type EndStatus = 'terminated' | 'failed' | 'cancelled';

const ACTIVE: ReadonlySet<ExecutionStatus> = new Set([
  'pending',
  'started',
  'cancelling',
  'force_cancelling',
  'kill_cancelling',
]);

export function isExecutionStatus(text: string): text is ExecutionStatus {
  return EXECUTION_STATUSES.some((status) => status === text);
}

export function isEnd(status: ExecutionStatus): status is EndStatus {
  return status === 'terminated' || status === 'failed' || status === 'cancelled';
}

export function isBeingCancelled(status: ExecutionStatus): boolean {
  return status === 'cancelling' || status === 'force_cancelling' || status === 'kill_cancelling';
}

/**
 * Whether a report may take an execution from one status to another (orchestration §1). What people ask for (cancel,
 * resume, requeue) has rules of its own.
 */
export function mayBecome(from: ExecutionStatus, to: ExecutionStatus, workflowId: string): boolean {
  if (from === to) return true;
  // The record of a snapshot is part of it: restored, it says `started` for ever unless it may be ended once more.
  if (isEnd(from)) return workflowId === 'create_snapshot' && to === 'terminated';
  if (from === 'cancelling' || from === 'force_cancelling') return !ACTIVE.has(to) && to !== 'terminated';
  return true;
}
