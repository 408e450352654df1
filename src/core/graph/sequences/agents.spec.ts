import { SequencePlayer } from '../../../../test/support/sequence-player.js';
import { workflowInstance } from '../../../../test/support/workflow-world.js';
import type { Parameters } from './phase.js';

const AGENT = ['create_amqp', 'validate_amqp'].map((name) => `cloudify.interfaces.cloudify_agent.${name}`);
const SHAPES = [
  {
    name: 'host',
    types: ['cloudify.nodes.Compute'],
    operations: [...AGENT, ...['install', 'start'].map((name) => `cloudify.interfaces.monitoring_agent.${name}`)],
  },
  {
    name: 'app',
    operations: ['cloudify.interfaces.monitoring.start'],
    links: [{ to: 'host', type: 'cloudify.relationships.contained_in' }],
  },
];
function world(state = 'started', method = 'remote'): SequencePlayer {
  return new SequencePlayer(SHAPES, [
    { ...workflowInstance('host_1', [], state), host_id: 'host_1', install_method: method },
    { ...workflowInstance('host_2', [], state), host_id: 'host_2', install_method: method },
    workflowInstance('app_1', ['host_1'], state),
  ]);
}
function refusal(player: SequencePlayer, parameters: Parameters = {}): string {
  const end = player.run('validate_agents', parameters);
  return end.outcome === 'failed' ? end.error : '';
}

it('install_new_agents checks all old agents, then makes the new ones', () => {
  const player = world();
  expect(player.run('install_new_agents', { manager_ip: '10.0.0.1' }).outcome).toBe('succeeded');
  expect(player.lines()).toEqual([
    '# install_agents',
    'host_1 cloudify_agent.validate_amqp',
    'host_2 cloudify_agent.validate_amqp',
    'host_1 cloudify_agent.create_amqp',
    'host_2 cloudify_agent.create_amqp',
    'host_1 cloudify_agent.validate_amqp',
    'host_2 cloudify_agent.validate_amqp',
    'host_1 monitoring_agent.install',
    'host_2 monitoring_agent.install',
    'host_1 monitoring_agent.start',
    'host_2 monitoring_agent.start',
    'app_1 monitoring.start',
  ]);
  expect(player.actions().map(({ kwargs }) => kwargs?.['current_amqp'] ?? null)).toEqual([
    false,
    false,
    null,
    null,
    true,
    true,
    ...Array(5).fill(null),
  ]);
  expect(player.actions()[2]?.kwargs).toEqual({
    install_agent_timeout: 300,
    manager_ip: '10.0.0.1',
    manager_certificate: '',
    stop_old_agent: false,
  });
});

it('install_new_agents makes none when an old one does not answer, and does only what is asked', () => {
  const player = world();
  player.answers = ({ instance }) =>
    instance === 'host_2' ? { kind: 'non-recoverable', cause: 'silent' } : { kind: 'success', value: null };
  expect(player.run('install_new_agents')).toMatchObject({ error: 'silent' });
  expect(player.lines()).toHaveLength(3);
  const checking = world();
  checking.run('install_new_agents', { install: false, node_instance_ids: ['host_2'] });
  expect(checking.lines()).toEqual(['# install_agents', 'host_2 cloudify_agent.validate_amqp']);
  const making = world();
  making.run('install_new_agents', { validate: false, node_ids: ['host'] });
  expect(making.lines()[1]).toBe('host_1 cloudify_agent.create_amqp');
});

it('validate_agents asks the present agents', () => {
  const player = world();
  player.run('validate_agents');
  expect(player.lines()).toEqual([
    '# validate_agents',
    'host_1 cloudify_agent.validate_amqp',
    'host_2 cloudify_agent.validate_amqp',
  ]);
  expect(player.actions()[0]?.kwargs).toEqual({ current_amqp: true });
});

it('refuses where there is no host, or one that is not started', () => {
  const nobody = 'There is no host with an agent installed by one of: remote, plugin, init_script, provided';
  expect(refusal(world('started', 'none'))).toBe(nobody);
  expect(refusal(world(), { node_ids: ['app'] })).toBe(nobody);
  expect(refusal(world(), { install_methods: ['plugin'] })).toContain('one of: plugin');
  expect(refusal(world('stopped'))).toBe('Agents need started hosts; these are not started: host_1, host_2');
});
