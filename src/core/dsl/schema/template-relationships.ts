import type { At } from '../diagnostics.js';
import type { Interfaces, RelationshipTypePlan } from '../plan.js';
import type { Dict } from '../values.js';
import type { MappingNode, Node } from '../yaml/tree.js';
import { valueOf } from '../yaml/tree.js';
import type { InterfaceMerger } from './interfaces.js';
import { readTemplateInterfaces } from './interfaces.js';
import type { KnownTypes } from './property-schemas.js';
import { completeProperties } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';
import { checkKeys, itemsOf, openFields } from './reading.js';
import type { RelationshipTypes } from './relationship-types.js';
import { CONTAINED_IN } from './relationship-types.js';

/** A relationship of a node template over its type. */
export interface TemplateRelationship {
  readonly type: RelationshipTypePlan;
  readonly target: string;
  readonly properties: Dict;
  readonly sourceInterfaces: Interfaces;
  readonly targetInterfaces: Interfaces;
}

export interface RelationshipContext {
  readonly types: KnownTypes;
  readonly relationshipTypes: RelationshipTypes;
  readonly merger: InterfaceMerger;
  /** The section `node_templates`. */
  readonly templates: MappingNode;
}

const KEYS = ['type', 'target', 'properties', 'source_interfaces', 'target_interfaces'];

/** The relationships of a node template (dsl.md §10): 1, 23, 25, 26, 106, 107, 112, 215, 216. */
export function readTemplateRelationships(
  reading: Reading,
  name: string,
  template: Fields,
  context: RelationshipContext,
): readonly TemplateRelationship[] {
  const list = template.list('relationships');
  const found: TemplateRelationship[] = [];
  for (const at of list === undefined ? [] : itemsOf(list)) {
    const relationship = readRelationship(reading, name, at, context);
    if (relationship !== undefined) {
      found.push(relationship);
    }
  }
  const containers = found.filter(isContainment);
  if (list !== undefined && containers.length > 1) {
    const types = containers.map(({ type }) => type.name).join(', ');
    reading.report(112, list, `Node template '${name}' has more than one relationship that contains it: ${types}`);
  }
  return found;
}

export function isContainment({ type }: TemplateRelationship): boolean {
  return type.type_hierarchy.includes(CONTAINED_IN);
}

function readRelationship(
  reading: Reading,
  name: string,
  at: At,
  context: RelationshipContext,
): TemplateRelationship | undefined {
  const fields = openFields(reading, at, ['type', 'target']);
  if (fields === undefined) {
    return undefined;
  }
  const type = typeOf(reading, fields, context);
  const target = targetOf(reading, name, fields, context);
  const properties = type && completeProperties(reading, type.properties, fields.get('properties'), context.types, at);
  const source = readTemplateInterfaces(reading, fields.get('source_interfaces'));
  const targetSide = readTemplateInterfaces(reading, fields.get('target_interfaces'));
  checkKeys(reading, fields, KEYS);
  if (type === undefined || target === undefined || properties === undefined) {
    return undefined;
  }
  if (type.name === LIFECYCLE_OPERATION) {
    checkLifecycleOperation(reading, fields, target, context.templates);
  }
  return {
    type,
    target,
    properties,
    sourceInterfaces: context.merger.merge(type.source_interfaces, source, at),
    targetInterfaces: context.merger.merge(type.target_interfaces, targetSide, at),
  };
}

function typeOf(reading: Reading, fields: Fields, context: RelationshipContext): RelationshipTypePlan | undefined {
  const at = fields.get('type');
  const name = fields.text('type');
  const type = name === undefined ? undefined : context.relationshipTypes.get(name);
  if (at !== undefined && name !== undefined && type === undefined) {
    reading.report(26, at, `Relationship type '${name}' is not defined`);
  }
  return type;
}

function targetOf(reading: Reading, name: string, fields: Fields, context: RelationshipContext): string | undefined {
  const at = fields.get('target');
  const target = fields.text('target');
  if (at === undefined || target === undefined) {
    return undefined;
  }
  if (!context.templates.entries.has(target)) {
    reading.report(25, at, `Relationship target '${target}' is no node template`);
    return undefined;
  }
  if (target === name) {
    reading.report(23, at, `Node template '${name}' cannot have a relationship with itself`);
    return undefined;
  }
  return target;
}

const LIFECYCLE_OPERATION = 'cloudify.relationships.depends_on_lifecycle_operation';
const LIFECYCLE = 'cloudify.interfaces.lifecycle';

/** The operation must be named by the relationship itself, and written by the target itself (dsl.md §10). */
function checkLifecycleOperation(reading: Reading, fields: Fields, target: string, templates: MappingNode): void {
  const operation = child(child(fields.at.node, 'properties'), 'operation');
  const name = operation === undefined ? undefined : valueOf(operation);
  if (name === undefined || name === null || name === '') {
    reading.report(215, fields.at, `A relationship of type '${LIFECYCLE_OPERATION}' needs the property 'operation'`);
    return;
  }
  const interfaces = child(templates.entries.get(target)?.value, 'interfaces');
  const lifecycle = child(interfaces, LIFECYCLE);
  if (typeof name !== 'string' || child(lifecycle, name) === undefined) {
    const shown = typeof name === 'string' ? `'${name}'` : 'that is named';
    reading.report(216, fields.at, `The lifecycle operation ${shown} is not defined by the node template '${target}'`);
  }
}

function child(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'mapping' ? node.entries.get(key)?.value : undefined;
}
