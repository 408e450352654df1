import type { Dict, Value } from '../dsl/values.js';
import { schedulesOf } from './default-schedules.js';

const CREATED = new Date('2026-11-22T10:00:00Z');
const dict = (entries: Readonly<Record<string, Value>>): Dict => new Map(Object.entries(entries));
const settings = (schedules: Readonly<Record<string, Value>>): Dict => dict({ default_schedules: dict(schedules) });

describe('default schedules of a blueprint', () => {
  it('are resolved by when the deployment is created', () => {
    const [nightly, once] = schedulesOf(
      settings({
        nightly: dict({
          workflow: 'backup',
          since: '+1 hours',
          until: '+2 mo',
          recurrence: '1 day',
          weekdays: ['mo', 'fr'],
          slip: 5,
          default_enabled: false,
          stop_after_fail: true,
          workflow_parameters: dict({ a: 1 }),
          execution_arguments: dict({ force: true, wait_after_fail: 7, odd: 1 }),
        }),
        once: dict({ workflow: 'install', since: '2026-12-01 08:00:00', count: 1 }),
      }),
      CREATED,
    );
    expect(nightly).toEqual({
      id: 'nightly',
      workflowId: 'backup',
      rule: { recurrence: '1 day', count: null, weekdays: ['mo', 'fr'] },
      isRecurring: true,
      since: new Date('2026-11-22T11:00:00Z'),
      until: new Date('2027-01-22T10:00:00Z'),
      slip: 5,
      stopOnFail: true,
      enabled: false,
      nextOccurrence: new Date('2026-11-23T11:00:00Z'),
      parameters: dict({ a: 1 }),
      executionArguments: { force: true, wait_after_fail: 7 },
    });
    expect(once).toMatchObject({
      id: 'once',
      isRecurring: false,
      enabled: true,
      nextOccurrence: new Date('2026-12-01T08:00:00Z'),
      executionArguments: {},
    });
  });

  it('are none where there are none', () => {
    expect(schedulesOf(new Map(), CREATED)).toEqual([]);
  });

  it('are refused where a rule or a time means nothing', () => {
    expect(() => schedulesOf(settings({ x: dict({ workflow: 'w', since: 'soon', count: 1 }) }), CREATED)).toThrow(
      /`x` is no time/,
    );
    expect(() => schedulesOf(settings({ x: dict({ workflow: 'w', since: '+1 day' }) }), CREATED)).toThrow(/recurrence/);
  });
});
