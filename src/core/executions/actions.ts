import { isEnd, type ExecutionStatus } from './transitions.js';

/** What people ask of an execution: `POST /executions/{id}` (orchestration §3). */
export const EXECUTION_ACTIONS = ['cancel', 'force-cancel', 'kill', 'resume', 'force-resume', 'requeue'] as const;
export type ExecutionAction = (typeof EXECUTION_ACTIONS)[number];

export function isExecutionAction(text: string): text is ExecutionAction {
  return EXECUTION_ACTIONS.some((action) => action === text);
}

export type ActionVerdict =
  /** Somebody works on it and brings it to its end. */
  | { readonly kind: 'ask'; readonly status: 'cancelling' | 'force_cancelling' | 'kill_cancelling' }
  /** Nobody has begun. */
  | { readonly kind: 'cancel' }
  | { readonly kind: 'resume'; readonly force: boolean }
  | { readonly kind: 'requeue' }
  /** It is so already. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refuse'; readonly code: 'illegal_action_error' | 'conflict_error' };

const ILLEGAL: ActionVerdict = { kind: 'refuse', code: 'illegal_action_error' };
const CONFLICT: ActionVerdict = { kind: 'refuse', code: 'conflict_error' };

/** What an action means for an execution in this status. */
export function judgeAction(action: ExecutionAction, status: ExecutionStatus): ActionVerdict {
  const waits = status === 'queued' || status === 'scheduled';
  const runs = status === 'pending' || status === 'started';
  switch (action) {
    case 'cancel':
      return waits ? { kind: 'cancel' } : runs ? { kind: 'ask', status: 'cancelling' } : ILLEGAL;
    case 'force-cancel':
      if (waits) return { kind: 'cancel' };
      return runs || status === 'cancelling' ? { kind: 'ask', status: 'force_cancelling' } : ILLEGAL;
    case 'kill':
      if (waits) return { kind: 'cancel' };
      // Nothing is left to be killed; a killed one must not come back to life to be cancelled.
      return isEnd(status) || status === 'kill_cancelling'
        ? { kind: 'nothing' }
        : { kind: 'ask', status: 'kill_cancelling' };
    case 'resume':
      return status === 'cancelled' || status === 'failed' || status === 'started'
        ? { kind: 'resume', force: false }
        : CONFLICT;
    case 'force-resume':
      return status === 'cancelled' || status === 'failed' ? { kind: 'resume', force: true } : CONFLICT;
    case 'requeue':
      return status === 'cancelled' || status === 'failed' ? { kind: 'requeue' } : ILLEGAL;
  }
}
