import type { At } from '../diagnostics.js';
import type { InputSchema, InputSchemas } from '../plan.js';
import { PatternWork } from '../regex/pattern-work.js';
import type { Value } from '../values.js';
import { isInteger } from '../values.js';
import { valueOf } from '../yaml/tree.js';
import type { KnownTypes } from './completion.js';
import { completeValue, isRequired } from './completion.js';
import { readConstraints, withoutMessage } from './constraints.js';
import { plainValueAt } from './outputs.js';
import { readCommon, readType } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';
import { dictOf, entriesOf, fieldsOf, isAbsent, mistyped } from './reading.js';
import type { ValueScope } from './value-checks.js';
import { refusalOf } from './value-checks.js';
import { reportFaults } from './value-faults.js';
import { gateType, isPrimitive } from './value-types.js';

/** Deployment inputs, operation inputs of node and relationship types, parameters of workflows. */
export type InputKind = 'input' | 'operation-input' | 'parameter';

const PARAMETER_KEYS = ['type', 'default', 'description', 'required', 'item_type', 'constraints'];
const INPUT_KEYS = [...PARAMETER_KEYS, 'display_label', 'hidden', 'display'];

const NO_INPUTS: InputSchemas = new Map();

/** Reads input schemas (dsl.md §8, §12); absent or null gives none. Written keys only, defaults completed. */
export function readInputSchemas(
  reading: Reading,
  at: At | undefined,
  types: KnownTypes,
  kind: InputKind,
): InputSchemas {
  const entries = entriesOf(reading, at);
  if (entries.length === 0) {
    return NO_INPUTS;
  }
  return new Map(entries.map(([name, schema]) => [name, readInputSchema(reading, schema, types, kind)]));
}

function readInputSchema(reading: Reading, at: At, types: KnownTypes, kind: InputKind): InputSchema {
  const keys = kind === 'parameter' ? PARAMETER_KEYS : INPUT_KEYS;
  const fields = isAbsent(at) ? undefined : fieldsOf(reading, at, keys);
  if (fields === undefined) {
    return {};
  }
  const type = readType(reading, fields, types);
  const standard = readDefault(reading, fields, type, types);
  const schema: InputSchema = {
    ...(type === undefined ? {} : { type }),
    ...(standard === undefined ? {} : { default: standard }),
    ...readCommon(reading, fields),
    ...readItemType(reading, fields),
    ...readRules(reading, fields, kind),
    ...(kind === 'parameter' ? {} : readAppearance(reading, fields)),
  };
  if (schema.hidden === true && isRequired(schema) && !fields.has('default')) {
    reading.report(215, at, 'A hidden input must have a default, or not be required');
  }
  return schema;
}

/** A null default is taken whatever the type is (dsl.md §7.1). */
function readDefault(reading: Reading, fields: Fields, type: string | undefined, types: KnownTypes): Value | undefined {
  const at = fields.raw('default');
  if (at === undefined || isAbsent(at)) {
    return at && null;
  }
  const written = plainValueAt(reading, at);
  if (written === undefined) {
    return null;
  }
  const completed = completeValue(written, type, types, 'all');
  reportFaults(reading, at, 'default', completed.faults);
  return completed.value;
}

function readItemType(reading: Reading, fields: Fields): Pick<InputSchema, 'item_type'> {
  if (!fields.has('item_type')) {
    return {};
  }
  const at = fields.get('item_type');
  const name = fields.text('item_type');
  if (at === undefined || name === undefined) {
    return { item_type: null };
  }
  const isKnown = reading.gate('item_type', 'cloudify_dsl_1_4', at) && gateType(reading, name, at);
  if (!isPrimitive(name)) {
    reading.report(217, at, `Items are of a primitive type, '${name}' is none`);
  } else if (isKnown && typeOf(fields) !== 'list') {
    reading.report(218, at, "Only a 'list' has an item_type");
  }
  return { item_type: name };
}

/** What is written as type, of whatever kind. */
function typeOf(fields: Fields): Value | undefined {
  const at = fields.get('type');
  return at && valueOf(at.node);
}

function readRules(reading: Reading, fields: Fields, kind: InputKind): Pick<InputSchema, 'constraints'> {
  if (!fields.has('constraints')) {
    return {};
  }
  const at = fields.get('constraints');
  return { constraints: at === undefined ? null : readConstraints(reading, at, kind !== 'parameter') };
}

/** What is for people only: `display_label`, `hidden`, `display`. */
function readAppearance(reading: Reading, fields: Fields): Pick<InputSchema, 'display_label' | 'hidden' | 'display'> {
  for (const key of ['display_label', 'hidden']) {
    const at = fields.get(key);
    if (at !== undefined) {
      reading.gate(key, 'cloudify_dsl_1_3', at);
    }
  }
  return {
    ...(fields.has('display_label') ? { display_label: fields.text('display_label') ?? null } : {}),
    ...(fields.has('hidden') ? { hidden: fields.boolean('hidden') ?? null } : {}),
    ...readDisplay(reading, fields),
  };
}

function readDisplay(reading: Reading, fields: Fields): Pick<InputSchema, 'display'> {
  if (!fields.has('display')) {
    return {};
  }
  const at = fields.mapping('display');
  if (at === undefined) {
    return { display: null };
  }
  const display = dictOf(at);
  const rows = at.node.entries.get('rows')?.value;
  if (rows !== undefined && !isInteger(valueOf(rows))) {
    mistyped(reading, { node: rows, path: at.path.child('rows') }, 'integer');
  }
  if (typeOf(fields) !== 'textarea') {
    const message = "Only a 'textarea' has a display";
    reading.diagnostics.error({ code: 216, class: 'input-type', at, message });
  }
  return { display };
}

/**
 * Stage 5: every written default against constraints and `item_type` (dsl.md §8.3). Gives the schemas as the plan
 * stores them: without `error_message` where a default was checked.
 */
export function checkInputDefaults(reading: Reading, schemas: InputSchemas, at: At | undefined): InputSchemas {
  // While a blueprint is parsed nothing can be looked up, and functions have no values.
  const scope: ValueScope = {
    noun: 'input',
    catalogue: undefined,
    within: 'blueprint',
    evaluate: () => undefined,
    work: new PatternWork(),
  };
  const checked = new Map<string, InputSchema>();
  for (const [name, schema] of schemas) {
    const refusal = schema.default === undefined ? undefined : refusalOf(name, schema, schema.default, scope);
    if (refusal !== undefined) {
      reading.diagnostics.error({ ...refusal, at: defaultAt(at, name) });
    }
    checked.set(name, schema.default === undefined ? schema : withoutMessages(schema));
  }
  return checked;
}

function withoutMessages(schema: InputSchema): InputSchema {
  const { constraints } = schema;
  return constraints?.some((constraint) => withoutMessage(constraint) !== constraint) === true
    ? { ...schema, constraints: constraints.map((constraint) => withoutMessage(constraint)) }
    : schema;
}

function defaultAt(inputs: At | undefined, name: string): At | undefined {
  const input = inputs?.node.kind === 'mapping' ? inputs.node.entries.get(name)?.value : undefined;
  const standard = input?.kind === 'mapping' ? input.entries.get('default')?.value : undefined;
  return inputs && standard && { node: standard, path: inputs.path.child(name).child('default') };
}
