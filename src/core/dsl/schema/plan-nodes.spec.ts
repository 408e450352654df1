import { nodeOf, plain, planOf } from '../../../../test/support/dsl.js';
import type { PlanPlugin } from '../plan.js';

const HEAD = `tosca_definitions_version: cloudify_dsl_1_5
plugins:
  central: {executor: central_deployment_agent, source: dir}
  agent: {executor: host_agent, install: false}
  script: {executor: host_agent, install: false}
node_types:
  t: {}
  cloudify.nodes.Compute: {}
relationships:
  r: {}
  cloudify.relationships.contained_in: {}
`;

function uses(plugins: readonly PlanPlugin[] | undefined): string[] | undefined {
  return plugins?.map(({ name, executor }) => `${name} ${String(executor)}`).toSorted();
}

describe('the names of operations', () => {
  it('are qualified, and bare where only one interface has them [plan 1.3] [trap 8]', async () => {
    const plan = await planOf(`${HEAD}node_templates:
  n: {type: t, interfaces: {i: {a: central.ia, b: central.ib}, j: {a: central.ja, c: {}}, k: {a: central.ka}}}
`);
    const operations = nodeOf(plan, 'n').operations;
    expect([...operations.keys()].toSorted()).toEqual(['b', 'c', 'i.a', 'i.b', 'j.a', 'j.c', 'k.a']);
    expect(operations.get('b')).toBe(operations.get('i.b'));
    expect(operations.get('i.a')).toMatchObject({ operation: 'ia' });
  });

  it('tell the types of dictionaries among the inputs [plan 1.3]', async () => {
    const plan = await planOf(`${HEAD}node_templates:
  n: {type: t, interfaces: {i: {a: {implementation: central.x, inputs: {d: {type: dict}, e: {z: 1}, f: text}}, b: central.x}}}
`);
    const operations = nodeOf(plan, 'n').operations;
    expect(plain(operations.get('a')?.inputs_types)).toEqual({ d: 'dict' });
    expect(operations.get('b')).not.toHaveProperty('inputs_types');
  });
});

describe('the plugins of nodes', () => {
  const text = `${HEAD}node_templates:
  host:
    type: cloudify.nodes.Compute
    interfaces: {i: {a: central.x, b: {implementation: central.x, executor: host_agent}, c: run.sh, d: {}, e: central.y}}
  app:
    type: t
    interfaces: {i: {a: agent.x}}
    relationships:
      - type: cloudify.relationships.contained_in
        target: host
        source_interfaces: {i: {op: {implementation: agent.x, executor: central_deployment_agent}}}
        target_interfaces: {i: {op: {implementation: script.x}}}
  free: {type: t}
`;
  const planned = planOf(text, { files: { 'run.sh': '' } });

  it('are those of its operations and of both sides of its relationships, once per executor [plan 1.1]', async () => {
    const plan = await planned;
    expect(uses(nodeOf(plan, 'host').plugins)).toEqual([
      'central central_deployment_agent',
      'central host_agent',
      'script auto',
      'script host_agent',
    ]);
    expect(uses(nodeOf(plan, 'app').plugins)).toEqual(['agent central_deployment_agent', 'agent host_agent']);
    expect(nodeOf(plan, 'free').plugins).toEqual([]);
  });

  it('are installed centrally, or on the host of everything that it contains [plan 1.1]', async () => {
    const plan = await planned;
    expect(uses(nodeOf(plan, 'host').deployment_plugins_to_install)).toEqual(['central central_deployment_agent']);
    expect(uses(nodeOf(plan, 'app').deployment_plugins_to_install)).toEqual(['agent central_deployment_agent']);
    expect(uses(nodeOf(plan, 'host').plugins_to_install)).toEqual([
      'agent host_agent',
      'central host_agent',
      'script host_agent',
    ]);
    expect(nodeOf(plan, 'app')).not.toHaveProperty('plugins_to_install');
  });

  it('are listed once for the whole plan [plan 1]', async () => {
    const plan = await planned;
    expect(uses(plan.deployment_plugins_to_install)).toEqual([
      'agent central_deployment_agent',
      'central central_deployment_agent',
    ]);
    expect(uses(plan.host_agent_plugins_to_install)).toEqual([
      'agent host_agent',
      'central host_agent',
      'script host_agent',
    ]);
  });

  it('on a host that uses none are an empty list [plan 1.1]', async () => {
    const plan = await planOf(`${HEAD}node_templates: {h: {type: cloudify.nodes.Compute}}`);
    expect(nodeOf(plan, 'h')).toMatchObject({ plugins: [], deployment_plugins_to_install: [], plugins_to_install: [] });
  });
});

describe('nodes of one type', () => {
  it('share what their templates leave alone', async () => {
    const plan =
      await planOf(`${HEAD.replace('t: {}', 't: {interfaces: {i: {op: central.x}}, properties: {a: {default: 1}}}')}node_templates:
  a: {type: t}
  b: {type: t}
  c: {type: t, interfaces: {j: {own: central.y}}}
`);
    const [a, b, c] = [nodeOf(plan, 'a'), nodeOf(plan, 'b'), nodeOf(plan, 'c')];
    expect(b.interfaces).toBe(a.interfaces);
    expect(b.operations).toBe(a.operations);
    expect(b.plugins).toBe(a.plugins);
    expect(b.properties).toBe(a.properties);
    expect(b.capabilities).toBe(a.capabilities);
    expect(c.interfaces.get('i')).toBe(a.interfaces.get('i'));
    expect(c.operations.get('i.op')).toBe(a.operations.get('i.op'));
  });
});
