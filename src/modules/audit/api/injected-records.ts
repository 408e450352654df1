import { storableJson, storableText } from '../../../core/audit/storable.js';
import { AuditValidationError, type AuditProblem } from '../../../core/errors/audit-validation-error.js';
import { readIsoDate } from '../../../core/text/dates.js';

/** A record that was made elsewhere: what `POST /audit` takes (rest-api §2.9). */
export interface InjectedRecord {
  readonly refTable: string;
  readonly refId: number;
  readonly refIdentifier: object | null;
  readonly operation: 'create' | 'update' | 'delete';
  readonly creatorName: string | null;
  readonly executionId: string | null;
  readonly createdAt: Date;
}

const FIELDS = ['ref_table', 'ref_id', 'ref_identifier', 'operation', 'creator_name', 'execution_id', 'created_at'];
const MAX_RECORDS = 10_000;

type Location = readonly (string | number)[];

/** What an identifier may hold; the underscored forms are how the original's own records name them. */
const IDENTIFIERS: Readonly<Record<string, { readonly name: string; readonly kinds: readonly string[] }>> = {
  tenant_id: { name: 'tenant_id', kinds: ['number'] },
  _tenant_id: { name: 'tenant_id', kinds: ['number'] },
  storage_id: { name: 'storage_id', kinds: ['number'] },
  _storage_id: { name: 'storage_id', kinds: ['number'] },
  id: { name: 'id', kinds: ['string', 'number'] },
  name: { name: 'name', kinds: ['string'] },
  manager_id: { name: 'manager_id', kinds: ['string'] },
  username: { name: 'username', kinds: ['string'] },
  tenant_name: { name: 'tenant_name', kinds: ['string'] },
};

/** @throws AuditValidationError that names every problem; nothing is stored then. */
export function readInjected(body: unknown): InjectedRecord[] {
  if (!Array.isArray(body)) {
    throw new AuditValidationError([{ loc: ['body'], msg: 'value is not a valid list', type: 'type_error.list' }]);
  }
  if (body.length > MAX_RECORDS) {
    const msg = `ensure this value has at most ${MAX_RECORDS} items`;
    throw new AuditValidationError([{ loc: ['body'], msg, type: 'value_error.list.max_items' }]);
  }
  const problems: AuditProblem[] = [];
  const records = body.map((item: unknown, index) => new RecordReader(item, ['body', index], problems).read());
  if (problems.length > 0) throw new AuditValidationError(problems);
  return records.filter((record) => record !== null);
}

class RecordReader {
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    private readonly item: unknown,
    private readonly location: Location,
    private readonly problems: AuditProblem[],
  ) {
    this.fields = isObject(item) ? item : {};
  }

  read(): InjectedRecord | null {
    if (!isObject(this.item)) {
      this.problem([], 'value is not a valid dict', 'type_error.dict');
      return null;
    }
    const before = this.problems.length;
    const refTable = this.text('ref_table', true);
    const refId = this.integer('ref_id');
    const refIdentifier = this.identifier();
    const operation = this.operation();
    const creatorName = this.text('creator_name', false);
    const executionId = this.text('execution_id', false);
    const createdAt = this.date('created_at');
    for (const field of Object.keys(this.fields)) if (!FIELDS.includes(field)) this.unknown([field]);
    if (this.problems.length > before || refTable === null || refId === null || !operation || !createdAt) return null;
    return { refTable, refId, refIdentifier, operation, creatorName, executionId, createdAt };
  }

  private problem(field: Location, msg: string, type: string): void {
    this.problems.push({ loc: [...this.location, ...field], msg, type });
  }

  private unknown(field: Location): void {
    this.problem(
      field.map((part) => (typeof part === 'string' ? storableText(part, 100) : part)),
      'extra fields not permitted',
      'value_error.extra',
    );
  }

  private required(field: string): unknown {
    const value = this.fields[field];
    if (value === undefined) this.problem([field], 'field required', 'value_error.missing');
    else if (value === null) this.problem([field], 'none is not an allowed value', 'type_error.none.not_allowed');
    return value ?? null;
  }

  private text(field: string, isRequired: boolean): string | null {
    const value = isRequired ? this.required(field) : (this.fields[field] ?? null);
    if (value === null) return null;
    if (typeof value === 'string') return storableText(value);
    this.problem([field], 'str type expected', 'type_error.str');
    return null;
  }

  private integer(field: string): number | null {
    const value = this.required(field);
    if (value === null) return null;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    this.problem([field], 'value is not a valid integer', 'type_error.integer');
    return null;
  }

  private operation(): InjectedRecord['operation'] | null {
    const value = this.required('operation');
    if (value === 'create' || value === 'update' || value === 'delete') return value;
    if (value !== null) {
      this.problem(
        ['operation'],
        `value is not a valid enumeration member; permitted: 'create', 'update', 'delete'`,
        'type_error.enum',
      );
    }
    return null;
  }

  private date(field: string): Date | null {
    const value = this.required(field);
    if (value === null) return null;
    const date = typeof value === 'string' ? readIsoDate(value) : null;
    if (date === null) this.problem([field], 'invalid datetime format', 'value_error.datetime');
    return date;
  }

  private identifier(): object | null {
    const value = this.fields['ref_identifier'] ?? null;
    if (value === null) return null;
    if (!isObject(value)) {
      this.problem(['ref_identifier'], 'value is not a valid dict', 'type_error.dict');
      return null;
    }
    const identifier: Record<string, unknown> = {};
    for (const [key, part] of Object.entries(value)) {
      const known = Object.hasOwn(IDENTIFIERS, key) ? IDENTIFIERS[key] : undefined;
      if (!known) this.unknown(['ref_identifier', key]);
      else if (part === null) continue;
      else if (!known.kinds.includes(typeof part))
        this.problem(['ref_identifier', key], `${known.kinds.join(' or ')} expected`, 'type_error');
      else identifier[known.name] = part;
    }
    return storableJson(identifier);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
