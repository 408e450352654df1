import { loadConfig } from '../../platform/config/load-config.js';
import { HashingGate } from './hashing-gate.js';

const gateOf = (passwordHashers: number): HashingGate =>
  new HashingGate(loadConfig({ env: {}, overrides: { dataDir: '/nowhere', passwordHashers } }));

/** Work that ends when the test says so. */
function held(): {
  readonly work: () => Promise<void>;
  readonly finish: () => void;
  readonly state: { isRunning: boolean };
} {
  const end = Promise.withResolvers<void>();
  const state = { isRunning: false };
  return {
    state,
    finish: end.resolve,
    work: () => {
      state.isRunning = true;
      return end.promise;
    },
  };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the hashing gate', () => {
  it('lets so many in at once, and the others in their order', async () => {
    const gate = gateOf(2);
    const all = Array.from({ length: 4 }, held);
    const done = all.map(({ work }) => gate.run(work));
    await turn();
    expect(all.map(({ state }) => state.isRunning)).toEqual([true, true, false, false]);
    all[1]?.finish();
    await done[1];
    await turn();
    expect(all.map(({ state }) => state.isRunning)).toEqual([true, true, true, false]);
    for (const { finish } of all) finish();
    await Promise.all(done);
  });

  it('has a short queue, and then says when to come back', async () => {
    const gate = gateOf(1);
    const all = Array.from({ length: 129 }, held);
    const done = all.map(({ work }) => gate.run(work));
    await turn();
    await expect(gate.run(() => Promise.resolve())).rejects.toMatchObject({
      status: 429,
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
    });
    for (const { finish } of all) finish();
    await Promise.all(done);
    await expect(gate.run(() => Promise.resolve('in'))).resolves.toBe('in');
  });

  it('gives the place back when the work fails', async () => {
    const gate = gateOf(1);
    for (let time = 0; time < 3; time += 1) {
      await expect(gate.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
      await expect(gate.run(() => Promise.resolve(time))).resolves.toBe(time);
    }
  });
});
