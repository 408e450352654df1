import { Injectable } from '@nestjs/common';
import { BadParametersError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable, readLooseBoolean } from '../../../core/listing/query-values.js';
import type { Work } from '../../../core/schedules/occurrences.js';
import {
  isRecurring,
  MOST_OCCURRENCES,
  readScheduleRule,
  scheduleOccurrences,
  workOfOne,
  type ScheduleRule,
} from '../../../core/schedules/schedule-rule.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { assertName } from '../../../core/text/names.js';
import { requireSystemPermission } from '../../../platform/access/require-permission.js';
import { AuditSink, type AuditOperation } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { accountNamed } from '../../../platform/database/account-named.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import { Summaries, type SummaryPage, type SummaryRequest } from '../../../platform/listing/summaries.js';
import { WorkflowChecks } from '../starting/workflow-checks.service.js';
import { SCHEDULE_LIST, SCHEDULE_SUMMARY } from './schedule-list.js';
import type { PutSchedule, UpdateSchedule } from './schedule.dto.js';
import { SchedulesRepository, type ScheduleColumns } from './schedules.repository.js';

/** Minutes; a year. */
const LONGEST_SLIP = 525_600;
const WAIT_AFTER_FAIL = 600;
/** What all that comes next of a page may cost; schedules beyond show fewer. */
const WORK_OF_A_PAGE = 2_000_000;

/** `PUT`, `PATCH`, `DELETE`, `GET` of execution schedules (rest-api §3.8). */
@Injectable()
export class SchedulesService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: SchedulesRepository,
    private readonly lists: ListQueries,
    private readonly summaries: Summaries,
    private readonly checks: WorkflowChecks,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    const work = { left: WORK_OF_A_PAGE };
    return this.lists.page(ctx, SCHEDULE_LIST, listing, { toItem: (row) => this.shown(row, work) });
  }

  summary(ctx: ReachCtx, listing: Listing, { target, sub }: SummaryRequest): Promise<SummaryPage> {
    return this.summaries
      .page(
        ctx,
        SCHEDULE_SUMMARY,
        listing,
        { target, sub: sub === null ? null : 'kind' },
        { type: 'execution_schedules' },
      )
      .then((page) => (sub === null ? page : { ...page, items: page.items.map((item) => renamed(item, sub)) }));
  }

  /** @throws NotFoundError */
  async get(ctx: TenantCtx, deploymentId: string, id: string): Promise<Item> {
    const row = await this.unitOfWork.run(ctx, async (ctx) => {
      const storageId = await this.repository.find(ctx, deploymentId, id);
      return storageId === null ? null : this.lists.single(ctx, SCHEDULE_LIST, 'r.storage_id', storageId);
    });
    if (!row) throw new NotFoundError('ExecutionSchedule', printable(id));
    return this.shown(row, workOfOne());
  }

  /** @throws BadParametersError, NotFoundError, ConflictError, AppError nonexistent_workflow_error, ForbiddenError */
  async create(ctx: TenantCtx, deploymentId: string, id: string, input: PutSchedule): Promise<Item> {
    assertName('schedule_id', id);
    if (typeof input.workflow_id !== 'string') throw new BadParametersError('Missing workflow_id in json request body');
    if (typeof input.since !== 'string') throw new BadParametersError('Missing since in json request body');
    const now = this.clock.now();
    const columns = this.columnsOf(
      {
        workflowId: input.workflow_id,
        rule: readScheduleRule(input),
        since: timeOf('since', input.since),
        until: typeof input.until === 'string' ? timeOf('until', input.until) : null,
        slip: slipOf(input.slip),
        stopOnFail: input.stop_on_fail ?? false,
        enabled: input.enabled ?? true,
      },
      now,
    );
    const executionArguments = argumentsOf(input.execution_arguments ?? {});
    const createdAt = restoredDate(ctx, input) ?? now;
    const found = await this.unitOfWork.run(ctx, (ctx) => this.checks.deployment(ctx, deploymentId));
    const home = this.checks.inTenantOf(ctx, found);
    return this.unitOfWork.run(home, async (ctx) => {
      await this.checks.workflow(ctx, found.storageId, columns.workflowId);
      const storageId = await this.repository.insert(ctx, {
        ...columns,
        id,
        deployment: found,
        creatorId: await restoredOwner(ctx, input),
        parameters: JSON.stringify(input.parameters ?? {}),
        executionArguments: JSON.stringify(executionArguments),
        createdAt,
      });
      await this.record(ctx, 'create', { storageId, id, deploymentId, details: { rule: columns.rule } });
      return this.get(ctx, deploymentId, id);
    });
  }

  /** What is not said stays. @throws as `create` */
  async update(ctx: TenantCtx, deploymentId: string, id: string, input: UpdateSchedule): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const held = await this.repository.lock(ctx, deploymentId, id);
      if (!held) throw new NotFoundError('ExecutionSchedule', printable(id));
      const workflowId = input.workflow_id ?? held.workflowId;
      if (workflowId !== held.workflowId) {
        const deployment = await this.checks.deployment(ctx, deploymentId);
        await this.checks.workflow(ctx, deployment.storageId, workflowId);
      }
      const columns = this.columnsOf(
        {
          workflowId,
          rule: mergedRule(held.rule, input),
          since: typeof input.since === 'string' ? timeOf('since', input.since) : held.since,
          until: typeof input.until === 'string' ? timeOf('until', input.until) : held.until,
          slip: input.slip === undefined || input.slip === null ? held.slip : slipOf(input.slip),
          stopOnFail: input.stop_on_fail ?? held.stopOnFail,
          enabled: input.enabled ?? held.enabled,
        },
        this.clock.now(),
      );
      await this.repository.update(ctx, held.storageId, columns);
      await this.record(ctx, 'update', {
        storageId: held.storageId,
        id,
        deploymentId,
        details: { rule: columns.rule },
      });
      return this.get(ctx, deploymentId, id);
    });
  }

  /** @throws NotFoundError */
  async remove(ctx: TenantCtx, deploymentId: string, id: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const held = await this.repository.lock(ctx, deploymentId, id);
      if (!held) throw new NotFoundError('ExecutionSchedule', printable(id));
      await this.repository.remove(ctx, held.storageId);
      await this.record(ctx, 'delete', { storageId: held.storageId, id, deploymentId, details: {} });
    });
  }

  /** @throws BadParametersError for a rule that cannot be followed: it costs too much, or never comes true */
  private columnsOf(given: Omit<ScheduleColumns, 'isRecurring' | 'nextOccurrence'>, now: Date): ScheduleColumns {
    const { rule, since, until } = given;
    if (until !== null && until < since) throw new BadParametersError('`until` is before `since`');
    const work = workOfOne();
    const [next = null] = scheduleOccurrences(rule, given, { after: now, most: 1, work });
    if (next === null && work.left === 0)
      throw new BadParametersError('The rule is never met, or only after more steps than a rule may take');
    return { ...given, isRecurring: isRecurring(rule, given), nextOccurrence: next };
  }

  private shown(row: Item, work: Work): Item {
    if (!('all_next_occurrences' in row)) return row;
    const said = row['all_next_occurrences'] as { rule: ScheduleRule; since: string; until: string | null } | null;
    if (said === null) return { ...row, all_next_occurrences: [] };
    const bounds = { since: new Date(said.since), until: said.until === null ? null : new Date(said.until) };
    const next = scheduleOccurrences(said.rule, bounds, { after: this.clock.now(), most: MOST_OCCURRENCES, work });
    return { ...row, all_next_occurrences: next.map((at) => at.toISOString().slice(0, 19).replace('T', ' ')) };
  }

  private async record(
    ctx: TenantCtx,
    operation: Extract<AuditOperation, 'create' | 'update' | 'delete'>,
    on: {
      readonly storageId: string;
      readonly id: string;
      readonly deploymentId: string;
      readonly details: Readonly<Record<string, unknown>>;
    },
  ): Promise<void> {
    await this.audit.record(ctx, {
      action: `execution_schedule.${operation}`,
      operation,
      outcome: 'success',
      refTable: 'execution_schedules',
      refId: Number(on.storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id: on.id },
      details: { deployment_id: on.deploymentId, ...on.details },
    });
  }
}

function renamed(item: Item, sub: string): Item {
  const { 'by kind': groups, ...rest } = item;
  const parts = (groups as readonly Item[]).map(({ kind, ...counts }) => ({ [sub]: kind, ...counts }));
  return { ...rest, [`by ${sub}`]: parts };
}

/** A rule of the other form takes the place of all of the old one; parts of the same form are kept. */
function mergedRule(held: ScheduleRule, input: UpdateSchedule): ScheduleRule {
  const { rrule, recurrence, count, weekdays } = input;
  const sent = [recurrence, count, weekdays].some((part) => part !== undefined && part !== null);
  if (typeof rrule === 'string') return readScheduleRule({ rrule, recurrence, count, weekdays });
  if (!sent) return held;
  const old = 'rrule' in held ? {} : held;
  return readScheduleRule({
    ...old,
    ...(recurrence === undefined || recurrence === null ? {} : { recurrence }),
    ...(count === undefined || count === null ? {} : { count }),
    ...(weekdays === undefined || weekdays === null ? {} : { weekdays }),
  });
}

function timeOf(name: string, text: string): Date {
  const date = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}:\d{2}(\.\d+)?Z?)?$/.test(text) ? readIsoDate(text) : null;
  if (!date) throw new BadParametersError(`\`${name}\` is not a date: \`${printable(text)}\``);
  return date;
}

function slipOf(raw: unknown): number {
  if (raw === undefined || raw === null) return 0;
  if (!Number.isInteger(raw) || Number(raw) < 0 || Number(raw) > LONGEST_SLIP)
    throw new BadParametersError(`\`slip\` must be a number of minutes from 0 to ${LONGEST_SLIP}`);
  return Number(raw);
}

function argumentsOf(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const flag = (name: string): boolean => {
    const value = given[name];
    if (value === undefined || value === null) return false;
    const read = readLooseBoolean(value);
    if (read === undefined) throw new BadParametersError(`\`execution_arguments.${name}\` must be true or false`);
    return read;
  };
  const wait = given['wait_after_fail'] ?? WAIT_AFTER_FAIL;
  if (!Number.isInteger(wait) || Number(wait) < 0)
    throw new BadParametersError('`execution_arguments.wait_after_fail` must be a number of seconds');
  return {
    allow_custom_parameters: flag('allow_custom_parameters'),
    force: flag('force'),
    is_dry_run: flag('dry_run') || flag('is_dry_run'),
    wait_after_fail: wait,
  };
}

function restoredDate(ctx: TenantCtx, { created_at: text }: PutSchedule): Date | null {
  if (typeof text !== 'string') return null;
  requireSystemPermission(ctx, 'set_timestamp');
  const date = readIsoDate(text);
  if (!date) throw new BadParametersError(`\`created_at\` is not a date: \`${printable(text)}\``);
  return date;
}

async function restoredOwner(ctx: TenantCtx, { created_by: name }: PutSchedule): Promise<number> {
  if (typeof name !== 'string') return ctx.actor.userId;
  requireSystemPermission(ctx, 'set_owner');
  return accountNamed(ctx, name);
}
