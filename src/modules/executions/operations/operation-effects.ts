import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import type { TakenRecord } from '../events/event-intake.js';

const STATES = [
  'pending',
  'sending',
  'sent',
  'started',
  'response-sent',
  'rescheduled',
  'succeeded',
  'failed',
] as const;
export type OperationState = (typeof STATES)[number];

type Dict = Readonly<Record<string, unknown>>;

/** What counts as an operation of an execution (orchestration §7). */
export const NOP = 'NOPLocalWorkflowTask';
/** Those whose progress is told in events; the others tell nothing. */
const TOLD = new Set(['RemoteWorkflowTask', 'SubgraphTask']);
const EVENT_OF: Partial<Record<OperationState, string>> = {
  sending: 'sending_task',
  started: 'task_started',
  succeeded: 'task_succeeded',
  failed: 'task_failed',
  rescheduled: 'task_rescheduled',
};

/** @throws BadParametersError */
export function readState(name: string): OperationState {
  const state = STATES.find((known) => known === name);
  if (state === undefined)
    throw new BadParametersError(`Unknown state \`${printable(name)}\`. Allowed are: ${STATES.join(', ')}`);
  return state;
}

export function isOver(state: OperationState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'rescheduled';
}

export interface ChangedOperation {
  readonly name: string;
  readonly type: string;
  readonly parameters: Dict;
  readonly isDryRun: boolean;
}

export interface Outcome {
  readonly state: OperationState;
  readonly result: unknown;
  readonly exception: unknown;
  readonly causes: unknown;
  readonly managerName: string | null;
  readonly agentName: string | null;
}

/** What an operation's new state does besides (orchestration §7 "Storage"): the event it is told by, the state it sets. */
export function effectsOf(
  operation: ChangedOperation,
  outcome: Outcome,
  now: Date,
): { readonly event: TakenRecord | null; readonly sets: { readonly instance: string; readonly state: string } | null } {
  const { type } = operation;
  const kwargs = dict(operation.parameters['task_kwargs']);
  const named = (key: string): string | null => text(kwargs[key]) ?? text(dict(kwargs['kwargs'])[key]);
  if (outcome.state === 'succeeded' && type === 'SetNodeInstanceStateTask') {
    const [instance, state] = [named('node_instance_id'), named('state')];
    return {
      event: null,
      sets: instance === null || state === null || operation.isDryRun ? null : { instance, state },
    };
  }
  if (outcome.state === 'succeeded' && type === 'SendNodeEventTask') {
    const context = { ...dict(kwargs['additional_context']), node_id: named('node_instance_id') };
    const record = recordOf('workflow_node_event', named('event') ?? '', context, outcome, now);
    return { event: { ...record, message: dry(operation, record.message) }, sets: null };
  }
  return { event: TOLD.has(type) ? taskEvent(operation, outcome, now) : null, sets: null };
}

function taskEvent(operation: ChangedOperation, outcome: Outcome, now: Date): TakenRecord | null {
  const eventType = EVENT_OF[outcome.state];
  const isQuiet = operation.parameters['send_task_events'] === false && outcome.state !== 'failed';
  if (eventType === undefined || isQuiet) return null;
  const context = dict(dict(dict(operation.parameters['task_kwargs'])['kwargs'])['__cloudify_context']);
  const record = recordOf(eventType, dry(operation, messageOf(operation, outcome)), context, outcome, now);
  return { ...record, operation: text(dict(context['operation'])['name']) ?? text(context['operation']) };
}

function messageOf({ name, type, parameters }: ChangedOperation, { state, result, exception }: Outcome): string {
  const what = type === 'SubgraphTask' ? 'Subgraph' : 'Task';
  const verb = state === 'sending' ? `Sending ${what.toLowerCase()}` : `${what} ${state}`;
  const more =
    state === 'succeeded' && result !== undefined && result !== null
      ? ` - ${plain(result)}`
      : (state === 'failed' || state === 'rescheduled') && exception !== undefined && exception !== null
        ? ` -> ${plain(exception)}`
        : '';
  const [tries, total] = [Number(parameters['current_retries'] ?? 0), Number(parameters['total_retries'] ?? -1)];
  const retry = tries > 0 ? ` [retry ${tries}${total >= 0 ? `/${total}` : ''}]` : '';
  return `${verb} '${name}'${more}${retry}`;
}

function dry({ isDryRun }: ChangedOperation, message: string): string {
  return isDryRun ? `${message} (dry run)` : message;
}

function recordOf(eventType: string, message: string, context: Dict, outcome: Outcome, now: Date): TakenRecord {
  return {
    type: 'cloudify_event',
    timestamp: now.toISOString(),
    reported_timestamp: now.toISOString(),
    event_type: eventType,
    logger: null,
    level: null,
    message: message.slice(0, 65_536).replaceAll('\0', '<NUL>').toWellFormed(),
    message_code: null,
    operation: null,
    node_id: text(context['node_id']),
    node_name: text(context['node_name']),
    source_id: text(context['source_id']),
    target_id: text(context['target_id']),
    error_causes: Array.isArray(outcome.causes) && outcome.causes.length > 0 ? outcome.causes : null,
    manager_name: outcome.managerName,
    agent_name: outcome.agentName,
  };
}

function dict(value: unknown): Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Dict) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value.replaceAll('\0', '<NUL>').toWellFormed() : null;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
