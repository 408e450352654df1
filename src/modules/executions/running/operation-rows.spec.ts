import { initialState } from '../../../core/graph/engine.js';
import { GraphBuilder } from '../../../core/graph/graph-builder.js';
import type { OperationAction, TaskGraph } from '../../../core/graph/task.js';
import { packGraph, unpackGraph } from './graph-codec.js';
import { operationId, OperationRows } from './operation-rows.js';

const operation = (name: string): OperationAction => ({ kind: 'operation', instance: 'a_1', operation: name });

function graph(): TaskGraph {
  const builder = new GraphBuilder();
  const parent = builder.add({ name: 'install_a_1', action: { kind: 'subgraph', instance: 'a_1' } });
  const create = builder.add({ name: 'create', action: operation('create'), parent, total: 2, interval: 5 });
  const state = builder.add({ name: 's', action: { kind: 'state', instance: 'a_1', state: 'created' }, parent }, [
    create,
  ]);
  builder.add({ name: 'start', action: operation('start'), parent }, [state]);
  return builder.finish('install');
}

describe('the rows of operations', () => {
  const made = graph();
  const rows = [...new OperationRows('g', made, initialState(made)).between(0, made.nodes.length)];

  it('are those of operations and subgraphs, which wait for the nearest of their kind or what they are in', () => {
    expect(rows.map(({ name, type, dependencies }) => ({ name, type, dependencies }))).toEqual([
      { name: 'install_a_1', type: 'SubgraphTask', dependencies: [] },
      { name: 'create', type: 'RemoteWorkflowTask', dependencies: [operationId('g', 0, 0)] },
      { name: 'start', type: 'RemoteWorkflowTask', dependencies: [operationId('g', 1, 0)] },
    ]);
  });

  it('tell of a retry which one it replaces', () => {
    const retry = new OperationRows('g', made, initialState(made)).row(1, 2, 2);
    expect(retry.parameters).toMatchObject({
      current_retries: 2,
      total_retries: 2,
      retry_interval: 5,
      retried_task: operationId('g', 1, 1),
    });
  });

  it('have ids in the form of a UUID that never change', () => {
    expect(operationId('g', 1, 0)).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(new Set([operationId('g', 1, 0), operationId('g', 1, 0), operationId('g', 11, 0)]).size).toBe(2);
  });
});

describe('a packed graph', () => {
  it.each([0, 1, 1999, 2000, 2001])('is the same again, with %d tasks more', async (count) => {
    const builder = new GraphBuilder();
    for (let each = 0; each < count; each += 1) builder.add({ name: `t\n${each}`, action: operation('ü') });
    const made = builder.finish('several');
    expect(await unpackGraph(await packGraph(made))).toEqual(made);
  });
});
