import type { At } from '../diagnostics.js';
import type { GroupPolicy, PlanGroup, PolicyTriggerPlan, PolicyTypePlan, PropertySchemas } from '../plan.js';
import type { Dict } from '../values.js';
import type { DataTypes } from './data-types.js';
import { completeProperties } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';
import { entriesOf, fieldsOf, itemsOf, textAt } from './reading.js';

/** What the monitoring policies of groups refer to. */
interface PolicyKinds {
  readonly policyTypes: ReadonlyMap<string, PolicyTypePlan>;
  readonly triggers: ReadonlyMap<string, PolicyTriggerPlan>;
  readonly types: DataTypes;
}

/**
 * The section `groups`, with its monitoring policies completed: 40, 41, 42, 211, empty members 1 (dsl.md §13).
 * Members are kept in order, once each.
 */
export function readGroups(
  reading: Reading,
  sections: Fields,
  nodeNames: ReadonlySet<string>,
  policyTypes: ReadonlyMap<string, PolicyTypePlan>,
  triggers: ReadonlyMap<string, PolicyTriggerPlan>,
  types: DataTypes,
): ReadonlyMap<string, PlanGroup> {
  const entries = entriesOf(reading, sections.get('groups'));
  const known = new Set([...nodeNames, ...entries.map(([name]) => name)]);
  const kinds = { policyTypes, triggers, types };
  const groups = new Map<string, PlanGroup>();
  for (const [name, at] of entries) {
    const fields = fieldsOf(reading, at, ['members', 'policies'], ['members']);
    const members = fields === undefined ? [] : membersOf(reading, fields, known);
    const policies = new Map<string, GroupPolicy>();
    for (const [policy, place] of entriesOf(reading, fields?.get('policies'))) {
      policies.set(policy, groupPolicyAt(reading, place, kinds));
    }
    if (nodeNames.has(name)) {
      reading.report(211, at, `'${name}' is the name of a node template already; a group needs a name of its own`);
    }
    groups.set(name, { members, policies });
  }
  return groups;
}

function membersOf(reading: Reading, fields: Fields, known: ReadonlySet<string>): readonly string[] {
  const list = fields.list('members');
  if (list === undefined) {
    return [];
  }
  if (list.node.items.length === 0) {
    reading.report(1, list, 'A group needs at least one member');
  }
  const members = new Set<string>();
  for (const item of itemsOf(list)) {
    const member = textAt(reading, item);
    if (member !== undefined && !known.has(member)) {
      reading.report(40, item, `'${member}' is neither a node template nor a group`);
    } else if (member !== undefined) {
      members.add(member);
    }
  }
  return [...members];
}

function groupPolicyAt(reading: Reading, at: At, kinds: PolicyKinds): GroupPolicy {
  const fields = fieldsOf(reading, at, ['type', 'properties', 'triggers'], ['type']);
  const found = fields && kindAt(reading, fields, kinds.policyTypes, 41, 'policy type');
  const triggers = new Map<string, { readonly type: string; readonly parameters: Dict }>();
  for (const [name, place] of entriesOf(reading, fields?.get('triggers'))) {
    triggers.set(name, triggerAt(reading, place, kinds));
  }
  const properties = completed(reading, fields, 'properties', found?.kind.properties, kinds.types);
  return { type: found?.name ?? '', properties, triggers };
}

function triggerAt(reading: Reading, at: At, kinds: PolicyKinds): { readonly type: string; readonly parameters: Dict } {
  const fields = fieldsOf(reading, at, ['type', 'parameters'], ['type']);
  const found = fields && kindAt(reading, fields, kinds.triggers, 42, 'policy trigger');
  const parameters = completed(reading, fields, 'parameters', found?.kind.parameters, kinds.types);
  return { type: found?.name ?? '', parameters };
}

/** The type that a policy or trigger names, with what is declared under that name. */
function kindAt<T>(
  reading: Reading,
  fields: Fields,
  known: ReadonlyMap<string, T>,
  code: 41 | 42,
  what: string,
): { readonly name: string; readonly kind: T } | undefined {
  const at = fields.get('type');
  const name = at && textAt(reading, at);
  if (at === undefined || name === undefined) {
    return undefined;
  }
  const kind = known.get(name);
  if (kind === undefined) {
    reading.report(code, at, `There is no ${what} '${name}'`);
    return undefined;
  }
  return { name, kind };
}

/** What is given, completed by the schemas; nothing where there are none to judge it by. */
function completed(
  reading: Reading,
  fields: Fields | undefined,
  key: 'properties' | 'parameters',
  schemas: PropertySchemas | undefined,
  types: DataTypes,
): Dict {
  if (fields === undefined || schemas === undefined) {
    return new Map();
  }
  const subject = { node: fields.at.node, path: fields.at.path.child(key) };
  return completeProperties(reading, schemas, fields.get(key), types, subject);
}
