import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../../platform/listing/list-source.js';

/** rest-api §3.20. */
export const OPERATION_LIST: ListSource = {
  resource: 'operations',
  from: `operation r ${COMMON_JOINS} JOIN tasks_graph g ON g.storage_id = r.graph_id`,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    name: { kind: 'text', sql: 'r.name' },
    state: { kind: 'text', sql: 'r.state' },
    type: { kind: 'text', sql: 'r.type' },
    dependencies: { kind: 'json', sql: 'to_json(r.dependencies)' },
    parameters: { kind: 'json', sql: 'r.parameters' },
    tasks_graph_id: { kind: 'text', sql: 'g.id' },
    manager_name: { kind: 'text', sql: 'r.manager_name' },
    agent_name: { kind: 'text', sql: 'r.agent_name' },
  },
  order: 'r.storage_id',
  ownKeys: ['graph_id', 'execution_id', 'skip_internal'],
  getAllResults: true,
  scoped: true,
};

export const TASKS_GRAPH_LIST: ListSource = {
  resource: 'tasks graphs',
  from: `tasks_graph r ${COMMON_JOINS} JOIN execution x ON x.storage_id = r.execution_id`,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    name: { kind: 'text', sql: 'r.name' },
    execution_id: { kind: 'text', sql: 'x.id' },
  },
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};
