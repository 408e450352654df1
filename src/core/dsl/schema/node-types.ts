import type { At } from '../diagnostics.js';
import type { PropertySchemas } from '../plan.js';
import type { TypeInterfaces } from './interfaces.js';
import { InheritedInterfaces, NO_INTERFACES, readTypeInterfaces } from './interfaces.js';
import type { KnownTypes } from './property-schemas.js';
import { inheritLine, NO_SCHEMAS, readPropertySchemas } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';
import { entriesOf, fieldsOf, isAbsent } from './reading.js';
import type { OwnType } from './type-tree.js';
import { TypeTree } from './type-tree.js';

const HOST_MARK = 'cloudify.nodes.Compute';

/** A node type, inheritance applied (dsl.md §9.1). */
export interface NodeType {
  readonly hierarchy: readonly string[];
  readonly properties: PropertySchemas;
  readonly interfaces: TypeInterfaces;
  /** Whether nodes of it are hosts: a name of its hierarchy contains `cloudify.nodes.Compute`. */
  readonly isHost: boolean;
}

interface OwnNodeType extends OwnType {
  readonly properties: PropertySchemas;
  readonly interfaces: TypeInterfaces;
}

export type NodeTypes = TypeTree<OwnNodeType, NodeType>;

/** Reads the section `node_types` (dsl.md §9.1): 1, 103 and what schemas and operations report. */
export function readNodeTypes(reading: Reading, sections: Fields, types: KnownTypes): NodeTypes {
  const entries = entriesOf(reading, sections.get('node_types'));
  const names = new Set(entries.map(([name]) => name));
  const own = new Map(entries.map(([name, at]) => [name, readNodeType(reading, at, names, types)] as const));
  return new TypeTree(own, (ancestor: NodeType | undefined, line) => {
    const interfaces = new InheritedInterfaces(ancestor?.interfaces ?? NO_INTERFACES);
    for (const [, type] of line) {
      interfaces.add(type.interfaces);
    }
    const written = line.map(([, type]) => type.properties);
    const properties = inheritLine(ancestor?.properties ?? NO_SCHEMAS, written, types);
    const hierarchy = [...(ancestor?.hierarchy ?? []), ...line.map(([name]) => name)];
    reading.budget.charge(properties.size + interfaces.size, hierarchy.length);
    return {
      hierarchy,
      properties,
      interfaces: interfaces.result,
      isHost: ancestor?.isHost === true || line.some(([name]) => name.includes(HOST_MARK)),
    };
  });
}

const KEYS = ['derived_from', 'properties', 'runtime_properties', 'interfaces'];
const EMPTY: OwnNodeType = { derivedFrom: null, properties: NO_SCHEMAS, interfaces: NO_INTERFACES };

function readNodeType(reading: Reading, at: At, names: ReadonlySet<string>, types: KnownTypes): OwnNodeType {
  const fields = isAbsent(at) ? undefined : fieldsOf(reading, at, KEYS);
  if (fields === undefined) {
    return EMPTY;
  }
  const derivedFrom = readDerivedFrom(reading, fields, names);
  const properties = readPropertySchemas(reading, fields.get('properties'), types);
  readPropertySchemas(reading, fields.get('runtime_properties'), types);
  return { derivedFrom, properties, interfaces: readTypeInterfaces(reading, fields.get('interfaces'), types) };
}

/** The parent of a type; error 103 when there is no such type. */
export function readDerivedFrom(reading: Reading, fields: Fields, names: ReadonlySet<string>): string | null {
  const at = fields.get('derived_from');
  const parent = fields.text('derived_from');
  if (at === undefined || parent === undefined) {
    return null;
  }
  if (!names.has(parent)) {
    reading.report(103, at, `Missing definition for type '${parent}' which is declared as derived from`);
    return null;
  }
  return parent;
}
