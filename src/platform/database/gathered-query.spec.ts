import { GatheredQuery } from './gathered-query.js';

const statements: { readonly keys: readonly string[]; readonly answer: PromiseWithResolvers<readonly string[]> }[] = [];
let gathered: GatheredQuery<string, string>;

beforeEach(() => {
  statements.length = 0;
  gathered = new GatheredQuery(
    (key) => key,
    (keys) => {
      const answer = Promise.withResolvers<readonly string[]>();
      statements.push({ keys, answer });
      return answer.promise;
    },
  );
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const answer = (index: number, suffix = ''): void =>
  statements[index]?.answer.resolve(statements[index].keys.map((key) => key + suffix));

it('asks once for all who came in one turn of the loop, and once for those who want the same', async () => {
  const answers = Promise.all(['a', 'b', 'a'].map((key) => gathered.ask(key)));
  await turn();
  answer(0, '!');
  expect(await answers).toEqual(['a!', 'b!', 'a!']);
  expect(statements.map(({ keys }) => keys)).toEqual([['a', 'b']]);
});

it('never answers from a statement that began before the question', async () => {
  const early = gathered.ask('a');
  await turn();
  const late = gathered.ask('a');
  answer(0, ' old');
  await turn();
  answer(1, ' new');
  expect([await early, await late]).toEqual(['a old', 'a new']);
});

it('gathers those who wait while two statements are under way', async () => {
  const first = gathered.ask('a');
  await turn();
  const second = gathered.ask('b');
  await turn();
  const rest = Promise.all([gathered.ask('c'), gathered.ask('d')]);
  await turn();
  expect(statements).toHaveLength(2);
  answer(0);
  await first;
  await turn();
  expect(statements.map(({ keys }) => keys)).toEqual([['a'], ['b'], ['c', 'd']]);
  answer(1);
  answer(2);
  expect([await second, ...(await rest)]).toEqual(['b', 'c', 'd']);
});

it('tells a failure to those who shared the statement, and goes on with the next', async () => {
  const failing = [gathered.ask('a'), gathered.ask('b')];
  await turn();
  statements[0]?.answer.reject(new Error('gone'));
  await expect(Promise.allSettled(failing)).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  const next = gathered.ask('a');
  await turn();
  answer(1);
  expect(await next).toBe('a');
});

it('splits what is too much for one statement', async () => {
  const names = Array.from({ length: 501 }, (_, index) => `k${index}`);
  const answers = Promise.all(names.map((name) => gathered.ask(name)));
  await turn();
  answer(0);
  await turn();
  await turn();
  answer(1);
  expect(await answers).toEqual(names);
  expect(statements.map(({ keys }) => keys.length)).toEqual([500, 1]);
});
