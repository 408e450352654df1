import { GroupCommit, QueueFullError } from './group-commit.js';

const LIMITS = { maxQueued: 100, maxBatch: 10 };

/** A database whose commits end when the test says so. */
class FakeDatabase {
  readonly batches: (readonly number[])[] = [];
  private readonly open: PromiseWithResolvers<void>[] = [];

  readonly write = (items: readonly number[]): Promise<void> => {
    this.batches.push(items);
    const commit = Promise.withResolvers<void>();
    this.open.push(commit);
    return commit.promise;
  };

  async commit(): Promise<void> {
    this.open.shift()?.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async fail(error: Error): Promise<void> {
    this.open.shift()?.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const never = (): boolean => false;

describe('GroupCommit', () => {
  it('writes the first two at once and those that come meanwhile together', async () => {
    const database = new FakeDatabase();
    const commits = new GroupCommit<number>(database.write, never, LIMITS);
    const done = [1, 2, 3, 4, 5].map((item) => commits.submit(item));
    expect(database.batches).toEqual([[1], [2]]);
    await database.commit();
    expect(database.batches).toEqual([[1], [2], [3, 4, 5]]);
    await database.commit();
    await database.commit();
    await expect(Promise.all(done)).resolves.toHaveLength(5);
  });

  it('resolves nobody before the commit that holds their item', async () => {
    const database = new FakeDatabase();
    const commits = new GroupCommit<number>(database.write, never, LIMITS);
    const resolved: number[] = [];
    for (const item of [1, 2, 3]) void commits.submit(item).then(() => resolved.push(item));
    await database.commit();
    expect(resolved).toEqual([1]);
    await database.commit();
    expect(resolved).toEqual([1, 2]);
    await database.commit();
    expect(resolved).toEqual([1, 2, 3]);
  });

  it('rejects all callers of a failed commit, and goes on', async () => {
    const database = new FakeDatabase();
    const commits = new GroupCommit<number>(database.write, never, LIMITS);
    const settled = Promise.allSettled([1, 2, 3, 4].map((item) => commits.submit(item)));
    await database.commit();
    await database.commit();
    await database.fail(new Error('the disk is full'));
    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    const next = commits.submit(5);
    await database.commit();
    await expect(next).resolves.toBeUndefined();
  });

  it('lets the content of one item fail that item only', async () => {
    const written: number[] = [];
    const write = (items: readonly number[]): Promise<void> => {
      if (items.includes(3)) return Promise.reject(new Error('bad content'));
      written.push(...items);
      return Promise.resolve();
    };
    const commits = new GroupCommit<number>(write, () => true, LIMITS);
    const settled = await Promise.allSettled([1, 2, 3, 4].map((item) => commits.submit(item)));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(written).toEqual([1, 2, 4]);
  });

  it('refuses when too many wait, and none of those that wait is lost', async () => {
    const database = new FakeDatabase();
    const commits = new GroupCommit<number>(database.write, never, { maxQueued: 3, maxBatch: 2 });
    const accepted = [1, 2, 3, 4, 5].map((item) => commits.submit(item)); // two are written, three wait
    await expect(commits.submit(6)).rejects.toThrow(QueueFullError);
    for (let commit = 0; commit < 4; commit += 1) await database.commit();
    await expect(Promise.all(accepted)).resolves.toHaveLength(5);
    expect(database.batches).toEqual([[1], [2], [3, 4], [5]]);
  });
});
