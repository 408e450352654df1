import { deploymentOf, json, SketchedStore } from '../../../../test/support/functions.js';
import { parse, plain } from '../../../../test/support/dsl.js';
import type { DeploymentPlan } from '../plan.js';
import { pythonStr } from '../text/python-text.js';
import type { FunctionName } from './call.js';
import { evaluateFunctions } from './run-time.js';

/**
 * Every function in every place in which functions are looked for (dsl.md §14.4): what is well formed is accepted and
 * evaluated or left, what is malformed is refused there.
 */
interface Sample {
  readonly name: FunctionName;
  /** The argument of a good call, as JSON. */
  readonly good: unknown;
  /** What creation makes of it; undefined: it is left for run time. */
  readonly made?: unknown;
  readonly atRunTime: unknown;
  /** An argument that is refused at parse time. */
  readonly bad: unknown;
}

const SAMPLES: readonly Sample[] = [
  { name: 'get_input', good: ['d', 'a', 1], made: 20, atRunTime: 20, bad: 'nobody' },
  { name: 'get_property', good: ['n', 'q', 'z', 0], made: 1, atRunTime: 1, bad: ['n', 'nothing'] },
  { name: 'concat', good: ['a', { get_input: 's' }, 2], made: 'aabc2', atRunTime: 'aabc2', bad: 'text' },
  { name: 'merge', good: [{ a: 1, b: 1 }, { b: 2 }], made: { a: 1, b: 2 }, atRunTime: { a: 1, b: 2 }, bad: [1] },
  { name: 'string_find', good: [{ get_input: 's' }, 'c'], made: 2, atRunTime: 2, bad: ['abc'] },
  { name: 'string_replace', good: ['aaa', 'a', 'b', 2], made: 'bba', atRunTime: 'bba', bad: ['a', 'b', 'c', 'd'] },
  { name: 'string_split', good: ['a.b', '.'], made: ['a', 'b'], atRunTime: ['a', 'b'], bad: ['a.b', '.', '1'] },
  { name: 'string_lower', good: 'ABC', made: 'abc', atRunTime: 'abc', bad: 1 },
  { name: 'string_upper', good: { get_input: 's' }, made: 'ABC', atRunTime: 'ABC', bad: ['abc'] },
  { name: 'get_attribute', good: ['n', 'x'], atRunTime: 'X', bad: ['nowhere', 'x'] },
  { name: 'get_attributes_list', good: ['n', 'x'], atRunTime: ['X'], bad: ['n', { x: 1 }] },
  { name: 'get_attributes_dict', good: ['n', 'x', ['y', 0]], atRunTime: { n1: { x: 'X', 'y.0': 'Y' } }, bad: ['n'] },
  { name: 'get_secret', good: 'key', atRunTime: 'opened', bad: ['key'] },
  { name: 'get_capability', good: ['dep', 'cap', 'a'], atRunTime: 1, bad: ['dep'] },
  { name: 'get_environment_capability', good: ['cap', 'a'], atRunTime: 1, bad: { a: 1 } },
  { name: 'get_group_capability', good: ['group', 'cap'], atRunTime: [1, 2], bad: ['group'] },
  { name: 'get_label', good: ['key', 0], atRunTime: 'first', bad: ['key', 'x'] },
  { name: 'get_sys', good: ['deployment', 'id'], atRunTime: 'dep0', bad: ['deployment', 'size'] },
  { name: 'get_consumers', good: 'count', atRunTime: 2, bad: 'all' },
];

interface Scope {
  readonly name: string;
  /** The section or part of a node that holds the call. */
  write(call: string): { readonly node?: string; readonly rest?: string };
  /** Where the call's value is in the deployment's plan. */
  find(plan: DeploymentPlan): unknown;
  /** The place that diagnostics name. */
  readonly path: string;
}

const POLICY = (call: string): string =>
  `groups: {g: {members: [m]}}
policies: {p: {type: cloudify.policies.scaling, targets: [g], properties: {min_instances: ${call}}}}`;

const SCOPES: readonly Scope[] = [
  {
    name: 'node properties',
    write: (call) => ({ node: `properties: {v: {deep: [${call}]}}` }),
    find: (plan) => at(plan.nodes[1]?.properties, 'v', 'deep', 0),
    path: 'node_templates.m.properties.v.deep[0]',
  },
  {
    name: 'node operation inputs',
    write: (call) => ({ node: `interfaces: {i: {o: {implementation: pl.x, inputs: {v: ${call}}}}}` }),
    find: (plan) => at(plan.nodes[1]?.operations, 'i.o', 'inputs', 'v'),
    path: 'node_templates.m.interfaces.i.o.inputs.v',
  },
  {
    name: 'scalable properties',
    write: (call) => ({ node: `capabilities: {scalable: {properties: {min_instances: ${call}}}}` }),
    find: (plan) => plan.nodes[1]?.capabilities.scalable.properties.min_instances,
    path: 'node_templates.m.capabilities.scalable.properties.min_instances',
  },
  ...(['source', 'target'] as const).map((side) => ({
    name: 'relationship operation inputs',
    write: (call: string) => ({
      node: `relationships: [{type: cloudify.relationships.depends_on, target: n, ${side}_interfaces: {i: {o: {implementation: pl.x, inputs: {v: ${call}}}}}}]`,
    }),
    find: (plan: DeploymentPlan) => at(plan.nodes[1]?.relationships[0]?.[`${side}_operations`], 'i.o', 'inputs', 'v'),
    path: `node_templates.m.relationships[0].${side}_interfaces.i.o.inputs.v`,
  })),
  ...(['outputs', 'capabilities'] as const).map((section) => ({
    name: section,
    write: (call: string) => ({ rest: `${section}: {o: {value: {deep: ${call}}}}` }),
    find: (plan: DeploymentPlan) => at(plan[section], 'o', 'value', 'deep'),
    path: `${section}.o.value.deep`,
  })),
  {
    name: 'labels',
    write: (call) => ({ rest: `labels: {k: {values: [{concat: [${call}]}]}}` }),
    find: (plan) => at(plan.labels, 'k', 'values', 0),
    path: 'labels.k.values[0].concat[0]',
  },
  {
    name: 'policies',
    write: (call) => ({ rest: POLICY(call) }),
    find: (plan) => plan.policies.get('p')?.properties.min_instances,
    path: 'policies.p.properties.min_instances',
  },
  {
    name: 'scaling groups',
    write: (call) => ({ rest: POLICY(call) }),
    find: (plan) => plan.scaling_groups.get('g')?.properties.min_instances,
    // A scaling group has the numbers of its policy, which is where they were written.
    path: 'policies.p.properties.min_instances',
  },
  {
    name: 'settings',
    write: (call) => ({ rest: `deployment_settings: {display_name: ${call}}` }),
    find: (plan) => plan.deployment_settings.get('display_name'),
    path: 'deployment_settings.display_name',
  },
];

function blueprint(scope: Scope, call: unknown): string {
  const { node = '', rest = '' } = scope.write(JSON.stringify(call));
  return `tosca_definitions_version: cloudify_dsl_1_5
inputs: {s: {default: abc}, d: {default: {a: [10, 20]}}}
relationships: {cloudify.relationships.depends_on: {properties: {connection_type: {default: all_to_all}}}}
plugins: {pl: {executor: central_deployment_agent, install: false}}
node_types: {t: {properties: {q: {default: {z: [1, 2]}}, v: {required: false}}}}
node_templates:
  n: {type: t}
  m:
    type: t
    ${node}
${rest}
`;
}

function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, part) =>
      found instanceof Map ? (found as Map<unknown, unknown>).get(part) : (found as Record<string, unknown>)[part],
    value,
  );
}

describe.each(SCOPES)('in $name', (scope) => {
  it.each(SAMPLES)(
    `$name is accepted and evaluated as far as it can be [$name @ ${scope.name}] [§14.4]`,
    async (sample) => {
      const call = { [sample.name]: sample.good };
      const found = plain(scope.find(await deploymentOf(blueprint(scope, call))));
      const made = sample.made ?? call;
      const inLabel = sample.made === undefined ? { concat: [call] } : pythonStr(json(made));
      expect(found).toEqual(scope.name === 'labels' ? inLabel : made);
    },
  );

  it.each(SAMPLES)(
    `$name with a wrong argument is refused at its place [$name @ ${scope.name}] [§14.4]`,
    async (sample) => {
      const { plan, errors } = await parse(blueprint(scope, { [sample.name]: sample.bad }));
      expect(plan).toBeNull();
      expect(errors.map(({ code, path }) => ({ code, path }))).toContainEqual({ code: null, path: scope.path });
      expect(errors.find(({ path }) => path === scope.path)?.message).toMatch(new RegExp(`^${sample.name}: `, 'u'));
    },
  );
});

describe('at run time', () => {
  const store = new SketchedStore({
    nodes: { n: { q: { z: [1, 2] } } },
    instances: [{ id: 'n1', node_id: 'n', runtime_properties: { x: 'X', y: ['Y'] } }],
    inputs: { s: 'abc', d: { a: [10, 20] } },
    secrets: { key: 'opened' },
    capabilities: { dep: { cap: { a: 1 } } },
    groupCapabilities: { group: [1, 2] },
    labels: { key: ['first', 'second'], 'csys-obj-parent': ['dep'] },
    system: { 'deployment id': 'dep0' },
    consumers: { c1: 'one', c2: 'two' },
  });

  it.each(SAMPLES)('$name is evaluated [$name @ run time] [§16]', async ({ name, good, atRunTime }) => {
    expect(plain(await evaluateFunctions(json({ v: [{ [name]: good }] }), {}, store))).toEqual({ v: [atRunTime] });
  });

  it.each(SAMPLES)('$name with a wrong argument is refused [$name @ run time] [§16]', async ({ name, bad }) => {
    await expect(evaluateFunctions(json({ v: { [name]: bad } }), {}, store)).rejects.toMatchObject({
      code: null,
      message: expect.stringMatching(new RegExp(`^${name}: `, 'u')) as unknown,
    });
  });
});
