import { AppError } from '../../../core/errors/app-error.js';
import { parseEventQuery } from './event-query.js';

describe('a request for events', () => {
  it('asks for everything by default', () => {
    expect(parseEventQuery({})).toEqual({ types: null, equalities: [], messages: [], operations: [], ranges: [] });
  });

  it('filters by types and equal values, repeated ones OR-ed', () => {
    const query = parseEventQuery({
      type: ['cloudify_event', 'cloudify_log'],
      execution_id: 'x',
      level: ['info', 'error'],
      blueprint_id: '',
      nothing: 'y',
    });
    expect(query.types).toEqual(['cloudify_event', 'cloudify_log']);
    expect(query.equalities).toEqual([
      { key: 'blueprint_id', values: [''] },
      { key: 'execution_id', values: ['x'] },
      { key: 'level', values: ['info', 'error'] },
    ]);
  });

  it('takes patterns by either name', () => {
    expect(parseEventQuery({ message: 'a%', 'message.text': ['b', 'c'], operation: 'o' })).toMatchObject({
      messages: ['a%', 'b', 'c'],
      operations: ['o'],
    });
  });

  it('takes ranges with one or two ends', () => {
    const [from, to] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-02-01T00:00:00Z')];
    expect(
      parseEventQuery({
        _range: ['@timestamp,2026-01-01,2026-02-01', 'timestamp,,2026-02-01', 'reported_timestamp,2026-01-01,'],
      }).ranges,
    ).toEqual([
      { field: 'timestamp', from, to },
      { field: 'timestamp', from: null, to },
      { field: 'reported_timestamp', from, to: null },
    ]);
  });

  it.each([
    '',
    'timestamp',
    'timestamp,,',
    'timestamp,2026-01-01',
    'timestamp,a,b',
    'timestamp,1,2,3',
    'id,2026-01-01,',
    '@@timestamp,2026-01-01,',
  ])('takes no range %j, and says so without a traceback', (text) => {
    let thrown: unknown;
    try {
      parseEventQuery({ _range: text });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(AppError);
    expect(thrown).toMatchObject({ status: 400, code: 'bad_parameters_error', traceback: 'absent' });
  });

  it('knows two types', () => {
    expect(() => parseEventQuery({ type: ['cloudify_log', 'other'] })).toThrow(/Unknown type: `other`/);
    expect(() => parseEventQuery({ type: '' })).toThrow(AppError);
  });
});
