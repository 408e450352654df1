import { BadParametersError } from '../../../core/errors/app-error.js';
import { isStorable } from '../../../core/text/storable.js';
import { isRecord } from './instance-update.js';

type Json = Readonly<Record<string, unknown>>;

const MOST = 2_147_483_647;

/** A stored node of what `POST /nodes` sends; numbers that are missing come from its scalable properties. @throws BadParametersError */
export function nodeRow(raw: unknown, position: number): Json {
  if (!isRecord(raw) || !isStorable(raw)) throw new BadParametersError('A node is expected to be a dictionary');
  const scalable = scalableOf(raw['capabilities']);
  const count = (name: string, ...keys: readonly string[]): number => {
    for (const value of [raw[name], ...keys.map((key) => scalable[key])]) {
      if (typeof value === 'number' && Number.isInteger(value)) return Math.max(-1, Math.min(value, MOST));
    }
    return name === 'max_number_of_instances' ? -1 : 1;
  };
  return {
    id: textOf(raw, 'id'),
    position,
    type: textOf(raw, 'type'),
    type_hierarchy: textsOf(raw['type_hierarchy']) ?? [textOf(raw, 'type')],
    host_id: typeof raw['host_id'] === 'string' ? raw['host_id'] : null,
    properties: dictOf(raw, 'properties'),
    operations: dictOf(raw, 'operations'),
    relationships: listOf(raw, 'relationships'),
    plugins: raw['plugins'] ?? null,
    plugins_to_install: raw['plugins_to_install'] ?? null,
    number_of_instances: count('number_of_instances', 'current_instances'),
    planned_number_of_instances: count('planned_number_of_instances', 'planned_instances', 'current_instances'),
    deploy_number_of_instances: count('deploy_number_of_instances', 'default_instances'),
    min_number_of_instances: count('min_number_of_instances', 'min_instances'),
    max_number_of_instances: count('max_number_of_instances', 'max_instances'),
  };
}

export interface NewInstance {
  readonly id: string;
  readonly node: string;
  readonly row: Json;
  readonly index: number | null;
}

/** @throws BadParametersError */
export function newInstance(raw: unknown): NewInstance {
  if (!isRecord(raw) || !isStorable(raw))
    throw new BadParametersError('A node instance is expected to be a dictionary');
  const node = typeof raw['node_id'] === 'string' ? raw['node_id'] : textOf(raw, 'name');
  const { index, version } = raw;
  return {
    id: textOf(raw, 'id'),
    node,
    index: typeof index === 'number' && Number.isInteger(index) && index > 0 && index < MOST ? index : null,
    row: {
      node_name: node,
      host_id: typeof raw['host_id'] === 'string' ? raw['host_id'] : null,
      state: typeof raw['state'] === 'string' ? raw['state'] : 'uninitialized',
      version: typeof version === 'number' && Number.isInteger(version) && version > 0 && version < MOST ? version : 1,
      runtime_properties: dictOf(raw, 'runtime_properties'),
      system_properties: dictOf(raw, 'system_properties'),
      relationships: listOf(raw, 'relationships'),
      scaling_groups: listOf(raw, 'scaling_groups'),
    },
  };
}

/** The row of an instance, with other ids than it was sent with where these are taken. */
export function instanceRow(instance: NewInstance, index: number, renamed: ReadonlyMap<string, string>): Json {
  const { host_id: host, relationships } = instance.row;
  const now = (id: unknown): unknown => (typeof id === 'string' ? (renamed.get(id) ?? id) : id);
  return {
    ...instance.row,
    id: now(instance.id),
    index,
    host_id: now(host),
    relationships: (relationships as readonly unknown[]).map((one) =>
      isRecord(one) ? { ...one, target_id: now(one['target_id']) } : one,
    ),
  };
}

/** The numbers of instances in a node's `capabilities`, by column. */
export function scalableColumns(capabilities: unknown): Readonly<Record<string, number>> {
  const scalable = scalableOf(capabilities);
  const columns: Record<string, number> = {};
  for (const [column, key] of [
    ['number_of_instances', 'current_instances'],
    ['planned_number_of_instances', 'planned_instances'],
    ['deploy_number_of_instances', 'default_instances'],
    ['min_number_of_instances', 'min_instances'],
    ['max_number_of_instances', 'max_instances'],
  ] as const) {
    const value = scalable[key];
    if (typeof value === 'number' && Number.isInteger(value)) columns[column] = Math.max(-1, Math.min(value, MOST));
  }
  return columns;
}

function scalableOf(capabilities: unknown): Json {
  const scalable = isRecord(capabilities) ? capabilities['scalable'] : undefined;
  const properties = isRecord(scalable) ? scalable['properties'] : undefined;
  return isRecord(properties) ? properties : {};
}

function textOf(raw: Json, name: string): string {
  const value = raw[name];
  if (typeof value !== 'string' || value === '') throw new BadParametersError(`Each item needs the text \`${name}\``);
  return value;
}

function textsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : null;
}

function dictOf(raw: Json, name: string): unknown {
  const value = raw[name] ?? {};
  if (!isRecord(value)) throw new BadParametersError(`\`${name}\` is expected to be of type dict`);
  return value;
}

function listOf(raw: Json, name: string): unknown {
  const value = raw[name] ?? [];
  if (!Array.isArray(value)) throw new BadParametersError(`\`${name}\` is expected to be of type list`);
  return value;
}
