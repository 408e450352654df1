import type { NodeInstance, PlanNode, ResolvedOperation } from '../../dsl/plan.js';
import type { Value } from '../../dsl/values.js';
import { floatValue } from '../../dsl/values.js';
import type { PresentDeployment } from './plan-update.js';
import { planUpdate, UnsupportedUpdateError } from './plan-update.js';

const CONTAINED_IN = 'cloudify.relationships.contained_in';
const CONNECTED_TO = 'cloudify.relationships.connected_to';

type Relationship = PlanNode['relationships'][number];
type Next = Parameters<typeof planUpdate>[1];
type Node = Next['nodes'][number];

function operation(script: string): ResolvedOperation {
  return {
    plugin: 'script',
    operation: 'script_runner.tasks.run',
    executor: 'central_deployment_agent',
    inputs: new Map([['script_path', script]]),
    has_intrinsic_functions: false,
    max_retries: null,
    retry_interval: null,
    timeout: null,
    timeout_recoverable: null,
  };
}

function relationship(type: string, target: string, properties: ReadonlyMap<string, Value> = new Map()): Relationship {
  return {
    type,
    type_hierarchy: [type],
    target_id: target,
    properties: new Map<string, Value>([['connection_type', 'all_to_all'], ...properties]),
    source_interfaces: new Map(),
    target_interfaces: new Map(),
    source_operations: new Map(),
    target_operations: new Map(),
  };
}

function node(id: string, changes: Partial<Node> = {}): Node {
  return {
    id,
    type: 'app',
    properties: new Map<string, Value>([['port', 80]]),
    operations: new Map([
      ['cloudify.interfaces.lifecycle.create', operation('create.sh')],
      ['create', operation('create.sh')],
    ]),
    plugins: [],
    relationships: [],
    capabilities: { scalable: { properties: { current_instances: 1 } } },
    ...changes,
  };
}

function deployment(nodes: readonly Node[], changes: Partial<Next> = {}): Next {
  return {
    nodes,
    description: null,
    workflows: new Map(),
    outputs: new Map(),
    groups: new Map(),
    scaling_groups: new Map(),
    ...changes,
  };
}

const related = (type: string, id: string): NodeInstance['relationships'][number] => ({
  type,
  target_name: id.split('_')[0] ?? '',
  target_id: id,
});
const instance = (id: string, relationships: NodeInstance['relationships'] = []): NodeInstance => ({
  id,
  name: id.split('_')[0] ?? '',
  node_id: id.split('_')[0] ?? '',
  relationships,
});
const HOST = node('host');
const DB = node('db');
const APP = node('app', { relationships: [relationship(CONTAINED_IN, 'host'), relationship(CONNECTED_TO, 'db')] });
const PRESENT: PresentDeployment = {
  ...deployment([HOST, DB, APP]),
  instances: [
    instance('host_1'),
    instance('db_1'),
    instance('app_1', [related(CONTAINED_IN, 'host_1'), related(CONNECTED_TO, 'db_1')]),
  ],
  counts: new Map([
    ['host', 1],
    ['db', 1],
    ['app', 1],
  ]),
};
function group(count: number): Next['scaling_groups'] {
  return new Map([['s', { members: ['db'], properties: { current_instances: count } }]]);
}
function ids(): () => string {
  let count = 0;
  return () => `new${String((count += 1)).padStart(3, '0')}`;
}
const planned = (next: Next, present = PRESENT): ReturnType<typeof planUpdate> => planUpdate(present, next, ids());
const steps = (next: Next, present = PRESENT): readonly string[] =>
  planned(next, present).steps.map(
    ({ action, entity_type: type, entity_id: id }) => `${action} ${type} ${id.join(':')}`,
  );
function refusal(next: Next, present = PRESENT): string {
  try {
    planned(next, present);
    return '';
  } catch (error) {
    return error instanceof UnsupportedUpdateError ? error.message : 'something else';
  }
}
const NOTHING = {
  added: [],
  added_related: [],
  removed: [],
  removed_related: [],
  extended: {},
  reduced: {},
  changed: [],
};

describe('the plan of an update', () => {
  it('has no steps when nothing changed, and leaves all instances alone', () => {
    const plan = planned(deployment([HOST, DB, APP]));
    expect([plan.steps, plan.changes]).toEqual([[], NOTHING]);
    expect(plan.nodes).toEqual({ add: [], remove: [], modify_attributes: {} });
  });

  it('tells 1 from 1.0, and does not mind the order of keys', () => {
    const before = new Map<string, Value>([
      ['a', 1],
      ['b', 2],
    ]);
    const present = { ...PRESENT, nodes: [HOST, node('db', { properties: before }), APP] };
    const turned = new Map([...before].toReversed());
    expect(steps(deployment([HOST, node('db', { properties: turned }), APP]), present)).toEqual([]);
    const changed = new Map<string, Value>([
      ['a', floatValue(1)],
      ['b', 2],
    ]);
    expect(steps(deployment([HOST, node('db', { properties: changed }), APP]), present)).toEqual([
      'modify property nodes:db:properties:a',
    ]);
  });

  it('names each property and operation once, and the instances that they change', () => {
    const next = node('db', {
      properties: new Map<string, Value>([
        ['port', 81],
        ['size', 5],
      ]),
      operations: new Map([
        ['cloudify.interfaces.lifecycle.create', operation('other.sh')],
        ['create', operation('other.sh')],
        ['cloudify.interfaces.lifecycle.start', operation('start.sh')],
      ]),
    });
    expect(steps(deployment([HOST, next, APP]))).toEqual([
      'modify property nodes:db:properties:port',
      'add property nodes:db:properties:size',
      'modify operation nodes:db:operations:cloudify.interfaces.lifecycle.create',
      'add operation nodes:db:operations:cloudify.interfaces.lifecycle.start',
    ]);
    const plan = planned(deployment([HOST, next, APP]));
    expect(plan.nodes.modify_attributes).toEqual({ db: ['properties', 'operations'] });
    expect(plan.changes).toEqual({ ...NOTHING, changed: ['db_1'] });
  });

  it('adds a node with instances, and says what is related to them', () => {
    const cache = node('cache', { relationships: [relationship(CONNECTED_TO, 'db')] });
    const plan = planned(deployment([HOST, DB, APP, cache]));
    expect(plan.nodes).toEqual({ add: ['cache'], remove: [], modify_attributes: {} });
    expect(plan.changes).toEqual({ ...NOTHING, added: ['cache_new001'], added_related: ['db_1'] });
  });

  it('removes a node, and what led to it', () => {
    const app = node('app', { relationships: [relationship(CONTAINED_IN, 'host')] });
    const plan = planned(deployment([HOST, app]));
    expect(plan.steps.map(({ entity_id: id }) => id.join(':'))).toEqual(['nodes:app:relationships:[1]', 'nodes:db']);
    expect(plan.changes).toEqual({
      ...NOTHING,
      removed: ['db_1'],
      removed_related: ['app_1'],
      reduced: { app_1: ['db_1'] },
    });
    expect(plan.instances.relationships_changed).toEqual(['app_1']);
  });

  it('extends and reduces instances whose relationships come and go', () => {
    const next = [HOST, node('db', { relationships: [relationship(CONNECTED_TO, 'host')] }), APP];
    const plan = planned(deployment(next));
    expect(plan.changes).toEqual({ ...NOTHING, extended: { db_1: ['host_1'] } });
    expect(plan.nodes.modify_attributes).toEqual({ db: ['relationships'] });
  });

  it('notes that relationships come in another order', () => {
    const app = node('app', { relationships: APP.relationships.toReversed() });
    expect(steps(deployment([HOST, DB, app]))).toEqual([
      'modify relationship nodes:app:relationships:[1]:[0]',
      'modify relationship nodes:app:relationships:[0]:[1]',
    ]);
  });

  it('keeps the number of instances that scaling made, not the one that the blueprint begins with', () => {
    const instances = [...PRESENT.instances, instance('db_2')];
    const counts = new Map([...PRESENT.counts, ['db', 2]]);
    expect(planned(deployment([HOST, DB, APP]), { ...PRESENT, instances, counts }).changes.removed).toEqual([]);
    const none = { ...PRESENT, instances: instances.slice(0, 1), counts: new Map([...counts, ['db', 0], ['app', 0]]) };
    expect(planned(deployment([HOST, DB, APP]), none).changes.added).toEqual([]);
  });

  it('notes workflows, outputs, descriptions and plugins', () => {
    const before = {
      ...PRESENT,
      description: 'old',
      outputs: new Map([['url', { value: 1 }]]),
      workflows: new Map([['w', { operation: 'x' }]]),
    };
    const plugin = { name: 'p' } as PlanNode['plugins'][number];
    const next = deployment([HOST, node('db', { plugins: [plugin] }), APP], {
      description: 'new',
      outputs: new Map([['port', { value: 1 }]]),
      workflows: new Map([['w', new Map([['operation', 'y']])]]),
    });
    expect(steps(next, before)).toEqual([
      'modify description description',
      'modify workflow workflows:w',
      'add output outputs:port',
      'remove output outputs:url',
      'add plugin plugins:db:p',
    ]);
  });

  it('refuses all that cannot be done at once', () => {
    const next = deployment(
      [
        node('host', { type: 'vm' }),
        DB,
        node('app', {
          relationships: [relationship(CONTAINED_IN, 'db'), relationship(CONNECTED_TO, 'db', new Map([['weight', 1]]))],
        }),
      ],
      {
        groups: new Map([['g', { members: ['app'] }]]),
        scaling_groups: new Map([['s', { members: ['db'], properties: { current_instances: 1 } }]]),
      },
    );
    const message = refusal(next);
    expect(message.split('; ')).toEqual([
      'The blueprint holds changes that an update cannot make: add group groups:g',
      'add group scaling_groups:s',
      'modify node nodes:host:type',
      'modify node nodes:app:contained_in',
      'add property nodes:app:relationships:[1]:properties:weight',
    ]);
  });

  it('lets the numbers of a scaling group change', () => {
    const instances = PRESENT.instances.map((each) =>
      each.id === 'db_1' ? { ...each, scaling_groups: [{ name: 's', id: 's_1' }] } : each,
    );
    const present = { ...PRESENT, instances, scaling_groups: group(1), counts: new Map([...PRESENT.counts, ['s', 1]]) };
    expect(planned(deployment([HOST, DB, APP], { scaling_groups: group(3) }), present).changes).toEqual(NOTHING);
  });
});
