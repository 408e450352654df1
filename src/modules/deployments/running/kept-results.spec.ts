import type { KeptResult } from './deployment-runtime.port.js';
import { keeperOf, withResult } from './kept-results.js';

const AT = new Date('2026-11-22T10:00:00.000Z');
const CHECK = { ok: true, timestamp: AT.toISOString(), task: 'op', result: 'r' };

function result(change: Partial<KeptResult>): KeptResult {
  return { instance: 'a', keeps: 'status', task: 'op', ok: true, result: 'r', executionId: 'e', at: AT, ...change };
}

describe('results that are kept (orchestration §6)', () => {
  it('remember the status before', () => {
    const first = withResult({}, result({}));
    expect(first).toEqual({ status: CHECK, previous_status: null });
    expect(withResult(first, result({ ok: false }))).toEqual({
      status: { ...CHECK, ok: false },
      previous_status: CHECK,
    });
  });

  it('of relationships stand at the end whose operation it was, by the other end', () => {
    const source = result({ keeps: 'relationship-drift', relationship: { target: 'b', side: 'source' } });
    const target = result({ keeps: 'relationship-drift', relationship: { target: 'b', side: 'target' } });
    expect([keeperOf(source), keeperOf(target)]).toEqual(['a', 'b']);
    const before = { source_relationships_configuration_drift: { c: CHECK } };
    expect(withResult(before, source)).toEqual({ source_relationships_configuration_drift: { b: CHECK, c: CHECK } });
    expect(withResult({}, target)).toEqual({ target_relationships_configuration_drift: { a: CHECK } });
  });

  it('of healing and updating leave a mark when they fail, and clear it when they succeed', () => {
    const failed = withResult(
      withResult({ status: { ok: false } }, result({ keeps: 'heal', ok: false })),
      result({ keeps: 'update', ok: false }),
    );
    expect(failed).toEqual({ status: { ok: false }, heal_failed: 'e', update_failed: 'e' });
    const healed = withResult(failed, result({ keeps: 'heal' }));
    expect(healed).toEqual({ status: { ok: true, healed: true }, update_failed: 'e' });
    const updated = withResult({ ...healed, configuration_drift: CHECK }, result({ keeps: 'update' }));
    expect(updated).not.toHaveProperty('update_failed');
    expect(updated).toMatchObject({ configuration_drift: null });
  });
});
