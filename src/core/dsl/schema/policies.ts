import type { At } from '../diagnostics.js';
import type { PlanGroup, PlanPolicy, PolicyTriggerPlan, PolicyTypePlan, PropertySchemas } from '../plan.js';
import type { DataTypes } from './data-types.js';
import { NO_SCHEMAS, readPropertySchemas } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';
import { entriesOf, fieldsOf, itemsOf, textAt } from './reading.js';
import { readScalable } from './scalable.js';

const SCALING = 'cloudify.policies.scaling';

/** The section `policy_types` (dsl.md §13). */
export function readPolicyTypes(
  reading: Reading,
  sections: Fields,
  types: DataTypes,
): ReadonlyMap<string, PolicyTypePlan> {
  const read = new Map<string, PolicyTypePlan>();
  for (const [name, at] of entriesOf(reading, sections.get('policy_types'))) {
    const { source, schemas } = sourceAndSchemas(reading, at, 'properties', types);
    read.set(name, { source, properties: schemas });
  }
  return read;
}

/** The section `policy_triggers` (dsl.md §13). */
export function readPolicyTriggers(
  reading: Reading,
  sections: Fields,
  types: DataTypes,
): ReadonlyMap<string, PolicyTriggerPlan> {
  const read = new Map<string, PolicyTriggerPlan>();
  for (const [name, at] of entriesOf(reading, sections.get('policy_triggers'))) {
    const { source, schemas } = sourceAndSchemas(reading, at, 'parameters', types);
    read.set(name, { source, parameters: schemas });
  }
  return read;
}

function sourceAndSchemas(
  reading: Reading,
  at: At,
  key: 'properties' | 'parameters',
  types: DataTypes,
): { readonly source: string; readonly schemas: PropertySchemas } {
  const fields = fieldsOf(reading, at, ['source', key], ['source']);
  const source = fields?.text('source') ?? '';
  const schemas = fields?.get(key);
  return { source, schemas: schemas === undefined ? NO_SCHEMAS : readPropertySchemas(reading, schemas, types) };
}

/** The section `policies`: scaling policies and the groups that they scale: 102, 204, 205, 206 (dsl.md §13). */
export function readPolicies(
  reading: Reading,
  sections: Fields,
  groups: ReadonlyMap<string, PlanGroup>,
): ReadonlyMap<string, PlanPolicy> {
  const section = sections.get('policies');
  const policies = new Map<string, PlanPolicy>();
  if (section === undefined || !reading.gate('policies', 'cloudify_dsl_1_3', section)) {
    return policies;
  }
  for (const [name, at] of entriesOf(reading, section)) {
    const policy = policyAt(reading, at, groups);
    if (policy !== undefined) {
      policies.set(name, policy);
    }
  }
  return policies;
}

function policyAt(reading: Reading, at: At, groups: ReadonlyMap<string, PlanGroup>): PlanPolicy | undefined {
  const fields = fieldsOf(reading, at, ['type', 'properties', 'targets'], ['type', 'targets']);
  if (fields === undefined) {
    return undefined;
  }
  const type = fields.get('type');
  const typeName = type && textAt(reading, type);
  if (type !== undefined && typeName !== undefined && typeName !== SCALING) {
    reading.report(204, type, `'${typeName}' is no policy type, the only one is ${SCALING}`);
  }
  return {
    type: SCALING,
    properties: readScalable(reading, fields.get('properties')),
    targets: targetsOf(reading, fields, groups),
  };
}

function targetsOf(reading: Reading, fields: Fields, groups: ReadonlyMap<string, PlanGroup>): readonly string[] {
  const list = fields.list('targets');
  if (list === undefined) {
    return [];
  }
  if (list.node.items.length === 0) {
    reading.report(206, list, 'A policy needs at least one target');
  }
  const targets: string[] = [];
  for (const item of itemsOf(list)) {
    const target = textAt(reading, item);
    if (target !== undefined && !groups.has(target)) {
      reading.report(205, item, `'${target}' is no group, and only groups may be targets of a policy`);
    } else if (target !== undefined) {
      targets.push(target);
    }
  }
  return targets;
}
