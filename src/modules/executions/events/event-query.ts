import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable, valuesOf, type QueryValues } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';

interface EventRange {
  readonly field: 'timestamp' | 'reported_timestamp';
  /** Inclusive. */
  readonly from: Date | null;
  /** Exclusive. */
  readonly to: Date | null;
}

export type EventEquality = (typeof EQUALITIES)[number];

/** What a request for events asks beyond paging and sorting (rest-api §3.9). */
export interface EventQuery {
  readonly types: readonly string[] | null;
  readonly equalities: readonly { readonly key: EventEquality; readonly values: readonly string[] }[];
  /** SQL-like patterns; all must match. */
  readonly messages: readonly string[];
  readonly operations: readonly string[];
  readonly ranges: readonly EventRange[];
}

const EQUALITIES = [
  'node_id',
  'node_instance_id',
  'blueprint_id',
  'execution_id',
  'execution_group_id',
  'deployment_id',
  'deployment_display_name',
  'event_type',
  'level',
] as const;
const TYPES = ['cloudify_event', 'cloudify_log'];

export const EVENT_KEYS: readonly string[] = [...EQUALITIES, 'message', 'message.text', 'operation', 'type'];

/** @throws BadParametersError for an unknown type or a range that cannot be read */
export function parseEventQuery(query: QueryValues): EventQuery {
  const types = valuesOf(query, 'type');
  const unknown = types.find((type) => !TYPES.includes(type));
  if (unknown !== undefined)
    throw new BadParametersError(`Unknown type: \`${printable(unknown)}\`. Allowed are: ${TYPES.join(', ')}`);
  return {
    types: types.length === 0 ? null : types,
    equalities: EQUALITIES.map((key) => ({ key, values: valuesOf(query, key) })).filter(
      ({ values }) => values.length > 0,
    ),
    messages: [...valuesOf(query, 'message'), ...valuesOf(query, 'message.text')],
    operations: valuesOf(query, 'operation'),
    ranges: valuesOf(query, '_range').map(parseRange),
  };
}

function badRange(reason: string): BadParametersError {
  return new BadParametersError(`\`_range\` must be \`timestamp,from,to\` with at least one bound: ${reason}`, {
    traceback: 'absent',
  });
}

/** Range failures carry no `server_traceback` (rest-api §1.7). */
function parseRange(text: string): EventRange {
  const parts = text.split(',');
  if (parts.length !== 3) throw badRange(`got \`${printable(text)}\``);
  const [name = '', from = '', to = ''] = parts;
  const field = name.replace(/^@/, '');
  if (field !== 'timestamp' && field !== 'reported_timestamp')
    throw badRange(`\`${printable(name)}\` cannot be ranged`);
  if (from === '' && to === '') throw badRange('both are empty');
  const bound = (value: string): Date | null => {
    if (value === '') return null;
    const date = readIsoDate(value);
    if (!date) throw badRange(`\`${printable(value)}\` is not a date`);
    return date;
  };
  return { field, from: bound(from), to: bound(to) };
}
