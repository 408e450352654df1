import type { At } from '../diagnostics.js';
import type { PropertySchema, PropertySchemas } from '../plan.js';
import type { Dict, Value } from '../values.js';
import type { Completed, KnownTypes } from './completion.js';
import { NOTHING_GIVEN, completeDict, completeValue } from './completion.js';
import { plainValueAt } from './outputs.js';
import type { Fields, Reading } from './reading.js';
import { dictOf, entriesOf, fieldsOf, isAbsent, mappingAt } from './reading.js';
import { gateType, isPrimitive } from './value-types.js';
import { reportFaults } from './value-faults.js';

export type { KnownTypes } from './completion.js';

export const NO_SCHEMAS: PropertySchemas = new Map();

const KEYS = ['type', 'default', 'description', 'required'] as const;

/** Defaults as they were written, before data types completed them: what a derived type lays over its parent's. */
const writtenDefaults = new WeakMap<PropertySchema, Value>();

/** Reads `properties` (or `parameters`) of a type; absent or null gives none (dsl.md §7.2). */
export function readPropertySchemas(reading: Reading, at: At | undefined, types: KnownTypes): PropertySchemas {
  const entries = entriesOf(reading, at);
  if (entries.length === 0) {
    return NO_SCHEMAS;
  }
  const schemas = new Map<string, PropertySchema>();
  for (const [name, schema] of entries) {
    schemas.set(name, readSchema(reading, schema, types));
  }
  return schemas;
}

function readSchema(reading: Reading, at: At, types: KnownTypes): PropertySchema {
  const fields = isAbsent(at) ? undefined : fieldsOf(reading, at, KEYS);
  if (fields === undefined) {
    return {};
  }
  const type = readType(reading, fields, types);
  const standard = readDefault(reading, fields, type, types);
  const schema: PropertySchema = {
    ...(type === undefined ? {} : { type }),
    ...(standard === undefined ? {} : { default: standard.value }),
    ...readCommon(reading, fields),
  };
  if (standard !== undefined) {
    writtenDefaults.set(schema, standard.written);
  }
  return schema;
}

/** What all schemas have: `description` and `required` (dsl.md §4: since 1_2). */
export function readCommon(reading: Reading, fields: Fields): Pick<PropertySchema, 'description' | 'required'> {
  const required = fields.get('required');
  if (required !== undefined) {
    reading.gate('required', 'cloudify_dsl_1_2', required);
  }
  return {
    ...(fields.has('description') ? { description: fields.text('description') ?? null } : {}),
    ...(fields.has('required') ? { required: fields.boolean('required') ?? null } : {}),
  };
}

/** The name of a type: 102 where the version does not know it, 103 where nobody does. */
export function readType(reading: Reading, fields: Fields, types: KnownTypes): string | undefined {
  const at = fields.get('type');
  const name = fields.text('type');
  if (at === undefined || name === undefined || !gateType(reading, name, at)) {
    return undefined;
  }
  // The original takes an empty name, and then finds that no value fits it.
  if (name !== '' && !isPrimitive(name) && !types.has(name)) {
    reading.report(
      103,
      at,
      `Unknown type '${name}': it is no primitive type and no data type of this name is declared`,
    );
    return undefined;
  }
  return name;
}

interface Default {
  readonly value: Value;
  readonly written: Value;
}

/** A default as written and as completed; one of a data type is there even when it is not written (dsl.md §7.2). */
function readDefault(
  reading: Reading,
  fields: Fields,
  type: string | undefined,
  types: KnownTypes,
): Default | undefined {
  const at = fields.raw('default');
  const isImplied = type !== undefined && types.has(type) && isAbsent(at);
  if (isImplied) {
    return { value: completeValue(NOTHING_GIVEN, type, types, 'given').value, written: NOTHING_GIVEN };
  }
  if (at === undefined) {
    return undefined;
  }
  const written = plainValueAt(reading, at) ?? null;
  if (written === null) {
    return { value: null, written };
  }
  const completed = completeValue(written, type, types, 'given');
  reportFaults(reading, at, 'default', completed.faults);
  return { value: completed.value, written };
}

/** The schemas of a derived type: its own laid over its parent's (dsl.md §7.4). Shared when it has none of its own. */
export function inheritSchemas(parent: PropertySchemas, own: PropertySchemas, types: KnownTypes): PropertySchemas {
  return inheritLine(parent, [own], types);
}

/** The same along a line of descent, oldest first, without the schemas of those between. */
export function inheritLine(
  ancestor: PropertySchemas,
  line: readonly PropertySchemas[],
  types: KnownTypes,
): PropertySchemas {
  const [only, ...others] = [ancestor, ...line].filter(({ size }) => size > 0);
  if (only === undefined || others.length === 0) {
    return only ?? NO_SCHEMAS;
  }
  const schemas = new Map(only);
  for (const own of others) {
    for (const [name, schema] of own) {
      const inherited = schemas.get(name);
      schemas.set(name, inherited === undefined ? schema : laidOver(inherited, schema, types));
    }
  }
  return schemas;
}

/** A property that parent and child declare is the child's alone, but for defaults of one data type. */
function laidOver(parent: PropertySchema, own: PropertySchema, types: KnownTypes): PropertySchema {
  const { type } = own;
  if (type === undefined || type !== parent.type || !types.has(type) || parent.default === undefined) {
    return own;
  }
  const written = writtenDefaults.get(own) ?? NOTHING_GIVEN;
  const schema = { ...own, default: completeValue(written, type, types, 'given', parent.default).value };
  writtenDefaults.set(schema, written);
  return schema;
}

/**
 * What a node, relationship or policy makes of its type's properties (dsl.md §7.3, §7.4): 105, 106, 107, 219. One that
 * gives nothing shares the dictionary of defaults with all its like.
 */
export function completeProperties(
  reading: Reading,
  schemas: PropertySchemas,
  given: At | undefined,
  types: KnownTypes,
  subject: At,
): Dict {
  const mapping = isAbsent(given) ? undefined : mappingAt(reading, given);
  const completed: Completed<Dict> = completeDict(
    mapping === undefined ? NOTHING_GIVEN : dictOf(mapping),
    schemas,
    types,
    'all',
  );
  if (mapping !== undefined || isAbsent(given)) {
    reportFaults(reading, mapping ?? subject, 'property', completed.faults);
  }
  return completed.value;
}
