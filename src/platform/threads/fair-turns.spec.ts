import { FairTurns, QueueFullError } from './fair-turns.js';

const never = new AbortController().signal;

/** Work that ends when it is told to. */
class Job {
  started = false;
  private readonly gate = Promise.withResolvers<void>();
  readonly done: Promise<string>;

  constructor(turns: FairTurns, group: number, signal = never) {
    this.done = turns.take(group, signal, async () => {
      this.started = true;
      await this.gate.promise;
      return 'done';
    });
    this.done.catch(() => undefined);
  }

  async end(): Promise<void> {
    this.gate.resolve();
    await this.done;
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const started = (jobs: readonly Job[]): boolean[] => jobs.map((job) => job.started);

describe('fair turns', () => {
  it('leave a place for others where there are several', async () => {
    const turns = new FairTurns(3, 10);
    const mine = [1, 1, 1, 1].map((group) => new Job(turns, group));
    const other = new Job(turns, 2);
    await settle();
    expect([...started(mine), other.started]).toEqual([true, true, false, false, true]);
    await mine[0]?.end();
    await settle();
    expect(started(mine)).toEqual([true, true, true, false]);
    await Promise.all([...mine, other].map((job) => job.end()));
  });

  it('give a single place to everybody, one after the other', async () => {
    const turns = new FairTurns(1, 10);
    const first = new Job(turns, 1);
    const second = new Job(turns, 1);
    await settle();
    expect(started([first, second])).toEqual([true, false]);
    await first.end();
    await settle();
    expect(second.started).toBe(true);
    await second.end();
  });

  it('go to whoever has least at work, then to who came first', async () => {
    const turns = new FairTurns(3, 10);
    const running = [new Job(turns, 1), new Job(turns, 1), new Job(turns, 2)];
    const [ofOne, ofTwo, ofThree] = [new Job(turns, 1), new Job(turns, 2), new Job(turns, 3)];
    await running[0]?.end();
    await settle();
    expect(started([ofOne, ofTwo, ofThree])).toEqual([false, false, true]);
    await running[1]?.end();
    await settle();
    expect(started([ofOne, ofTwo])).toEqual([true, false]);
    await Promise.all([...running, ofOne, ofTwo, ofThree].map((job) => job.end()));
  });

  it('are given back by work that fails', async () => {
    const turns = new FairTurns(1, 10);
    await expect(turns.take(1, never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(turns.take(1, never, () => Promise.resolve(7))).resolves.toBe(7);
  });

  it('are left by who gives up waiting', async () => {
    const turns = new FairTurns(1, 10);
    const first = new Job(turns, 1);
    const stop = new AbortController();
    const second = new Job(turns, 2, stop.signal);
    const third = new Job(turns, 3);
    stop.abort(new Error('stopped'));
    await expect(second.done).rejects.toThrow('stopped');
    await first.end();
    await settle();
    expect(started([second, third])).toEqual([false, true]);
    await third.end();
    await expect(turns.take(1, AbortSignal.abort(new Error('too late')), () => Promise.resolve())).rejects.toThrow(
      'too late',
    );
  });

  it('are refused beyond a number of those who wait', async () => {
    const turns = new FairTurns(1, 1);
    const [first, second] = [new Job(turns, 1), new Job(turns, 2)];
    await expect(turns.take(3, never, () => Promise.resolve())).rejects.toThrow(QueueFullError);
    await Promise.all([first.end(), second.end()]);
  });
});
