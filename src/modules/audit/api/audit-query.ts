import { AuditValidationError, type AuditProblem } from '../../../core/errors/audit-validation-error.js';
import { firstOf, type QueryValues } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';

/** Which records are meant (rest-api §2.9). Times are inclusive. */
export interface AuditSelection {
  readonly creatorName: string | null;
  readonly executionId: string | null;
  readonly since: Date | null;
  readonly before: Date | null;
  /** `changes` is what the contract lists; `all` adds logins, refusals, reads and the rest. */
  readonly kind: 'changes' | 'all';
}

export interface AuditOrder {
  readonly column: OrderColumn;
  readonly isDescending: boolean;
}

export interface AuditPage {
  readonly selection: AuditSelection;
  readonly order: readonly AuditOrder[];
  readonly offset: number;
  /** 0 means no limit. */
  readonly size: number;
}

/** Columns to sort by; a map from the wire to SQL, so that no text of a caller gets there. */
export const ORDER_COLUMNS = {
  id: 'l.id',
  ref_table: 'l.ref_table',
  ref_id: 'l.ref_id',
  operation: 'l.operation',
  creator_name: 'l.creator_name',
  execution_id: 'l.execution_id',
  created_at: 'l.created_at',
  action: 'l.action',
  outcome: 'l.outcome',
  tenant_name: 'l.tenant_name',
  source_address: 'l.source_address',
} as const;
type OrderColumn = keyof typeof ORDER_COLUMNS;

const DEFAULT_SIZE = 100;

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  on: true,
  yes: true,
  false: false,
  '0': false,
  off: false,
  no: false,
};

/** The query of `GET /audit`. @throws AuditValidationError that names every bad parameter. */
export function readPage(query: QueryValues): AuditPage {
  const reader = new QueryReader(query);
  const isDescending = reader.boolean('desc', false);
  const page = {
    selection: readParts(reader),
    order: orderOf(reader.columns('order_by'), isDescending),
    offset: reader.count('offset', 0),
    size: reader.count('size', DEFAULT_SIZE),
  };
  reader.done();
  return page;
}

/** Without columns by time, as the contract's default; a direction asked for counts in any case. */
function orderOf(columns: readonly OrderColumn[], isDescending: boolean): AuditOrder[] {
  const chosen: readonly OrderColumn[] = columns.length > 0 ? columns : ['created_at'];
  return chosen.map((column) => ({ column, isDescending }));
}

/** The query of `GET /audit/stream`. @throws AuditValidationError */
export function readSelection(query: QueryValues): AuditSelection {
  const reader = new QueryReader(query);
  const selection = readParts(reader);
  reader.done();
  return selection;
}

export interface RemovalSelection {
  readonly before: Date;
  readonly creatorName: string | null;
  readonly executionId: string | null;
}

/** The query of `DELETE /audit`, which takes every kind. @throws AuditValidationError when `before` is missing. */
export function readRemoval(query: QueryValues): RemovalSelection {
  const reader = new QueryReader(query);
  const { before, creatorName, executionId } = readParts(reader);
  if (before === null && firstOf(query, 'before') === undefined) {
    reader.problem('before', 'field required', 'value_error.missing');
  }
  reader.done();
  if (before === null) throw new AuditValidationError('before: field required');
  return { before, creatorName, executionId };
}

function readParts(reader: QueryReader): AuditSelection {
  const since = reader.date('since');
  const before = reader.date('before');
  if (since !== null && before !== null) {
    reader.problem('since', 'since and before cannot be given together', 'value_error');
  }
  return {
    creatorName: reader.text('creator_name'),
    executionId: reader.text('execution_id'),
    since,
    before,
    kind: reader.kind(),
  };
}

/** Reads parameters one by one and collects what is wrong with them. */
class QueryReader {
  private readonly problems: AuditProblem[] = [];

  constructor(private readonly query: QueryValues) {}

  problem(name: string, msg: string, type: string): void {
    this.problems.push({ loc: ['query', name], msg, type });
  }

  done(): void {
    if (this.problems.length > 0) throw new AuditValidationError(this.problems);
  }

  text(name: string): string | null {
    const value = firstOf(this.query, name);
    if (value === undefined) return null;
    if (value.includes('\0')) this.problem(name, 'NUL is no character of a name', 'value_error');
    return value;
  }

  date(name: string): Date | null {
    const value = firstOf(this.query, name);
    if (value === undefined) return null;
    // A `+` of a zone that was not percent-encoded arrives as a blank.
    const date = readIsoDate(value.replace(/ (\d{2}:?\d{2})$/, '+$1'));
    if (date === null) this.problem(name, 'invalid datetime format', 'value_error.datetime');
    return date;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = firstOf(this.query, name);
    if (value === undefined) return fallback;
    const key = value.toLowerCase();
    const read = Object.hasOwn(BOOLEANS, key) ? BOOLEANS[key] : undefined;
    if (read === undefined) this.problem(name, 'value could not be parsed to a boolean', 'type_error.bool');
    return read ?? fallback;
  }

  count(name: string, fallback: number): number {
    const value = firstOf(this.query, name);
    if (value === undefined) return fallback;
    const number = /^\+?\d{1,15}$/.test(value.trim()) ? Number(value) : Number.NaN;
    if (!Number.isNaN(number)) return number;
    if (/^-\d{1,15}$/.test(value.trim())) {
      this.problem(name, 'ensure this value is greater than or equal to 0', 'value_error.number.not_ge');
    } else {
      this.problem(name, 'value is not a valid integer', 'type_error.integer');
    }
    return fallback;
  }

  columns(name: string): OrderColumn[] {
    const value = firstOf(this.query, name);
    if (value === undefined || value === '') return [];
    const columns: OrderColumn[] = [];
    for (const column of value.split(',').map((part) => part.trim())) {
      if (isOrderColumn(column)) columns.push(column);
      else this.problem(name, `unknown column; known are ${Object.keys(ORDER_COLUMNS).join(', ')}`, 'value_error');
    }
    return columns;
  }

  kind(): 'changes' | 'all' {
    const value = firstOf(this.query, 'kind');
    if (value === undefined || value === '') return 'changes';
    if (value !== 'all' && value !== 'changes') this.problem('kind', 'must be changes or all', 'value_error');
    return value === 'all' ? 'all' : 'changes';
  }
}

function isOrderColumn(column: string): column is OrderColumn {
  return Object.hasOwn(ORDER_COLUMNS, column);
}
