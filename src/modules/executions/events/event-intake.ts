import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { requireSystemPermission } from '../../../platform/access/require-permission.js';
import type { Ctx } from '../../../platform/context/ctx.js';

/** What a request may hold at once; its body is bounded besides. */
const MOST_RECORDS = 10_000;
/** Longer texts are cut: a list of events is read by people. */
const MESSAGE_LENGTH = 65_536;
const NAME_LENGTH = 1_024;
const MOST_CAUSES = 20;

/** A row of the table of events, but for what belongs to its execution. Names are its columns. */
export interface TakenRecord {
  readonly type: 'cloudify_event' | 'cloudify_log';
  readonly timestamp: string;
  readonly reported_timestamp: string;
  readonly event_type: string | null;
  readonly logger: string | null;
  readonly level: string | null;
  readonly message: string;
  readonly message_code: string | null;
  readonly operation: string | null;
  readonly node_id: string | null;
  readonly node_name: string | null;
  readonly source_id: string | null;
  readonly target_id: string | null;
  readonly error_causes: readonly unknown[] | null;
  readonly manager_name: string | null;
  readonly agent_name: string | null;
}

export interface SentRecords {
  readonly events?: readonly unknown[] | null;
  readonly logs?: readonly unknown[] | null;
  readonly manager_name?: string | null;
  readonly agent_name?: string | null;
}

type Dict = Readonly<Record<string, unknown>>;

/**
 * Reads what agents and workflows report (rest-api §3.9, orchestration §14): events, then logs, in the order they came.
 * @throws BadParametersError that names the record and what is wrong with it; ForbiddenError for `reported_timestamp`
 * without `set_timestamp`
 */
export function takenRecords(ctx: Ctx, sent: SentRecords, now: Date): TakenRecord[] {
  const events = sent.events ?? [];
  const logs = sent.logs ?? [];
  if (events.length + logs.length > MOST_RECORDS)
    throw new BadParametersError(`At most ${MOST_RECORDS} events and logs are taken at once`);
  return [
    ...events.map((raw, place) => taken(ctx, sent, now, 'cloudify_event', dictAt(raw, `events[${place}]`))),
    ...logs.map((raw, place) => taken(ctx, sent, now, 'cloudify_log', dictAt(raw, `logs[${place}]`))),
  ];
}

interface Placed {
  readonly at: string;
  readonly record: Dict;
}

function taken(ctx: Ctx, sent: SentRecords, now: Date, type: TakenRecord['type'], { at, record }: Placed): TakenRecord {
  const isLog = type === 'cloudify_log';
  const context =
    record['context'] === undefined || record['context'] === null ? {} : dictOf(record['context'], `${at}.context`);
  const message = dictOf(record['message'], `${at}.message`)['text'];
  if (typeof message !== 'string') throw new BadParametersError(`\`${at}.message.text\` must be a text`);
  const level = textOf(record, 'level', at);
  return {
    type,
    ...timesOf(ctx, record, at, now),
    event_type: isLog ? null : textOf(record, 'event_type', at),
    logger: isLog ? textOf(record, 'logger', at) : null,
    level: isLog ? (level?.toLowerCase() ?? null) : null,
    message: storable(message, MESSAGE_LENGTH),
    message_code: textOf(record, 'message_code', at),
    // Agents put it into the context only (orchestration §14).
    operation: textOf(record, 'operation', at) ?? textOf(context, 'operation', at),
    node_id: textOf(context, 'node_id', at),
    node_name: textOf(context, 'node_name', at),
    source_id: textOf(context, 'source_id', at),
    target_id: textOf(context, 'target_id', at),
    error_causes: isLog ? null : causesOf(context['task_error_causes']),
    manager_name: nameOf(sent.manager_name),
    agent_name: nameOf(sent.agent_name),
  };
}

function nameOf(name: string | null | undefined): string | null {
  return typeof name === 'string' ? storable(name, NAME_LENGTH) : null;
}

/** The time by our clock, and by the reporter's; a restore gives both. */
function timesOf(ctx: Ctx, record: Dict, at: string, now: Date): Pick<TakenRecord, 'timestamp' | 'reported_timestamp'> {
  const timestamp = dateOf(record, 'timestamp', at);
  const reported = dateOf(record, 'reported_timestamp', at);
  if (reported === null) return { timestamp: now.toISOString(), reported_timestamp: (timestamp ?? now).toISOString() };
  requireSystemPermission(ctx, 'set_timestamp');
  return { timestamp: (timestamp ?? reported).toISOString(), reported_timestamp: reported.toISOString() };
}

function dateOf(record: Dict, key: string, at: string): Date | null {
  const raw = record[key];
  if (raw === undefined || raw === null) return null;
  const date = typeof raw === 'string' ? readIsoDate(raw) : null;
  if (date === null) throw new BadParametersError(`\`${at}.${key}\` is not a date`);
  return date;
}

function causesOf(raw: unknown): readonly unknown[] | null {
  if (!Array.isArray(raw) || raw.length === 0) return null;
  return raw.slice(0, MOST_CAUSES).map((cause: unknown) => {
    const { message, traceback, type } = typeof cause === 'object' && cause !== null ? (cause as Dict) : {};
    return {
      message: scalarText(message, MESSAGE_LENGTH),
      traceback: scalarText(traceback, MESSAGE_LENGTH),
      type: scalarText(type, NAME_LENGTH),
    };
  });
}

function scalarText(value: unknown, length: number): string {
  if (typeof value === 'string') return storable(value, length);
  return value === undefined || value === null ? '' : storable(JSON.stringify(value), length);
}

function textOf(record: Dict, key: string, at: string): string | null {
  const value = record[key];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new BadParametersError(`\`${at}.${printable(key)}\` must be a text`);
  return storable(value, NAME_LENGTH);
}

function dictAt(raw: unknown, at: string): Placed {
  return { at, record: dictOf(raw, at) };
}

function dictOf(raw: unknown, at: string): Dict {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new BadParametersError(`\`${at}\` must be a dict`);
  return raw as Dict;
}

/** A text that PostgreSQL takes, not longer than a person reads. */
function storable(text: string, length: number): string {
  const whole = text.length > length ? `${text.slice(0, length)}… (${text.length} characters)` : text;
  return whole.replaceAll('\0', '<NUL>').toWellFormed();
}
