import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute } from '../../../platform/database/tx.js';

/** Longer ones are cut: a list of events is read by people. */
const MESSAGE_LENGTH = 65_536;

/** What went wrong, as `error_causes` has it. */
interface ErrorCause {
  readonly type: string;
  readonly message: string;
  readonly traceback: string;
}

/** An event or a line of a log (orchestration §14). */
export interface EventRecord {
  readonly type: 'cloudify_event' | 'cloudify_log';
  /** Of events. */
  readonly eventType?: string;
  /** Of logs. */
  readonly logger?: string;
  readonly level?: string;
  readonly message: string;
  /** By the clock of whoever reports it. */
  readonly at: Date;
  readonly operation?: string;
  /** Node instance and node. */
  readonly instance?: string;
  readonly node?: string;
  readonly source?: string;
  readonly target?: string;
  readonly causes?: readonly ErrorCause[];
  readonly agentName?: string;
}

/** Puts events and logs of executions into their table, many at once. */
@Injectable()
export class EventWriter {
  constructor(private readonly clock: Clock) {}

  /**
   * In the open transaction, one statement however many there are; they are listed in this order. They belong to whoever
   * started the execution. Values of secrets must be hidden already.
   */
  async write(ctx: TenantCtx, executionStorageId: string, records: readonly EventRecord[]): Promise<void> {
    if (records.length === 0) return;
    const column = (of: (record: EventRecord) => string | undefined): (string | null)[] =>
      records.map((record) => {
        const text = of(record);
        return text === undefined ? null : storable(text);
      });
    await execute(
      ctx,
      `INSERT INTO event (tenant_id, creator_id, visibility, type, timestamp, reported_timestamp, execution_storage_id,
              event_type, logger, level, message, operation, node_id, node_name, source_id, target_id, error_causes,
              agent_name)
       SELECT e.tenant_id, e.creator_id, e.visibility, x.type, $2, x.at, e.storage_id,
              x.event_type, x.logger, x.level, x.message, x.operation, x.node_id, x.node_name, x.source_id, x.target_id,
              x.causes::jsonb, x.agent_name
         FROM execution e,
              unnest($3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                     $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
              WITH ORDINALITY AS x (type, at, event_type, logger, level, message, operation, node_id, node_name,
                     source_id, target_id, causes, agent_name, place)
        WHERE e.storage_id = $1 ORDER BY x.place`,
      [
        executionStorageId,
        this.clock.now(),
        records.map(({ type }) => type),
        records.map(({ at }) => at.toISOString()),
        column(({ eventType }) => eventType),
        column(({ logger }) => logger),
        column(({ level }) => level),
        column(({ message }) => message),
        column(({ operation }) => operation),
        column(({ instance }) => instance),
        column(({ node }) => node),
        column(({ source }) => source),
        column(({ target }) => target),
        records.map(({ causes }) => (causes === undefined ? null : JSON.stringify(causes.map(storableCause)))),
        column(({ agentName }) => agentName),
      ],
    );
  }
}

function storableCause(cause: ErrorCause): ErrorCause {
  return { type: storable(cause.type), message: storable(cause.message), traceback: storable(cause.traceback) };
}

/** A text that PostgreSQL takes, not longer than a person reads. */
function storable(text: string): string {
  const whole = text.length > MESSAGE_LENGTH ? `${text.slice(0, MESSAGE_LENGTH)}… (${text.length} characters)` : text;
  return whole.replaceAll('\0', '<NUL>').toWellFormed();
}
