import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { judgeDue, ScheduleRunner } from '../../src/modules/executions/schedules/schedule-runner.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { expectError } from '../support/expect-error.js';
import { newDeployment } from '../support/executions.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let test: TestApp;
let tenant: TestTenant;
let ada: Member;
let deployment: string;
let runner: ScheduleRunner;

beforeAll(async () => {
  test = await createTestApp({ config: { role: 'api' } });
  tenant = await test.world.tenant();
  ada = await tenant.member('user');
  deployment = await newDeployment(test, tenant, ada);
  runner = test.app.get(ScheduleRunner, { strict: false });
});
afterAll(() => test?.close());

const DAILY = { workflow_id: 'install', since: '2026-01-01T10:00:00Z', recurrence: '1 days' };
const path = (id: string, of = deployment): string => `/execution-schedules/${id}?deployment_id=${of}`;

async function scheduled(body: object = DAILY, of = deployment): Promise<string> {
  const id = unique('schedule');
  const answer = await ada.client.put(path(id, of), body);
  expect(answer.status).toBe(201);
  return id;
}

describe('execution schedules', () => {
  it('are made, with all their keys null where they may be', async () => {
    const id = unique('schedule');
    const { status, body } = await ada.client.put(path(id), {
      ...DAILY,
      until: null,
      rrule: null,
      count: 5,
      weekdays: null,
      slip: 3,
      stop_on_fail: 'true',
      parameters: { a: 1 },
      execution_arguments: { dry_run: 'True', force: false, wait_after_fail: 5, allow_custom_parameters: null },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id,
      deployment_id: deployment,
      workflow_id: 'install',
      rule: { recurrence: '1 days', count: 5, weekdays: null },
      since: '2026-01-01T10:00:00.000Z',
      until: null,
      slip: 3,
      stop_on_fail: true,
      enabled: true,
      parameters: { a: 1 },
      execution_arguments: { is_dry_run: true, force: false, wait_after_fail: 5, allow_custom_parameters: false },
      latest_execution_status: null,
      created_by: ada.username,
      tenant_name: tenant.name,
      visibility: 'tenant',
    });
    expect((await ada.client.get(path(id))).body).toEqual(body);
  });

  it('show what comes next, a thousand at most', async () => {
    const now = test.clock.now().getTime();
    const id = await scheduled({ workflow_id: 'install', since: '2020-01-01', rrule: 'FREQ=HOURLY' });
    const { body } = await ada.client.get(path(id));
    expect(body.all_next_occurrences).toHaveLength(1_000);
    expect(body.all_next_occurrences[0]).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:00:00$/);
    expect(Date.parse(body.next_occurrence)).toBe(Math.floor(now / 3_600_000 + 1) * 3_600_000);
    const over = await scheduled({ workflow_id: 'install', since: '2020-01-01', count: 1 });
    expect((await ada.client.get(path(over))).body).toMatchObject({ next_occurrence: null, all_next_occurrences: [] });
  });

  it('are changed in parts, and removed', async () => {
    const id = await scheduled();
    const changed = await ada.client.patch(path(id), {
      recurrence: '2 weeks',
      weekdays: ['mo'],
      enabled: false,
      slip: 9,
    });
    expect(changed.status).toBe(201);
    expect(changed.body).toMatchObject({
      rule: { recurrence: '2 weeks', count: null, weekdays: ['mo'] },
      enabled: false,
      slip: 9,
      since: '2026-01-01T10:00:00.000Z',
    });
    expect((await ada.client.patch(path(id), { rrule: 'FREQ=DAILY' })).body.rule).toEqual({ rrule: 'FREQ=DAILY' });
    expect((await ada.client.delete(path(id))).status).toBe(204);
    expectError(await ada.client.get(path(id)), 404, 'not_found_error');
    expectError(await ada.client.delete(path(id)), 404, 'not_found_error');
    expectError(await ada.client.patch(path(id), {}), 404, 'not_found_error');
  });

  it('are listed, searched and counted', async () => {
    const other = await newDeployment(test, tenant, ada);
    const [first, second] = [await scheduled(DAILY, other), await scheduled({ ...DAILY, count: 1 }, other)];
    const list = await ada.client.get(`/execution-schedules?deployment_id=${other}&_include=id`);
    expect(list.body.items).toEqual([{ id: first }, { id: second }]);
    expect((await ada.client.get(`/execution-schedules?_search=${second}`)).body.items).toHaveLength(1);
    const summary = await ada.client.get(
      `/summary/execution_schedules?_target_field=deployment_id&_sub_field=workflow_id&deployment_id=${other}`,
    );
    expect(summary.body.items).toEqual([
      {
        deployment_id: other,
        execution_schedules: 2,
        'by workflow_id': expect.arrayContaining([
          { workflow_id: 'recurring', execution_schedules: 1 },
          { workflow_id: 'single', execution_schedules: 1 },
        ]),
      },
    ]);
    expect((await ada.client.get('/summary/execution_schedules?_target_field=id')).status).toBe(400);
  });

  it('keep their ids apart by deployment', async () => {
    const other = await newDeployment(test, tenant, ada);
    const id = await scheduled();
    expect((await ada.client.put(path(id, other), DAILY)).status).toBe(201);
    expectError(await ada.client.put(path(id), DAILY), 409, 'conflict_error');
  });

  it.each<[string, object]>([
    ['no workflow', { since: '2026-01-01' }],
    ['no beginning', { workflow_id: 'install', count: 1 }],
    ['a beginning that is no date', { ...DAILY, since: 'tomorrow' }],
    ['an end before the beginning', { ...DAILY, until: '2025-01-01' }],
    ['both kinds of rule', { ...DAILY, rrule: 'FREQ=DAILY' }],
    ['no rule', { workflow_id: 'install', since: '2026-01-01' }],
    [
      'a rule that is never met',
      { workflow_id: 'install', since: '2026-01-01', rrule: 'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30' },
    ],
    ['a slip that is no number', { ...DAILY, slip: 'x' }],
    ['parameters that are none', { ...DAILY, parameters: [] }],
    ['arguments that are none', { ...DAILY, execution_arguments: { force: 'perhaps' } }],
  ])('refuse %s', async (_name, body) => {
    expectError(await ada.client.put(path(unique('bad')), body), 400, 'bad_parameters_error');
  });

  it('refuse what is not there, and who may not', async () => {
    expectError(await ada.client.put(path('x', 'never'), DAILY), 404, 'not_found_error');
    expectError(await ada.client.put(path('x'), { ...DAILY, workflow_id: 'odd' }), 400, 'nonexistent_workflow_error');
    const bare = await ada.client.get('/execution-schedules/x');
    expect(bare.status).toBe(400);
    expect(bare.body).toEqual({ message: { deployment_id: expect.any(String) } });
    const id = await scheduled();
    const bob = await (await test.world.tenant()).member('user');
    for (const answer of [
      await bob.client.get(path(id)),
      await bob.client.patch(path(id), { enabled: false }),
      await bob.client.delete(path(id)),
    ])
      expectError(answer, 404, 'not_found_error');
    const viewer = await tenant.member('viewer');
    expect((await viewer.client.get(path(id))).status).toBe(200);
    expectError(await viewer.client.delete(path(id)), 403, 'forbidden_error');
    expectError(await ada.client.put(path('x'), { ...DAILY, created_by: 'admin' }), 403, 'forbidden_error');
  });
});

const makeDue = (id: string, secondsAgo: number): Promise<unknown> =>
  allRows(test.database, 'UPDATE execution_schedule SET next_occurrence = $2 WHERE id = $1 RETURNING 1', [
    id,
    new Date(test.clock.now().getTime() - secondsAgo * 1_000),
  ]);

const executionsOf = async (id: string): Promise<{ status: string; workflow_id: string; created_by: string }[]> =>
  (await ada.client.get(`/executions?deployment_id=${id}`)).body.items as [];

describe('the loop', () => {
  it('starts what is due as its owner, once, and moves on', async () => {
    const due = await newDeployment(test, tenant, ada);
    const id = await scheduled(DAILY, due);
    await makeDue(id, 30);
    expect((await Promise.all([runner.round(), runner.round()])).reduce((sum, count) => sum + count)).toBe(1);
    expect(await executionsOf(due)).toEqual([
      expect.objectContaining({ workflow_id: 'install', status: 'pending', created_by: ada.username }),
    ]);
    const { body } = await ada.client.get(path(id, due));
    expect(body.latest_execution_status).toBe('pending');
    expect(Date.parse(body.next_occurrence)).toBeGreaterThan(test.clock.now().getTime());
    await makeDue(id, 30);
    expect(await runner.round()).toBe(0); // the previous one is still active
    expect(await executionsOf(due)).toHaveLength(1);
  });

  it('passes over what slipped too far', async () => {
    const late = await newDeployment(test, tenant, ada);
    const id = await scheduled(DAILY, late);
    await makeDue(id, 61);
    expect(await runner.round()).toBe(0);
    expect(Date.parse((await ada.client.get(path(id, late))).body.next_occurrence)).toBeGreaterThan(
      test.clock.now().getTime(),
    );
  });

  it('moves on when the start is refused, and starts nothing for who lost the right', async () => {
    const gone = await tenant.member('user');
    const left = await newDeployment(test, tenant, ada);
    const id = unique('schedule');
    expect((await gone.client.put(path(id, left), DAILY)).status).toBe(201);
    await test.admin.delete('/tenants/users', { tenant_name: tenant.name, username: gone.username });
    await makeDue(id, 1);
    expect(await runner.round()).toBe(0);
    expect(await executionsOf(left)).toEqual([]);
    expect((await ada.client.get(path(id, left))).body.next_occurrence).not.toBeNull();
  });

  it.each<[string, Parameters<typeof judgeDue>[0], object]>([
    ['starts', { latestStatus: null, stopOnFail: true, due: new Date(0), slip: 0 }, { starts: true, enabled: true }],
    [
      'waits for the previous one',
      { latestStatus: 'queued', stopOnFail: true, due: new Date(0), slip: 0 },
      { starts: false, enabled: true },
    ],
    [
      'stops after a failure',
      { latestStatus: 'failed', stopOnFail: true, due: new Date(0), slip: 0 },
      { starts: false, enabled: false },
    ],
    [
      'goes on after a failure',
      { latestStatus: 'failed', stopOnFail: false, due: new Date(0), slip: 0 },
      { starts: true, enabled: true },
    ],
    [
      'is late within its slip',
      { latestStatus: null, stopOnFail: false, due: new Date(-60_000), slip: 1 },
      { starts: true, enabled: true },
    ],
    [
      'is too late',
      { latestStatus: null, stopOnFail: false, due: new Date(-60_001), slip: 0 },
      { starts: false, enabled: true },
    ],
  ])('%s', (_name, schedule, verdict) => {
    expect(judgeDue(schedule, 60_000 - 60_000 * Number(schedule.due.getTime() < 0))).toEqual(verdict);
  });
});
