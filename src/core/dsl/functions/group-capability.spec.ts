import { json, SketchedStore } from '../../../../test/support/functions.js';
import { plain } from '../../../../test/support/dsl.js';
import type { Value } from '../values.js';
import { groupCapability } from './group-capability.js';

describe('get_group_capability', () => {
  const deployments: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    d2: { c: 2, only: { deep: ['x'] } },
    d10: { c: 10, other: null },
    d1: { c: { get_input: 'i' } },
    d3: {},
  };
  const ask = async (...path: unknown[]): Promise<unknown> =>
    plain(
      await groupCapability(json(path) as readonly Value[], Object.keys(deployments), (deployment, name) => {
        const value = deployments[deployment]?.[name];
        const store = new SketchedStore({ inputs: { i: `of ${deployment}` } });
        return Promise.resolve(value === undefined ? undefined : { value: json(value), store });
      }),
    );

  it('is a list of the values of those that have it, by their ids [§16] [get_group_capability @ run time]', async () => {
    expect(await ask('c')).toEqual(['of d1', 10, 2]);
    expect(await ask('nowhere')).toEqual([]);
    expect(await ask('only', 'deep', 0)).toEqual(['x']);
  });

  it('is a list of lists for several, null for what one lacks [§16]', async () => {
    expect(await ask(['c', 'only'])).toEqual([
      ['of d1', null],
      [10, null],
      [2, { deep: ['x'] }],
    ]);
    expect(await ask(['only', 'other'])).toEqual([
      [null, null],
      [{ deep: ['x'] }, null],
    ]);
  });

  it('is a dictionary when it is asked for by deployment [§16]', async () => {
    expect(await ask('deployment_id:c')).toEqual({ d1: 'of d1', d10: 10, d2: 2 });
  });
});
