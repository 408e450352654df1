import type { At } from '../diagnostics.js';
import type { PropertySchemas, RelationshipTypePlan } from '../plan.js';
import type { Budget } from './budget.js';
import type { TypeInterfaces } from './interfaces.js';
import { InheritedInterfaces, NO_INTERFACES, readTypeInterfaces } from './interfaces.js';
import { readDerivedFrom } from './node-types.js';
import type { KnownTypes } from './property-schemas.js';
import { inheritLine, NO_SCHEMAS, readPropertySchemas } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';
import { entriesOf, fieldsOf, isAbsent } from './reading.js';
import type { OperationBinder } from './resolved-operations.js';
import type { OwnType } from './type-tree.js';
import { TypeTree } from './type-tree.js';

export const CONTAINED_IN = 'cloudify.relationships.contained_in';

interface OwnRelationshipType extends OwnType {
  readonly at: At;
  readonly properties: PropertySchemas;
  readonly sourceInterfaces: TypeInterfaces;
  readonly targetInterfaces: TypeInterfaces;
}

/** The relationship types of a blueprint; as the plan shows them, inheritance applied. */
export type RelationshipTypes = TypeTree<OwnRelationshipType, RelationshipTypePlan>;

/** Reads the section `relationships` (dsl.md §9.2): 1, 103 and what schemas and operations report. */
export function readRelationshipTypes(reading: Reading, sections: Fields, types: KnownTypes): RelationshipTypes {
  const entries = entriesOf(reading, sections.get('relationships'));
  const names = new Set(entries.map(([name]) => name));
  const own = new Map(entries.map(([name, at]) => [name, readRelationshipType(reading, at, names, types)] as const));
  return new TypeTree(own, (ancestor, line) => inherit(ancestor, line, types, reading.budget));
}

/** Error 19 (and 60, 61, 91) for operations of relationship types that cannot be resolved, used or not (dsl.md §9.2). */
export function checkRelationshipTypes(types: RelationshipTypes, binder: OperationBinder): void {
  for (const { at, sourceInterfaces, targetInterfaces } of types.own.values()) {
    for (const operations of [...sourceInterfaces.values(), ...targetInterfaces.values()]) {
      binder.check(operations.values(), at);
    }
  }
}

function inherit(
  ancestor: RelationshipTypePlan | undefined,
  line: readonly (readonly [string, OwnRelationshipType])[],
  types: KnownTypes,
  budget: Budget,
): RelationshipTypePlan {
  const source = new InheritedInterfaces(ancestor?.source_interfaces ?? NO_INTERFACES);
  const target = new InheritedInterfaces(ancestor?.target_interfaces ?? NO_INTERFACES);
  let [name, derivedFrom]: [string, string | null] = ['', null];
  for (const [typeName, type] of line) {
    source.add(type.sourceInterfaces);
    target.add(type.targetInterfaces);
    [name, derivedFrom] = [typeName, type.derivedFrom];
  }
  const written = line.map(([, type]) => type.properties);
  const properties = inheritLine(ancestor?.properties ?? NO_SCHEMAS, written, types);
  const hierarchy = [...(ancestor?.type_hierarchy ?? []), ...line.map(([typeName]) => typeName)];
  budget.charge(properties.size + source.size + target.size, hierarchy.length);
  return {
    name,
    ...(derivedFrom === null ? {} : { derived_from: derivedFrom }),
    type_hierarchy: hierarchy,
    properties,
    source_interfaces: source.result,
    target_interfaces: target.result,
  };
}

const KEYS = ['derived_from', 'properties', 'source_interfaces', 'target_interfaces'];
const EMPTY: Omit<OwnRelationshipType, 'at'> = {
  derivedFrom: null,
  properties: NO_SCHEMAS,
  sourceInterfaces: NO_INTERFACES,
  targetInterfaces: NO_INTERFACES,
};

function readRelationshipType(
  reading: Reading,
  at: At,
  names: ReadonlySet<string>,
  types: KnownTypes,
): OwnRelationshipType {
  const fields = isAbsent(at) ? undefined : fieldsOf(reading, at, KEYS);
  if (fields === undefined) {
    return { ...EMPTY, at };
  }
  return {
    at,
    derivedFrom: readDerivedFrom(reading, fields, names),
    properties: readPropertySchemas(reading, fields.get('properties'), types),
    sourceInterfaces: readTypeInterfaces(reading, fields.get('source_interfaces'), types),
    targetInterfaces: readTypeInterfaces(reading, fields.get('target_interfaces'), types),
  };
}

/** Every relationship type of the blueprint, used or not, in its order. */
export function relationshipTypePlans(types: RelationshipTypes): ReadonlyMap<string, RelationshipTypePlan> {
  const plans = new Map<string, RelationshipTypePlan>();
  for (const name of types.own.keys()) {
    const plan = types.get(name);
    if (plan !== undefined) {
      plans.set(name, plan);
    }
  }
  return plans;
}
