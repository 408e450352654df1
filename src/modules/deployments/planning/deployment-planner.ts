import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Log } from '../../../platform/logging/log.js';
import { FairTurns } from '../../../platform/threads/fair-turns.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { PlanningEndedError, PlanRefusedError } from './planning-error.js';
import type {
  CheckedPlan,
  PlannedFacts,
  PlannedPart,
  PlannedUpdateFacts,
  PlanningReply,
  PlanningRequest,
} from './planning-messages.js';
import { PlanningQuestions } from './planning-questions.js';
import { PlanningThread } from './planning-thread.js';

const THREADS = 2;
const MAX_WAITING = 1_000;
const BOUNDS = { memoryMb: 1_024, timeoutMs: 100_000 };
const IDLE_MS = 60_000;

type Values = Pick<Extract<PlanningRequest, { kind: 'plan' }>, 'encoded' | 'inputs'>;

type Update = Omit<Extract<PlanningRequest, { kind: 'update' }>, 'kind'>;
type Ask = (request: PlanningRequest) => Promise<PlanningReply>;

interface Planned<Facts, Part extends PlannedPart> {
  readonly facts: Facts;
  /** Each a JSON list of rows, of bounded size. */
  rows(part: Part): AsyncIterable<string>;
}

/** What was planned. Its rows can be read as often as a transaction is tried again. */
export type PlannedDeployment = Planned<PlannedFacts, 'nodes' | 'instances'>;
export type PlannedUpdate = Planned<PlannedUpdateFacts, PlannedPart>;

/** Makes deployment plans, in a few threads: the event loop never holds one. */
@Injectable()
export class DeploymentPlanner implements OnModuleDestroy {
  private readonly turns = new FairTurns(THREADS, MAX_WAITING);
  private readonly idle = new Map<PlanningThread, NodeJS.Timeout>();
  private readonly ending = new Set<Promise<void>>();
  private readonly closing = new AbortController();

  constructor(
    private readonly questions: PlanningQuestions,
    private readonly log: Log,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.closing.abort(new Error('The manager stops.'));
    for (const thread of this.idle.keys()) this.retire(thread);
    await Promise.all(this.ending);
  }

  /**
   * Judges the inputs.
   * @throws PlanRefusedError with all that is wrong, PlanningEndedError, QueueFullError
   */
  async check(ctx: TenantCtx, values: Values): Promise<CheckedPlan> {
    return this.withThread(ctx, this.closing.signal, async (ask) => {
      const reply = await ask({ kind: 'check', ...values });
      if (reply.kind !== 'checked') throw unexpected(reply);
      return reply.plan;
    });
  }

  /**
   * Plans, and hands what was planned to `use`; it is there until that ends.
   * @throws PlanRefusedError, PlanningEndedError, QueueFullError, the signal's reason, what `use` throws
   */
  async plan<T>(
    ctx: TenantCtx,
    request: Values & { readonly runtimeOnly: boolean },
    signal: AbortSignal,
    use: (planned: PlannedDeployment) => Promise<T>,
  ): Promise<T> {
    return this.withThread(ctx, AbortSignal.any([signal, this.closing.signal]), async (ask) => {
      const reply = await ask({ kind: 'plan', ...request });
      if (reply.kind !== 'planned') throw unexpected(reply);
      return use({ facts: reply.plan, rows: (part) => rowsOf(ask, part) });
    });
  }

  /** The same for another plan of a deployment that there is: it is compared with what is stored. @throws as `plan` */
  async planUpdate<T>(
    ctx: TenantCtx,
    request: Update,
    signal: AbortSignal,
    use: (planned: PlannedUpdate) => Promise<T>,
  ): Promise<T> {
    return this.withThread(ctx, AbortSignal.any([signal, this.closing.signal]), async (ask) => {
      const reply = await ask({ kind: 'update', ...request });
      if (reply.kind !== 'update-planned') throw unexpected(reply);
      return use({ facts: reply.plan, rows: (part) => rowsOf(ask, part) });
    });
  }

  private async withThread<T>(ctx: TenantCtx, signal: AbortSignal, work: (ask: Ask) => Promise<T>): Promise<T> {
    return this.turns.take(ctx.tenantId, signal, async () => {
      const thread = this.taken() ?? new PlanningThread(BOUNDS);
      try {
        return await work(async (request) => {
          const reply = await thread.ask(request, (question) => this.questions.answer(ctx, question), signal);
          if (reply.kind === 'refused') throw new PlanRefusedError(reply.refusal);
          if (reply.kind !== 'broken') return reply;
          this.log.error('a deployment could not be planned', { trace: reply.trace });
          throw new PlanningEndedError('crash');
        });
      } finally {
        this.keep(thread);
      }
    });
  }

  private taken(): PlanningThread | null {
    for (const [thread, timer] of this.idle) {
      clearTimeout(timer);
      this.idle.delete(thread);
      if (thread.isReusable) return thread;
    }
    return null;
  }

  private keep(thread: PlanningThread): void {
    if (!thread.isReusable || this.closing.signal.aborted) this.retire(thread);
    else this.idle.set(thread, setTimeout(() => this.retire(thread), IDLE_MS).unref());
  }

  private retire(thread: PlanningThread): void {
    clearTimeout(this.idle.get(thread));
    this.idle.delete(thread);
    const ended = thread.end().finally(() => this.ending.delete(ended));
    this.ending.add(ended);
  }
}

async function* rowsOf(ask: Ask, part: PlannedPart): AsyncGenerator<string> {
  for (let from: number | null = 0; from !== null;) {
    const batch: PlanningReply = await ask({ kind: 'read', part, from });
    if (batch.kind !== 'rows') throw unexpected(batch);
    yield batch.text;
    from = batch.next;
  }
}

function unexpected({ kind }: PlanningReply): Error {
  return new Error(`A planning thread answered ${kind}.`);
}
