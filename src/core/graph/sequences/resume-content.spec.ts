import { GraphPlayer } from '../../../../test/support/graph-player.js';
import { workflowInstance, workflowTopology } from '../../../../test/support/workflow-world.js';
import { installGraph, uninstallGraph } from '../workflows.js';
import { resumeContent } from './resume-content.js';

const SHAPES = [{ name: 'app', operations: ['create', 'start', 'prestop', 'stop', 'delete', 'postdelete'] }];
const app = (state: string): ReturnType<typeof workflowInstance> => workflowInstance('app_1', [], state);
const topology = (state: string): ReturnType<typeof workflowTopology> => workflowTopology(SHAPES, [app(state)]);

/** An install in which that operation is under way. */
function at(operation: string): GraphPlayer {
  const player = new GraphPlayer(installGraph(topology('uninitialized'), { instances: [app('uninitialized')] }));
  player.feed({ type: 'start' });
  while (player.waiting[0]?.action.operation.endsWith(`.${operation}`) === false) {
    player.answer(player.waiting[0], { kind: 'success', value: null });
  }
  return player;
}
/** What is sent after the resume, all of it succeeding. */
function resumed(player: GraphPlayer, state: string, mode: 'resume' | 'force'): readonly string[] {
  player.waiting.splice(0);
  player.log.splice(0);
  const before = resumeContent(player.graph, player.state, topology(state), mode === 'force');
  player.feed({ type: 'resume', mode, before });
  player.run();
  expect(player.outcome()).toBe('succeeded');
  return player.log.filter((line) => line.includes('lifecycle')).map((line) => line.replace('app_1 lifecycle.', ''));
}
const broken = (operation: string): GraphPlayer => {
  const player = at(operation);
  player.run(() => ({ kind: 'non-recoverable', cause: 'broke' }));
  return player;
};

it.each([
  ['create', 'creating', ['delete', 'postdelete', 'create', 'start']],
  ['start', 'starting', ['prestop', 'stop', 'start']],
])('cleans up after a %s that failed before it runs again', (operation, state, expected) => {
  expect(resumed(broken(operation), state, 'resume')).toEqual(expected);
});

it('cleans up after what is under way only when that begins anew', () => {
  const player = at('start');
  player.feed({ type: 'cancel' });
  expect(resumeContent(player.graph, player.state, topology('starting'), false)).toEqual([]);
  expect(resumed(player, 'starting', 'force')).toEqual(['prestop', 'stop', 'start']);
});

it('goes on when the cleanup fails', () => {
  const player = broken('start');
  const before = resumeContent(player.graph, player.state, topology('starting'), false);
  player.feed({ type: 'resume', mode: 'resume', before });
  player.run(({ action }) =>
    action.operation.endsWith('stop') ? { kind: 'non-recoverable', cause: 'no' } : { kind: 'success', value: null },
  );
  expect(player.outcome()).toBe('succeeded');
});

it('has nothing to do in other states, for instances that are gone, and for graphs that install nothing', () => {
  const player = broken('start');
  expect(resumeContent(player.graph, player.state, topology('stopping'), true)).toEqual([]);
  expect(resumeContent(player.graph, player.state, workflowTopology(SHAPES, []), true)).toEqual([]);
  const uninstall = new GraphPlayer(uninstallGraph(topology('started'), { instances: [app('started')] }));
  uninstall.feed({ type: 'start' });
  expect(resumeContent(uninstall.graph, uninstall.state, topology('starting'), true)).toEqual([]);
});
