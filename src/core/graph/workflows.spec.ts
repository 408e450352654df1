import { GraphPlayer } from '../../../test/support/graph-player.js';
import type { NodeShape } from '../../../test/support/workflow-world.js';
import { workflowInstance as instance, workflowTopology } from '../../../test/support/workflow-world.js';
import type { TaskGraph } from './task.js';
import type { WorkflowInstance } from './topology.js';
import {
  checkDriftGraph,
  checkStatusGraph,
  executeOperationGraph,
  healGraph,
  installCleanup,
  installGraph,
  lifecycleRetry,
  rollbackGraph,
  uninstallGraph,
  updateGraph,
} from './workflows.js';

function played(graph: TaskGraph, fails = (_operation: string): boolean => false): GraphPlayer {
  const player = new GraphPlayer(graph);
  player.feed({ type: 'start' });
  player.run(({ action }) =>
    fails(`${action.instance} ${action.operation}`)
      ? { kind: 'non-recoverable', cause: 'broken' }
      : { kind: 'success', value: true },
  );
  return player;
}
/** Without events, which stand beside the states. */
function steps(graph: TaskGraph): readonly string[] {
  return played(graph).log.filter((line) => !line.includes(': '));
}

const RELATIONS = ['preconfigure', 'postconfigure', 'establish', 'unlink'];
const ALL = ['precreate', 'create', 'configure', 'start', 'poststart', 'prestop', 'stop', 'delete', 'postdelete'];
const SHAPES: readonly NodeShape[] = [
  {
    name: 'host',
    types: ['cloudify.nodes.Compute'],
    properties: new Map([['agent_config', new Map([['install_method', 'plugin']])]]),
    operations: [
      'create',
      'start',
      'stop',
      'delete',
      'cloudify.interfaces.host.get_state',
      ...['create', 'start', 'stop_amqp', 'stop', 'delete'].map((name) => `cloudify.interfaces.cloudify_agent.${name}`),
      ...['install', 'start', 'stop', 'uninstall'].map((name) => `cloudify.interfaces.monitoring_agent.${name}`),
    ],
  },
  { name: 'db', operations: [], links: [] },
  {
    name: 'app',
    operations: [
      ...ALL,
      ...['create', 'delete', 'check_status'].map((name) => `cloudify.interfaces.validation.${name}`),
      ...['start', 'stop'].map((name) => `cloudify.interfaces.monitoring.${name}`),

      'check_drift',
      'preheal',
      'heal',
      'postheal',
      'preupdate',
      'update',
      'postupdate',
      'update_config',
      'update_apply',
      'update_postapply',
    ],
    links: [
      { to: 'host', operations: [...RELATIONS, 'check_drift', 'update'] },
      { to: 'db', operations: RELATIONS },
    ],
  },
];
const INSTANCES = [
  instance('app_1', ['host_1', 'db_1', 'db_2']),
  instance('db_1'),
  instance('db_2'),
  instance('host_1'),
];
const inState = (state: string): readonly WorkflowInstance[] => INSTANCES.map((each) => ({ ...each, state }));
const world = (instances: readonly WorkflowInstance[] = INSTANCES, retries = 0): ReturnType<typeof workflowTopology> =>
  workflowTopology(SHAPES, instances, retries);
const sides = (operation: string, target: string): readonly string[] => [
  `app_1 relationship_lifecycle.${operation} source of ${target}`,
  `app_1 relationship_lifecycle.${operation} target of ${target}`,
];
const only = (lines: readonly string[], start: string): readonly string[] =>
  lines.filter((line) => line.startsWith(start));

const HOST_INSTALL = [
  'host_1 = initializing',
  'host_1 = creating',
  'host_1 lifecycle.create',
  'host_1 = created',
  'host_1 = starting',
  'host_1 lifecycle.start',
  'host_1 host.get_state',
  'host_1 cloudify_agent.create',
  'host_1 cloudify_agent.start',
  'host_1 monitoring_agent.install',
  'host_1 monitoring_agent.start',
  'host_1 = started',
];
const APP_INSTALL = [
  'app_1 = initializing',
  'app_1 validation.create',
  'app_1 lifecycle.precreate',
  'app_1 = creating',
  'app_1 lifecycle.create',
  'app_1 = created',
  ...sides('preconfigure', 'host_1'),
  ...sides('preconfigure', 'db_1'),
  ...sides('preconfigure', 'db_2'),
  'app_1 = configuring',
  'app_1 lifecycle.configure',
  'app_1 = configured',
  ...sides('postconfigure', 'host_1'),
  ...sides('postconfigure', 'db_1'),
  ...sides('postconfigure', 'db_2'),
  'app_1 = starting',
  'app_1 lifecycle.start',
  'app_1 lifecycle.poststart',
  'app_1 monitoring.start',
  ...sides('establish', 'host_1'),
  ...sides('establish', 'db_1'),
  ...sides('establish', 'db_2'),
  'app_1 = started',
];
const APP_UNINSTALL = [
  'app_1 = stopping',
  'app_1 validation.delete',
  'app_1 monitoring.stop',
  'app_1 lifecycle.prestop',
  'app_1 lifecycle.stop',
  'app_1 = stopped',
  ...sides('unlink', 'db_1'),
  ...sides('unlink', 'db_2'),
  ...sides('unlink', 'host_1'),
  'app_1 = deleting',
  'app_1 lifecycle.delete',
  'app_1 lifecycle.postdelete',
  'app_1 = deleted',
];

const under = (operation: string): readonly string[] => {
  const shapes = [
    { name: 'a', operations: ['start'], links: [{ to: 'b', properties: new Map([['operation', operation]]) }] },
    { name: 'b', operations: ['create', 'start'] },
  ];
  const instances = [instance('a_1', ['b_1']), instance('b_1')];
  const player = new GraphPlayer(installGraph(workflowTopology(shapes, instances), { instances }));
  player.feed({ type: 'start' });
  player.waiting.slice(0, 1).forEach((sent) => player.answer(sent, { kind: 'success', value: null }));
  return player.waiting.map(({ action }) => action.instance);
};
const cleaned = (state: string, id = 'app_1'): readonly string[] => {
  const graph = installCleanup(world(), { ...(INSTANCES.find((each) => each.id === id) ?? instance(id)), state });
  return graph === null ? [] : steps(graph);
};
const unmade = (state: string): readonly string[] =>
  only(steps(uninstallGraph(world(inState(state)), { instances: inState(state) })), 'app_1');
const rolledBack = (state: string): readonly string[] =>
  only(steps(rollbackGraph(world(inState(state)), { instances: inState(state) })), 'app_1');
const appLines = (names: readonly string[]): readonly string[] => names.map((name) => `app_1 lifecycle.${name}`);
const selected = (selection: object): readonly string[] =>
  world()
    .select(selection)
    .map(({ id }) => id);

describe('install', () => {
  it('goes through all steps of each instance, targets before sources', () => {
    const lines = steps(installGraph(world(), { instances: INSTANCES }));
    expect(only(lines, 'host_1')).toEqual(HOST_INSTALL);
    expect(only(lines, 'db_')).toEqual(['db_1 = started', 'db_2 = started']);
    expect(lines.slice(-APP_INSTALL.length)).toEqual(APP_INSTALL);
  });

  it('runs both sides of all relationships to one node side by side', () => {
    const player = new GraphPlayer(installGraph(world(), { instances: INSTANCES }));
    player.feed({ type: 'start' });
    while (!player.waiting.some(({ action }) => action.relationship?.target === 'db_1')) {
      player.waiting.slice().forEach((sent) => player.answer(sent, { kind: 'success', value: true }));
    }
    expect(
      player.waiting.map(({ action }) => `${action.relationship?.side ?? ''} ${action.relationship?.target ?? ''}`),
    ).toEqual(['source db_1', 'target db_1', 'source db_2', 'target db_2']);
  });

  it.each([
    ['creating', 3],
    ['created', 6],
    ['configuring', 6],
    ['configured', 15],
    ['starting', 15],
  ])('leaves out what was done when an instance is %s', (state, done) => {
    const instances = INSTANCES.map((each) =>
      each.id === 'app_1' ? { ...each, state } : { ...each, state: 'started' },
    );
    expect(only(steps(installGraph(world(instances), { instances })), 'app_1')).toEqual([
      'app_1 = initializing',
      ...APP_INSTALL.slice(done),
    ]);
  });

  it('says for what is not implemented that there is nothing to do, and sets started for what is started', () => {
    const lines = played(installGraph(world(), { instances: INSTANCES })).log;
    expect(lines).toContain('host_1: Configuring node instance: nothing to do');
    expect(lines).toContain('app_1: Creating node instance');
    const started = inState('started');
    expect(steps(installGraph(world(started), { instances: started })).toSorted()).toEqual(
      INSTANCES.map(({ id }) => `${id} = started`),
    );
  });

  it('establishes what related instances have to new ones, and nothing else of them', () => {
    const instances = inState('started').map((each) =>
      each.id === 'db_2' ? { ...each, state: 'uninitialized' } : each,
    );
    const [app, , db] = instances;
    const scope = { instances: db === undefined ? [] : [db], related: app === undefined ? [] : [app] };
    expect(steps(installGraph(world(instances), scope))).toEqual(['db_2 = started', ...sides('establish', 'db_2')]);
  });

  it.each([
    ['none', []],
    ['remote', ['create']],
    ['provided', ['create']],
    ['init_script', ['create', 'start']],
  ])('runs what an agent installed by %s needs', (method, expected) => {
    const instances = [{ ...instance('host_1'), install_method: method }];
    const lines = only(steps(installGraph(world(instances), { instances })), 'host_1 cloudify_agent');
    expect(lines).toEqual(expected.map((name) => `host_1 cloudify_agent.${name}`));
  });

  it('polls a host until it is up', () => {
    const instances = [instance('host_1')];
    const player = new GraphPlayer(installGraph(world(instances), { instances }));
    player.feed({ type: 'start' });
    player.run(({ attempt }) => ({ kind: 'success', value: attempt >= 3 }));
    expect(only(player.log, 'host_1 host.get_state')).toHaveLength(4);
    expect(player.now).toBe(45_000);
  });

  it('waits only for the named operation of a target, and for all of it when that is not implemented', () => {
    expect(under('create').toSorted()).toEqual(['a_1', 'b_1']);
    expect(under('configure')).toEqual(['b_1']);
  });

  it('tries a failed instance again from its uninstall, as often as configured', () => {
    const topology = world(INSTANCES, 1);
    const player = new GraphPlayer(installGraph(topology, { instances: INSTANCES }));
    player.rebuilt = (of, id) => {
      const found = INSTANCES.find((each) => each.id === id);
      return lifecycleRetry(topology, of, { ...(found ?? instance('none')), state: 'starting' });
    };
    player.feed({ type: 'start' });
    let failures = 0;
    player.run(({ action }) =>
      action.instance === 'app_1' && action.operation.endsWith('.start') && failures++ === 0
        ? { kind: 'non-recoverable', cause: 'broken' }
        : { kind: 'success', value: true },
    );
    const lines = only(player.log, 'app_1').filter((line) => !line.includes(': '));
    const broke = APP_INSTALL.indexOf('app_1 lifecycle.start') + 1;
    expect(lines).toEqual([...APP_INSTALL.slice(0, broke), ...APP_UNINSTALL, ...APP_INSTALL]);
    expect([player.outcome(), player.now]).toEqual(['succeeded', 15_000]);
  });

  it('cleans up first when it is resumed', () => {
    expect(cleaned('starting')).toEqual(['app_1 lifecycle.prestop', 'app_1 lifecycle.stop']);
    expect(cleaned('creating')).toEqual(['app_1 lifecycle.delete', 'app_1 lifecycle.postdelete']);
    expect(cleaned('starting', 'host_1')[0]).toBe('host_1 monitoring_agent.stop');
    expect(cleaned('configuring')).toEqual([]);
  });
});

describe('uninstall', () => {
  it('goes through all steps, sources before targets', () => {
    const instances = inState('started');
    const lines = steps(uninstallGraph(world(instances), { instances }));
    expect(lines.slice(0, APP_UNINSTALL.length)).toEqual(APP_UNINSTALL);
    expect(only(lines, 'host_1')).toEqual([
      'host_1 = stopping',
      'host_1 monitoring_agent.stop',
      'host_1 monitoring_agent.uninstall',

      'host_1 cloudify_agent.stop_amqp',
      'host_1 cloudify_agent.delete',
      'host_1 lifecycle.stop',
      'host_1 = stopped',
      'host_1 = deleting',
      'host_1 lifecycle.delete',
      'host_1 = deleted',
    ]);
    expect(only(lines, 'db_1')).toEqual(['db_1 = stopping', 'db_1 = stopped', 'db_1 = deleted']);
  });

  it.each([
    ['stopped', 6],
    ['deleting', 6],
    ['configured', 5],
  ])('leaves out what was done when an instance is %s', (state, done) => {
    const instances = inState(state);
    expect(only(steps(uninstallGraph(world(instances), { instances })), 'app_1')).toEqual(APP_UNINSTALL.slice(done));
  });

  it('has next to nothing to do for what was never made, and nothing for what is deleted', () => {
    expect(unmade('uninitialized')).toEqual(['app_1 = stopped', 'app_1 = deleted']);
    expect(unmade('deleted')).toEqual([]);
  });

  it('ignores failures when told to', () => {
    const instances = inState('started');
    const stubborn = played(uninstallGraph(world(instances), { instances }, { ignoreFailure: true }), () => true);
    expect(stubborn.outcome()).toBe('succeeded');
    expect(stubborn.log).toContain('app_1: ignoring failure of task p.cloudify.interfaces.validation.delete');
    expect(played(uninstallGraph(world(instances), { instances }), () => true).outcome()).toBe('failed');
  });
});

describe('the other workflows', () => {
  it('start and stop leave the states alone and follow dependencies when told to', () => {
    const graph = executeOperationGraph(world(), { instances: INSTANCES }, 'cloudify.interfaces.lifecycle.start', {
      byDependencyOrder: true,
      kwargs: { speed: 1 },
      override: true,
    });
    const player = played(graph);
    expect(player.log.filter((line) => !line.includes(': '))).toEqual([
      'host_1 lifecycle.start',
      'app_1 lifecycle.start',
    ]);
    expect(player.log[0]).toBe('host_1: Starting operation cloudify.interfaces.lifecycle.start');
    expect(player.commands.find(({ type }) => type === 'send')).toMatchObject({
      action: { kwargs: { speed: 1 }, override: true },
    });
    const free = executeOperationGraph(world(), { instances: INSTANCES }, 'cloudify.interfaces.lifecycle.start');
    expect(steps(free)[0]).toBe('app_1 lifecycle.start');
  });

  it('rollback undoes only what is half made', () => {
    expect(rolledBack('starting')).toEqual([...APP_UNINSTALL.slice(0, 5), 'app_1 = configured']);
    const undone = [...APP_UNINSTALL.slice(6, 12), 'app_1 lifecycle.delete', 'app_1 lifecycle.postdelete'];
    expect(rolledBack('creating')).toEqual([...undone, 'app_1 = uninitialized']);
    expect(rolledBack('configuring')).toEqual(rolledBack('creating'));
    expect(rolledBack('started')).toEqual([]);
  });

  it('check_status asks once, says where the answer is kept, and fails in the end', () => {
    const player = played(checkStatusGraph(world(), { instances: INSTANCES }), () => true);
    expect([player.outcome(), player.log]).toEqual(['failed', ['app_1 validation.check_status']]);
    expect(player.commands.find(({ type }) => type === 'send')).toMatchObject({ action: { keeps: 'status' } });
  });

  it('check_drift asks the instance, then both sides of its relationships', () => {
    expect(steps(checkDriftGraph(world(), { instances: INSTANCES }))).toEqual([
      'app_1 lifecycle.check_drift',
      ...sides('check_drift', 'host_1'),
    ]);
  });

  it('heal and update run their steps, and an instance that fails does not stop the others', () => {
    const scope = { instances: INSTANCES.slice(0, 1) };
    expect(steps(healGraph(world(), scope))).toEqual(appLines(['preheal', 'heal', 'postheal']));
    const drift = new Map([['app_1', { own: true, targets: ['host_1'] }]]);
    expect(steps(updateGraph(world(), scope, drift))).toEqual([
      ...appLines(['preupdate', 'update', 'postupdate', 'update_config', 'update_apply', 'update_postapply']),
      ...sides('update', 'host_1'),
    ]);
    const broken = played(healGraph(world(), scope), () => true);
    expect([broken.outcome(), broken.log.at(-1)]).toEqual(['succeeded', 'app_1: ignoring failure of task heal_app_1']);
  });

  it('selects by type, node and instance together', () => {
    expect(selected({})).toHaveLength(4);
    expect(selected({ type_names: ['cloudify.nodes.Compute'] })).toEqual(['host_1']);
    expect(selected({ node_ids: ['db'], node_instance_ids: ['db_2', 'app_1'] })).toEqual(['db_2']);
  });
});
