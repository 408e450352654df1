import { AuditValidationError, type AuditProblem } from '../../../core/errors/audit-validation-error.js';
import { readPage, readRemoval, readSelection } from './audit-query.js';

function problemsOf(read: () => unknown): readonly AuditProblem[] | string {
  try {
    read();
  } catch (error) {
    if (error instanceof AuditValidationError) return error.detail;
    throw error;
  }
  return 'accepted';
}

describe('the query of GET /audit', () => {
  it('has the defaults of the contract', () => {
    expect(readPage({})).toEqual({
      selection: { creatorName: null, executionId: null, since: null, before: null, kind: 'changes' },
      order: [{ column: 'created_at', isDescending: false }],
      offset: 0,
      size: 100,
    });
  });

  it('takes what the Python client sends', () => {
    const page = readPage({
      order_by: 'created_at',
      desc: 'False',
      offset: '0',
      size: '20',
      since: '2026-01-02T03:04:05.678',
    });
    expect(page).toMatchObject({ size: 20, order: [{ column: 'created_at', isDescending: false }] });
    expect(page.selection.since?.toISOString()).toBe('2026-01-02T03:04:05.678Z');
  });

  it.each(['true', 'TRUE', '1', 'on', 'yes', 'Yes'])('takes desc=%s as yes', (desc) => {
    expect(readPage({ desc }).order[0]?.isDescending).toBe(true);
  });

  it.each(['false', '0', 'off', 'no', 'NO'])('takes desc=%s as no', (desc) => {
    expect(readPage({ desc, order_by: 'id,creator_name' }).order).toEqual([
      { column: 'id', isDescending: false },
      { column: 'creator_name', isDescending: false },
    ]);
  });

  it('reads a zone whose plus sign arrived as a blank', () => {
    expect(readPage({ before: '2026-01-02T03:00:00 02:00' }).selection.before?.toISOString()).toBe(
      '2026-01-02T01:00:00.000Z',
    );
  });

  it.each([
    [{ desc: 'maybe' }, 'desc', 'type_error.bool'],
    [{ desc: '__proto__' }, 'desc', 'type_error.bool'],
    [{ size: '-1' }, 'size', 'value_error.number.not_ge'],
    [{ size: 'ten' }, 'size', 'type_error.integer'],
    [{ size: '1e3' }, 'size', 'type_error.integer'],
    [{ offset: '1.5' }, 'offset', 'type_error.integer'],
    [{ offset: '99999999999999999999' }, 'offset', 'type_error.integer'],
    [{ order_by: 'password' }, 'order_by', 'value_error'],
    [{ order_by: 'id;DROP TABLE audit_log' }, 'order_by', 'value_error'],
    [{ order_by: 'constructor' }, 'order_by', 'value_error'],
    [{ since: 'yesterday' }, 'since', 'value_error.datetime'],
    [{ before: '2026-02-30' }, 'before', 'value_error.datetime'],
    [{ since: '2026-01-01', before: '2026-01-02' }, 'since', 'value_error'],
    [{ kind: 'some' }, 'kind', 'value_error'],
    [{ creator_name: 'a\0' }, 'creator_name', 'value_error'],
  ])('refuses %j', (query, name, type) => {
    expect(problemsOf(() => readPage(query))).toEqual([{ loc: ['query', name], msg: expect.any(String), type }]);
  });

  it('names every bad parameter at once', () => {
    expect(problemsOf(() => readPage({ size: 'x', offset: 'y', desc: 'z' }))).toHaveLength(3);
  });
});

describe('the query of GET /audit/stream', () => {
  it('takes the selectors and the kind', () => {
    expect(readSelection({ creator_name: 'ada', kind: 'all' })).toMatchObject({ creatorName: 'ada', kind: 'all' });
  });
});

describe('the query of DELETE /audit', () => {
  it('needs before', () => {
    expect(problemsOf(() => readRemoval({}))).toEqual([
      { loc: ['query', 'before'], msg: 'field required', type: 'value_error.missing' },
    ]);
    expect(problemsOf(() => readRemoval({ since: '2026-01-01' }))).toHaveLength(1);
    expect(problemsOf(() => readRemoval({ before: 'x' }))).toEqual([
      expect.objectContaining({ type: 'value_error.datetime' }),
    ]);
    expect(problemsOf(() => readRemoval({ before: '' }))).toEqual([
      expect.objectContaining({ type: 'value_error.datetime' }),
    ]);
  });

  it('takes the other selectors', () => {
    expect(readRemoval({ before: '2026-01-01', creator_name: 'ada', execution_id: 'e' })).toEqual({
      before: new Date('2026-01-01T00:00:00Z'),
      creatorName: 'ada',
      executionId: 'e',
    });
  });
});
