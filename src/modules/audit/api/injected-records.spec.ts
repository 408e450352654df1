import { AuditValidationError, type AuditProblem } from '../../../core/errors/audit-validation-error.js';
import { readInjected } from './injected-records.js';

const RECORD = { ref_table: 'users', ref_id: 1, operation: 'create', created_at: '2026-01-02T03:04:05.678' };

function problemsOf(body: unknown): readonly AuditProblem[] | string {
  try {
    readInjected(body);
  } catch (error) {
    if (error instanceof AuditValidationError) return error.detail;
    throw error;
  }
  return 'accepted';
}

describe('the body of POST /audit', () => {
  it('is a list of records, whose optional fields may be null or absent', () => {
    const full = {
      ...RECORD,
      ref_identifier: { _tenant_id: 3, _storage_id: 4, id: 'web', name: null, username: 'ada' },
      creator_name: 'ada',
      execution_id: 'e',
    };
    expect(readInjected([full, { ...RECORD, ref_identifier: null, creator_name: null, execution_id: null }])).toEqual([
      {
        refTable: 'users',
        refId: 1,
        refIdentifier: { tenant_id: 3, storage_id: 4, id: 'web', username: 'ada' },
        operation: 'create',
        creatorName: 'ada',
        executionId: 'e',
        createdAt: new Date('2026-01-02T03:04:05.678Z'),
      },
      expect.objectContaining({ refIdentifier: null, creatorName: null, executionId: null }),
    ]);
    expect(readInjected([])).toEqual([]);
  });

  it.each([null, 'text', {}, 7])('is not %j', (body) => {
    expect(problemsOf(body)).toEqual([{ loc: ['body'], msg: 'value is not a valid list', type: 'type_error.list' }]);
  });

  it.each([
    [7, [], 'type_error.dict'],
    [{ ...RECORD, ref_table: undefined }, ['ref_table'], 'value_error.missing'],
    [{ ...RECORD, ref_table: null }, ['ref_table'], 'type_error.none.not_allowed'],
    [{ ...RECORD, ref_table: 5 }, ['ref_table'], 'type_error.str'],
    [{ ...RECORD, ref_id: '1' }, ['ref_id'], 'type_error.integer'],
    [{ ...RECORD, ref_id: 1.5 }, ['ref_id'], 'type_error.integer'],
    [{ ...RECORD, ref_id: 2 ** 60 }, ['ref_id'], 'type_error.integer'],
    [{ ...RECORD, operation: 'login' }, ['operation'], 'type_error.enum'],
    [{ ...RECORD, created_at: 'soon' }, ['created_at'], 'value_error.datetime'],
    [{ ...RECORD, created_at: 5 }, ['created_at'], 'value_error.datetime'],
    [{ ...RECORD, creator_name: {} }, ['creator_name'], 'type_error.str'],
    [{ ...RECORD, id: 5 }, ['id'], 'value_error.extra'],
    [{ ...RECORD, ref_identifier: [] }, ['ref_identifier'], 'type_error.dict'],
    [{ ...RECORD, ref_identifier: { secret: 'x' } }, ['ref_identifier', 'secret'], 'value_error.extra'],
    [{ ...RECORD, ref_identifier: { constructor: 'x' } }, ['ref_identifier', 'constructor'], 'value_error.extra'],
    [{ ...RECORD, ref_identifier: { tenant_id: 'x' } }, ['ref_identifier', 'tenant_id'], 'type_error'],
  ])('refuses the record %j', (record, field, type) => {
    expect(problemsOf([RECORD, record])).toEqual([{ loc: ['body', 1, ...field], msg: expect.any(String), type }]);
  });

  it('names every problem of every record', () => {
    expect(problemsOf([{}, {}])).toHaveLength(8);
  });

  it('takes no more than 10,000 records at once', () => {
    expect(problemsOf(Array.from({ length: 10_001 }, () => RECORD))).toEqual([
      expect.objectContaining({ type: 'value_error.list.max_items' }),
    ]);
  });
});
