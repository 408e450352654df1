import { EXECUTION_ACTIONS, judgeAction, type ActionVerdict, type ExecutionAction } from './actions.js';
import { EXECUTION_STATUSES } from './transitions.js';

/**
 * Columns in the order of EXECUTION_STATUSES: scheduled, queued, pending, started, cancelling, force_cancelling,
 * kill_cancelling, terminated, failed, cancelled. C cancelled at once, a asked to end, r resumed, q queued, - nothing to
 * do, 4 illegal action, 9 conflict.
 */
const TABLE: Readonly<Record<ExecutionAction, string>> = {
  cancel: 'CCaa444444',
  'force-cancel': 'CCaaa44444',
  kill: 'CCaaaa----',
  resume: '999r9999rr',
  'force-resume': '99999999rr',
  requeue: '44444444qq',
};

const mark = (verdict: ActionVerdict): string => {
  switch (verdict.kind) {
    case 'ask':
      return 'a';
    case 'cancel':
      return 'C';
    case 'resume':
      return 'r';
    case 'requeue':
      return 'q';
    case 'nothing':
      return '-';
    case 'refuse':
      return verdict.code === 'conflict_error' ? '9' : '4';
  }
};

describe('an action on an execution', () => {
  it.each(EXECUTION_ACTIONS)('%s is judged by the status', (action) => {
    expect(EXECUTION_STATUSES.map((status) => mark(judgeAction(action, status))).join('')).toBe(TABLE[action]);
  });

  it('asks for the status that is named after it', () => {
    expect(judgeAction('cancel', 'started')).toEqual({ kind: 'ask', status: 'cancelling' });
    expect(judgeAction('force-cancel', 'cancelling')).toEqual({ kind: 'ask', status: 'force_cancelling' });
    expect(judgeAction('kill', 'force_cancelling')).toEqual({ kind: 'ask', status: 'kill_cancelling' });
    expect(judgeAction('resume', 'failed')).toEqual({ kind: 'resume', force: false });
    expect(judgeAction('force-resume', 'failed')).toEqual({ kind: 'resume', force: true });
  });
});
