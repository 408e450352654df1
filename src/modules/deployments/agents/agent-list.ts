import type { IdTable } from '../../../platform/database/global-ids.js';
import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../../platform/listing/list-source.js';

export const AGENT_IDS: IdTable = { table: 'agent', idColumn: 'name', kind: 'Agent' };

const FROM = `agent r ${COMMON_JOINS} JOIN node_instance i ON i.storage_id = r.node_instance_id
  JOIN node n ON n.storage_id = i.node_id JOIN deployment d ON d.storage_id = i.deployment_id`;

/** What lists show (rest-api §3.11). */
const LISTED: ListSource['fields'] = {
  id: { kind: 'text', sql: 'r.name' },
  host_id: { kind: 'text', sql: 'i.id' },
  node_instance_id: { kind: 'text', sql: 'i.id' },
  ip: { kind: 'text', sql: 'r.ip' },
  install_method: { kind: 'text', sql: 'r.install_method' },
  system: { kind: 'text', sql: 'r.system' },
  version: { kind: 'text', sql: 'r.version' },
  node: { kind: 'text', sql: 'n.id' },
  deployment: { kind: 'text', sql: 'd.id' },
  tenant_name: COMMON_FIELDS.tenant_name,
  created_at: COMMON_FIELDS.created_at,
  created_by: COMMON_FIELDS.created_by,
  visibility: COMMON_FIELDS.visibility,
  state: { kind: 'text', sql: 'r.state' },
  rabbitmq_exchange: { kind: 'text', sql: 'r.rabbitmq_exchange' },
  // For `_get_data` only; see AgentsService. Nothing compares with them.
  rabbitmq_username: { kind: 'text', sql: 'r.rabbitmq_username', filter: false, sort: false },
  rabbitmq_password: { kind: 'text', sql: 'NULL::text', filter: false, sort: false },
};

/** Other names of fields, and fields of single agents: lists filter by them. */
const FURTHER: ListSource['fields'] = {
  name: { kind: 'text', sql: 'r.name' },
  resource_availability: COMMON_FIELDS.resource_availability,
  private_resource: COMMON_FIELDS.private_resource,
  updated_at: { kind: 'date', sql: 'r.updated_at' },
  node_id: { kind: 'text', sql: 'n.id' },
  deployment_id: { kind: 'text', sql: 'd.id' },
  node_ids: { kind: 'text', sql: 'n.id' },
  node_instance_ids: { kind: 'text', sql: 'i.id' },
  install_methods: { kind: 'text', sql: 'r.install_method' },
};

export const AGENT_LIST: ListSource = {
  resource: 'agents',
  from: FROM,
  fields: {
    ...LISTED,
    ...Object.fromEntries(Object.entries(FURTHER).map(([name, field]) => [name, { ...field, include: false }])),
  },
  search: ['r.name'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};

export const AGENT_SHOWN: ListSource = { ...AGENT_LIST, fields: { ...LISTED, ...FURTHER } };
