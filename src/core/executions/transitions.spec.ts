import { EXECUTION_STATUSES, isEnd, isExecutionStatus, mayBecome, type ExecutionStatus } from './transitions.js';

/** Rows: from; columns in the order of EXECUTION_STATUSES: x may, . may not. */
const TABLE: Readonly<Record<ExecutionStatus, string>> = {
  //               s q p s c f k t f c
  scheduled: /*      */ 'xxxxxxxxxx',
  queued: /*         */ 'xxxxxxxxxx',
  pending: /*        */ 'xxxxxxxxxx',
  started: /*        */ 'xxxxxxxxxx',
  cancelling: /*     */ 'xx..x...xx',
  force_cancelling: /**/ 'xx...x..xx',
  kill_cancelling: /**/ 'xxxxxxxxxx',
  terminated: /*     */ '.......x..',
  failed: /*         */ '........x.',
  cancelled: /*      */ '.........x',
};

const pairs = EXECUTION_STATUSES.flatMap((from) =>
  EXECUTION_STATUSES.map((to, column) => ({ from, to, allowed: TABLE[from][column] === 'x' })),
);

describe('the status of an execution', () => {
  it.each(pairs)('goes from $from to $to: $allowed', ({ from, to, allowed }) => {
    expect(mayBecome(from, to, 'install')).toBe(allowed);
  });

  it.each(EXECUTION_STATUSES.filter(isEnd))('of a snapshot may be ended again after %s', (from) => {
    expect(mayBecome(from, 'terminated', 'create_snapshot')).toBe(true);
    expect(mayBecome(from, 'started', 'create_snapshot')).toBe(false);
  });

  it('is one of ten words', () => {
    expect(['started', 'completed', '', 'Started'].map(isExecutionStatus)).toEqual([true, false, false, false]);
  });
});
