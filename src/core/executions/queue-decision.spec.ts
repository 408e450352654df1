import { decideQueue, type QueueSituation, type QueueWish } from './queue-decision.js';

const IDLE: QueueSituation = {
  systemWide: false,
  active: 0,
  most: 20,
  deploymentActive: false,
  deploymentQueued: false,
};
const PLAIN: QueueWish = { force: false, queue: false, overlaps: false, isAwaited: false };
const decide = (wish: Partial<QueueWish>, situation: Partial<QueueSituation>): string =>
  decideQueue({ ...PLAIN, ...wish }, { ...IDLE, ...situation });

describe('an execution that asks to run', () => {
  it('runs when nothing else does', () => {
    expect(decide({}, {})).toBe('run');
    expect(decide({ queue: true }, { active: 19 })).toBe('run');
  });

  it.each([{}, { force: true }, { queue: true }, { overlaps: true }])(
    'waits for one that concerns the whole system: %j',
    (wish) => {
      expect(decide(wish, { systemWide: true })).toBe('queue');
    },
  );

  it.each([{ deploymentActive: true }, { deploymentQueued: true }])('is not alone in its deployment: %j', (busy) => {
    expect(decide({}, busy)).toBe('refuse');
    expect(decide({ queue: true }, busy)).toBe('queue');
    expect(decide({ force: true }, busy)).toBe('run');
    expect(decide({ overlaps: true }, busy)).toBe('run');
  });

  it('waits when enough run already, unless somebody waits for it', () => {
    expect(decide({}, { active: 20 })).toBe('queue');
    expect(decide({ force: true }, { active: 20 })).toBe('run');
    expect(decide({ isAwaited: true }, { active: 20 })).toBe('run');
    expect(decide({ isAwaited: true }, { deploymentActive: true, active: 20 })).toBe('refuse');
  });
});
