import { ALL_PERMISSIONS, NO_PERMISSIONS } from '../../core/access/actor.js';
import type { MaintenanceStatus } from '../../platform/access/maintenance.js';
import type { UnfinishedExecution } from '../../platform/access/unfinished-executions.js';
import type { AuditEvent } from '../../platform/audit/audit-sink.js';
import { SystemClock } from '../../platform/clock/clock.js';
import { systemCtx, type Ctx } from '../../platform/context/ctx.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { Log } from '../../platform/logging/log.js';
import type { MaintenanceState } from './maintenance.repository.js';
import { MaintenanceModeService } from './maintenance.service.js';

const DEACTIVATED: MaintenanceState = {
  status: 'deactivated',
  requestedAt: null,
  activatedAt: null,
  requestedBy: null,
};
const REMAINING: UnfinishedExecution = { id: 'e1', status: 'started', deployment_id: null, workflow_id: 'install' };

/** The row of the database; each step as atomic as there. */
class FakeStates {
  row: MaintenanceState = DEACTIVATED;

  state(): Promise<MaintenanceState> {
    return Promise.resolve(this.row);
  }
  begin(_ctx: Ctx, at: Date, by: string): Promise<boolean> {
    const may = this.row.status === 'deactivated';
    if (may) this.row = { status: 'activating', requestedAt: at.toISOString(), activatedAt: null, requestedBy: by };
    return Promise.resolve(may);
  }
  finish(_ctx: Ctx, requestedAt: string | null, at: Date): Promise<boolean> {
    const may = this.row.status === 'activating' && this.row.requestedAt === requestedAt;
    if (may) this.row = { ...this.row, status: 'activated', activatedAt: at.toISOString() };
    return Promise.resolve(may);
  }
  end(): Promise<boolean> {
    const may = this.row.status !== 'deactivated';
    this.row = DEACTIVATED;
    return Promise.resolve(may);
  }
}

class FakeExecutions {
  running: UnfinishedExecution[] = [];
  looks = 0;
  onLook: () => void = () => undefined;

  list(): Promise<readonly UnfinishedExecution[]> {
    return Promise.resolve(this.running);
  }
  exist(): Promise<boolean> {
    this.looks += 1;
    const exist = this.running.length > 0;
    this.onLook();
    return Promise.resolve(exist);
  }
}

function world(): {
  mode: MaintenanceModeService;
  states: FakeStates;
  executions: FakeExecutions;
  events: AuditEvent[];
  failing: { audit: boolean };
} {
  const states = new FakeStates();
  const executions = new FakeExecutions();
  const events: AuditEvent[] = [];
  const failing = { audit: false };
  const unitOfWork = { run: <T>(ctx: Ctx, work: (ctx: Ctx) => Promise<T>) => work(ctx) };
  const mode = new MaintenanceModeService(
    states,
    executions,
    unitOfWork as unknown as UnitOfWork,
    {
      record: (_ctx, event) => {
        if (failing.audit) return Promise.reject(new Error('the audit log is full'));
        events.push(event);
        return Promise.resolve();
      },
      recordAll: () => Promise.reject(new Error('one at a time here')),
    },
    new SystemClock(),
    { error: () => undefined } as unknown as Log,
  );
  return { mode, states, executions, events, failing };
}

const OPERATOR: Ctx = systemCtx('test');
const ANYBODY: Ctx = {
  ...OPERATOR,
  actor: {
    ...OPERATOR.actor,
    userId: 7,
    isBootstrapAdmin: false,
    permissions: NO_PERMISSIONS,
    systemPermissions: ALL_PERMISSIONS,
  },
};

describe('maintenance mode', () => {
  it('is active at once when nothing runs', async () => {
    const { mode, events } = world();
    const view = await mode.activate(OPERATOR);
    expect(view).toMatchObject({ status: 'activated', remaining_executions: null, requested_by: 'admin' });
    expect(view?.activated_at).toMatch(/Z$/);
    expect(events.map(({ action }) => action)).toEqual(['maintenance.activate', 'maintenance.activated']);
  });

  it('waits for what still runs, and says what that is in one flat list', async () => {
    const { mode, executions } = world();
    executions.running = [REMAINING];
    expect(await mode.activate(OPERATOR)).toMatchObject({
      status: 'activating',
      activated_at: '',
      remaining_executions: [REMAINING],
    });
    executions.running = [];
    expect(await mode.settle()).toBe('activated');
  });

  it('tells nobody else what runs in other tenants', async () => {
    const { mode, executions } = world();
    executions.running = [REMAINING];
    await mode.activate(OPERATOR);
    expect(await mode.current(ANYBODY)).toMatchObject({ status: 'activating', remaining_executions: null });
  });

  it('answers nothing when it is so already', async () => {
    const { mode, events } = world();
    expect(await mode.deactivate(OPERATOR)).toBeNull();
    await mode.activate(OPERATOR);
    expect(await mode.activate(OPERATOR)).toBeNull();
    expect(await mode.deactivate(OPERATOR)).toMatchObject({
      status: 'deactivated',
      activated_at: '',
      activation_requested_at: '',
      remaining_executions: null,
      requested_by: '',
    });
    expect(events).toHaveLength(3);
  });

  it('is done once by many who ask at the same time', async () => {
    const { mode, events } = world();
    const answers = await Promise.all(Array.from({ length: 20 }, () => mode.activate(OPERATOR)));
    expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
    expect(events.filter(({ action }) => action === 'maintenance.activated')).toHaveLength(1);
  });

  it('does not finish a later activation because an earlier one found nothing running', async () => {
    const { mode, states, executions } = world();
    executions.running = [REMAINING];
    await mode.activate(OPERATOR);
    executions.running = [];
    executions.onLook = () => {
      // Meanwhile it was switched off, work began, and it was asked for again.
      states.row = {
        status: 'activating',
        requestedAt: '2030-01-01T00:00:00.000Z',
        activatedAt: null,
        requestedBy: 'b',
      };
      executions.running = [REMAINING];
    };
    expect(await mode.settle()).toBe<MaintenanceStatus>('activating');
    expect(states.row.status).toBe('activating');
  });

  it('looks once for all requests that wait', async () => {
    const { mode, states, executions } = world();
    states.row = { status: 'activating', requestedAt: null, activatedAt: null, requestedBy: 'a' };
    executions.running = [REMAINING];
    await Promise.all(Array.from({ length: 30 }, () => mode.settle()));
    expect(executions.looks).toBe(1);
  });

  it('fails no request because the change could not be recorded', async () => {
    const { mode, states, failing } = world();
    states.row = { status: 'activating', requestedAt: null, activatedAt: null, requestedBy: 'a' };
    failing.audit = true;
    expect(await mode.settle()).toBe('activating');
    await expect(mode.deactivate(OPERATOR)).rejects.toThrow('the audit log is full');
  });
});
