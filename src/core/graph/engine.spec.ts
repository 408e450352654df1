import { GraphPlayer } from '../../../test/support/graph-player.js';
import { initialState, next } from './engine.js';
import { GraphBuilder } from './graph-builder.js';
import type { Result } from './state.js';
import type { Task, TaskGraph } from './task.js';

const OK: Result = { kind: 'success', value: null };
const broken: Result = { kind: 'non-recoverable', cause: 'broken' };
const shaky = (after: number | null = null): Result => ({ kind: 'recoverable', cause: 'shaky', after });

function operation(name: string, more: Partial<Task> = {}): Task {
  return { name, action: { kind: 'operation', instance: name, operation: 'do' }, ...more };
}
function subgraph(name: string, more: Partial<Task> = {}): Task {
  return { name, action: { kind: 'subgraph', instance: name }, ...more };
}
/** a before b, c alone */
function small(more: Partial<Task> = {}): TaskGraph {
  const builder = new GraphBuilder();
  const a = builder.add(operation('a', more));
  builder.add(operation('b'), [a]);
  builder.add(operation('c'));
  return builder.finish('small');
}
function rescued(): TaskGraph {
  const builder = new GraphBuilder();
  const a = builder.add(operation('a'));
  builder.add(operation('b'), [a]);
  builder.add(operation('r', { rescues: a }));
  return builder.finish('g');
}
/** s holds x then y; after s comes z */
function nested(more: Partial<Task> = {}): TaskGraph {
  const builder = new GraphBuilder();
  const s = builder.add(subgraph('s', more));
  builder.sequence([[operation('x', { parent: s })], [operation('y', { parent: s })]]);
  builder.add(operation('z'), [s]);
  return builder.finish('nested');
}
function started(graph: TaskGraph, options = {}): GraphPlayer {
  const player = new GraphPlayer(graph, options);
  player.feed({ type: 'start' });
  return player;
}
function sent(player: GraphPlayer, instance: string): GraphPlayer['waiting'][number] {
  const found = player.waiting.find(({ action }) => action.instance === instance);
  if (found === undefined) {
    throw new Error(`${instance} was not sent`);
  }
  return found;
}

describe('running', () => {
  it('sends what waits for nothing, and the rest once its dependencies are done', () => {
    const player = started(small());
    expect(player.log).toEqual(['a do', 'c do']);
    player.answer(sent(player, 'a'), OK);
    expect(player.log).toEqual(['a do', 'c do', 'b do']);
    player.run();
    expect(player.outcome()).toBe('succeeded');
    expect(player.state).toMatchObject({ totalOperations: 3, finishedOperations: 3, active: 0 });
  });

  it('ends an empty graph at once', () => {
    expect(started(new GraphBuilder().finish('empty')).outcome()).toBe('succeeded');
  });

  it('refuses tasks that wait for one another', () => {
    const builder = new GraphBuilder();
    const around = builder.add(subgraph('s'));
    const inside = builder.add(operation('a', { parent: around }));
    builder.depend(inside, around);
    expect(() => builder.finish('cycle')).toThrow('tasks of a graph wait for one another');
  });

  it('changes nothing for answers that come twice, late or to another attempt', () => {
    const player = started(small());
    const { state } = player;
    player.feed({ type: 'result', task: 0, attempt: 1, result: OK });
    player.feed({ type: 'result', task: 1, attempt: 0, result: OK });
    player.feed({ type: 'wake', task: 0, attempt: 0 });
    player.feed({ type: 'deadline' });
    player.feed({ type: 'start' });
    expect(player.state).toEqual(state);
    const once = sent(player, 'a');
    player.answer(once, OK);
    const after = player.state;
    expect(player.feed({ type: 'result', task: once.task, attempt: 0, result: broken })).toEqual([]);
    expect(player.state).toEqual(after);
  });

  it('records progress forwards only', () => {
    const player = started(small());
    const of = (status: 'sent' | 'started' | 'response-sent'): number =>
      player.feed({ type: 'progress', task: 0, attempt: 0, status }).length;
    expect([of('sent'), of('started'), of('sent'), of('response-sent'), of('started')]).toEqual([1, 1, 0, 1, 0]);
  });

  it('leaves the state that came in as it was', () => {
    const graph = small();
    const first = next(graph, initialState(graph), { type: 'start', at: 0 }).state;
    const copy = structuredClone(first);
    next(graph, first, { type: 'result', task: 0, attempt: 0, result: OK, at: 1 });
    expect(first).toEqual(copy);
  });
});

describe('a failure', () => {
  it('keeps its dependents from starting, lets others end, and then fails', () => {
    const player = started(small());
    player.answer(sent(player, 'a'), broken);
    expect(player.outcome()).toBe('running');
    player.answer(sent(player, 'c'), OK);
    expect(player.outcome()).toBe('failed');
    expect(player.log).not.toContain('b do');
    expect(player.commands.at(-1)).toMatchObject({
      type: 'end',
      outcome: 'failed',
      failureCount: 1,
      failures: [{ name: 'a', cause: 'broken' }],
    });
  });

  it('still starts what is independent of it', () => {
    const builder = new GraphBuilder();
    builder.add(operation('x'));
    builder.add(operation('d'), [builder.add(operation('c'))]);
    const player = started(builder.finish('g'));
    player.answer(sent(player, 'x'), broken);
    player.answer(sent(player, 'c'), OK);
    expect(player.log).toContain('d do');
  });

  it('ends the waiting for others wait_after_fail seconds after the first one', () => {
    const player = started(small(), { waitAfterFail: 600 });
    player.now = 5;
    player.answer(sent(player, 'a'), broken);
    expect(player.commands.at(-1)).toEqual({ type: 'deadline', at: 600_005 });
    player.now = 600_004;
    player.feed({ type: 'deadline' });
    expect(player.outcome()).toBe('running');
    player.now = 600_005;
    player.feed({ type: 'deadline' });
    expect(player.outcome()).toBe('failed');
  });

  it('that is ignored lets dependents go on, without a retry', () => {
    const player = started(small({ onFailure: 'ignore', total: 3 }));
    player.answer(sent(player, 'a'), shaky());
    expect(player.log).toContain('a: ignoring failure of task a');
    player.run();
    expect(player.outcome()).toBe('succeeded');
    expect(player.count('wake')).toBe(0);
  });

  it('is made good by a rescue, which runs only then', () => {
    const good = started(rescued());
    good.run();
    expect([good.outcome(), good.log]).toEqual(['succeeded', ['a do', 'b do']]);
    const bad = started(rescued());
    bad.run(({ action }) => (action.instance === 'a' ? broken : OK));
    expect([bad.outcome(), bad.log]).toEqual(['succeeded', ['a do', 'r do', 'b do']]);
    const worse = started(rescued());
    worse.run(() => broken);
    expect([worse.outcome(), worse.log]).toEqual(['failed', ['a do', 'r do']]);
    expect(worse.state.failures).toMatchObject([{ name: 'r' }]);
  });

  it('counts all failures and lists no more than a hundred, each cut', () => {
    const builder = new GraphBuilder();
    for (let index = 0; index < 120; index += 1) {
      builder.add(operation(`o${String(index)}`));
    }
    const player = started(builder.finish('g'));
    player.run(() => ({ kind: 'non-recoverable', cause: 'x'.repeat(5000) }));
    expect(player.state.failureCount).toBe(120);
    expect(player.state.failures).toHaveLength(100);
    expect(player.state.failures[0]?.cause).toHaveLength(1000);
  });
});

describe('a retry', () => {
  it.each([
    ['recoverable, after the interval', shaky(), 30_000, 'failed'],
    ['recoverable, after the time it names', shaky(7), 7_000, 'failed'],
    ['asked for by the operation', { kind: 'retry', cause: 'later', after: 0 } satisfies Result, 0, 'rescheduled'],
  ])('follows a failure that is %s', (_name, result, delay, status) => {
    const player = started(small({ total: 1, interval: 30 }));
    const commands = player.answer(sent(player, 'a'), result);
    expect(commands).toMatchObject([
      { type: 'record', task: 0, attempt: 0, status, next: 1 },
      { type: 'wake', task: 0, attempt: 1, at: delay },
    ]);
    player.now = delay - 1;
    expect(player.feed({ type: 'wake', task: 0, attempt: 1 })).toEqual([]);
    player.now = delay;
    expect(player.feed({ type: 'wake', task: 0, attempt: 1 })).toMatchObject([
      { type: 'send', attempt: 1, retries: 1 },
    ]);
    expect(player.feed({ type: 'wake', task: 0, attempt: 1 })).toEqual([]);
    expect(player.state.totalOperations).toBe(4);
    player.answer(sent(player, 'a'), result);
    player.run();
    expect(player.outcome()).toBe('failed');
  });

  it.each([
    [-1, 50, 51],
    [2, 50, 3],
    [0, 50, 1],
  ])('with a total of %d and %d failures makes %d attempts', (total, failures, attempts) => {
    const player = started(small({ total }));
    let count = 0;
    player.run(({ action }) => (action.instance === 'a' && count++ < failures ? shaky() : OK));
    expect(player.log.filter((line) => line === 'a do')).toHaveLength(attempts);
    expect(player.outcome()).toBe(attempts > failures ? 'succeeded' : 'failed');
  });

  it('does not follow what is not recoverable, unless its handler says so', () => {
    const plain = started(small({ total: 5 }));
    plain.run(({ action }) => (action.instance === 'a' ? broken : OK));
    expect(plain.count('wake')).toBe(0);
    const stubborn = started(small({ total: 5, onFailure: 'retry' }));
    stubborn.run(({ action, attempt }) => (action.instance === 'a' && attempt === 0 ? broken : OK));
    expect([stubborn.count('wake'), stubborn.outcome()]).toEqual([1, 'succeeded']);
  });

  it('goes on without limit until a polled result is true', () => {
    const player = started(small({ untilTruthy: true, interval: 15, total: 0 }));
    player.run(({ attempt }) => ({ kind: 'success', value: attempt < 4 ? [] : 'up' }));
    expect(player.log.filter((line) => line === 'a do')).toHaveLength(5);
    expect(player.now).toBe(60_000);
  });

  it('takes no more room the more often it happens', () => {
    const player = started(small({ total: -1 }));
    const size = (times: number): number => {
      for (let index = 0; index < times; index += 1) {
        player.answer(sent(player, 'a'), shaky(0));
        player.passTime();
      }
      return JSON.stringify(player.state).length;
    };
    expect(size(190)).toBeLessThan(size(10) + 10);
  });
});

describe('a subgraph', () => {
  it('starts before and ends after all that is in it', () => {
    const player = started(nested());
    player.run();
    expect(player.log).toEqual(['x do', 'y do', 'z do']);
    expect(
      player.commands
        .filter(({ type }) => type === 'record')
        .map((each) => ('status' in each ? [each.task, each.status] : [])),
    ).toEqual([
      [0, 'started'],
      [1, 'succeeded'],
      [2, 'succeeded'],
      [0, 'succeeded'],
      [3, 'succeeded'],
    ]);
  });

  it('fails with the first task in it, whose name and cause are kept, and starts nothing more', () => {
    const player = started(nested());
    player.run(() => broken);
    expect([player.outcome(), player.log]).toEqual(['failed', ['x do']]);
    expect(player.state.failures).toMatchObject([{ name: 'x', cause: 'broken' }]);
  });

  it('that is ignored lets those after it go on', () => {
    const player = started(nested({ onFailure: 'ignore' }));
    player.run(({ action }) => (action.instance === 'x' ? broken : OK));
    expect([player.outcome(), player.log]).toEqual(['succeeded', ['x do', 's: ignoring failure of task s', 'z do']]);
  });

  it('is replaced after the interval when it may be retried, and waited for as before', () => {
    const rebuild = {
      action: { kind: 'subgraph', instance: 's', rebuild: 'install' } as const,
      total: 1,
      interval: 20,
    };
    const player = started(nested(rebuild));
    player.rebuilt = () => {
      const builder = new GraphBuilder();
      builder.sequence([[operation('undo')], [operation('x')], [operation('y')]]);
      return builder.finish('again');
    };
    player.run(({ action, task }) => (action.instance === 'x' && task === 1 ? broken : OK));
    expect([player.outcome(), player.now]).toEqual(['succeeded', 20_000]);
    expect(player.log).toEqual(['x do', 'undo do', 'x do', 'y do', 'z do']);
    const twice = started(nested(rebuild));
    twice.rebuilt = player.rebuilt;
    twice.run(({ action }) => (action.instance === 'x' ? broken : OK));
    expect([twice.outcome(), twice.count('rebuild')]).toEqual(['failed', 1]);
  });

  it('that was replaced frees what waited for a task in it, once it is done', () => {
    const builder = new GraphBuilder();
    const s = builder.add({ name: 's', action: { kind: 'subgraph', instance: 's', rebuild: 'install' }, total: 1 });
    const [[x = 0] = [], [y = 0] = []] = builder.sequence([
      [operation('x', { parent: s })],
      [operation('y', { parent: s })],
    ]);
    builder.add(operation('afterX'), [x]);
    builder.add(operation('afterY'), [y]);
    const player = started(builder.finish('g'));
    player.rebuilt = () => {
      const again = new GraphBuilder();
      again.add(operation('again'));
      return again.finish('again');
    };
    player.run(({ action }) => (action.instance === 'y' ? broken : OK));
    expect(player.outcome()).toBe('succeeded');
    expect(player.log.toSorted()).toEqual(['afterX do', 'afterY do', 'again do', 'x do', 'y do']);
  });
});

describe('cancel, kill and resume', () => {
  it.each(['cancel', 'force-cancel', 'kill'] as const)('%s sends nothing more and keeps late answers', (type) => {
    const player = started(small());
    player.feed({ type });
    expect(player.outcome()).toBe('cancelled');
    expect(player.count('kill')).toBe(type === 'kill' ? 2 : 0);
    player.answer(sent(player, 'a'), OK);
    expect(player.log).toEqual(['a do', 'c do']);
    player.feed({ type: 'resume', mode: 'resume' });
    expect(player.commands.filter((each) => each.type === 'send' && each.again === true)).toHaveLength(1);
    expect(player.log.slice(2)).toEqual(['c do', 'b do']);
  });

  it('takes up after the death of the process: sends again what may be unsent, awaits the rest', () => {
    const player = started(small({ total: 1, interval: 9 }));
    player.feed({ type: 'progress', task: 2, attempt: 0, status: 'started' });
    expect(player.feed({ type: 'resume', mode: 'restart' })).toMatchObject([
      { type: 'send', task: 0, again: true },
      { type: 'await', task: 2, attempt: 0 },
    ]);
    player.answer(sent(player, 'a'), shaky());
    expect(player.feed({ type: 'resume', mode: 'restart' })).toEqual([
      { type: 'wake', task: 0, attempt: 1, at: 9000 },
      { type: 'await', task: 2, attempt: 0 },
    ]);
  });

  it('resumes a failed graph with what failed, its retries begun anew', () => {
    const player = started(small({ total: 1 }));
    player.run(({ action }) => (action.instance === 'a' ? shaky() : OK));
    expect(player.outcome()).toBe('failed');
    player.feed({ type: 'resume', mode: 'resume' });
    expect(player.state).toMatchObject({ failureCount: 0, deadline: null });
    expect(player.commands.at(-1)).toMatchObject({ type: 'send', task: 0, retries: 0, attempt: 1 });
    player.run();
    expect([player.outcome(), player.log.at(-1)]).toEqual(['succeeded', 'b do']);
    expect(player.state.finishedOperations).toBe(player.state.totalOperations);
  });

  it('with force runs what was under way once more', () => {
    const player = started(small());
    player.feed({ type: 'progress', task: 0, attempt: 0, status: 'started' });
    player.feed({ type: 'cancel' });
    expect(player.feed({ type: 'resume', mode: 'resume' }).map(({ type }) => type)).toEqual(['await', 'send']);
    player.feed({ type: 'cancel' });
    player.feed({ type: 'resume', mode: 'force' });
    expect(player.commands.slice(-2)).toMatchObject([
      { type: 'send', task: 0 },
      { type: 'send', task: 2 },
    ]);
  });

  it('takes up only what was stopped, and restarts only what runs', () => {
    const player = started(small());
    expect(player.feed({ type: 'resume', mode: 'resume' })).toEqual([]);
    player.run();
    expect(player.feed({ type: 'resume', mode: 'force' })).toEqual([]);
    expect(player.feed({ type: 'resume', mode: 'restart' })).toEqual([]);
    expect(player.feed({ type: 'cancel' })).toEqual([]);
    expect(player.outcome()).toBe('succeeded');
  });

  it('puts a cleanup in front of what is left of a subgraph, whose failure does not matter', () => {
    const builder = new GraphBuilder();
    const s = builder.add(subgraph('s'));
    builder.sequence([[operation('x', { parent: s })], [operation('y', { parent: s })]]);
    const player = started(builder.finish('g'));
    player.run(() => broken);
    const cleanup = new GraphBuilder();
    cleanup.add(operation('tidy', { parent: cleanup.add(subgraph('clean', { onFailure: 'ignore' })) }));
    player.feed({ type: 'resume', mode: 'resume', before: [{ subgraph: s, content: cleanup.finish('c') }] });
    player.run(({ action }) => (action.instance === 'tidy' ? broken : OK));
    expect(player.outcome()).toBe('succeeded');
    expect(player.log).toEqual(['x do', 'tidy do', 'clean: ignoring failure of task clean', 'x do', 'y do']);
  });
});

it('walks through a dry run without sending or setting anything', () => {
  const builder = new GraphBuilder();
  builder.sequence([
    [{ name: 'e', action: { kind: 'event', instance: 'i', message: 'Creating' } }],
    [operation('a')],
    [{ name: 's', action: { kind: 'state', instance: 'i', state: 'created' } }],
  ]);
  const player = started(builder.finish('g'), { dryRun: true });
  expect([player.outcome(), player.log]).toEqual(['succeeded', ['i: Creating (dry run)']]);
  expect(player.state.finishedOperations).toBe(1);
});
