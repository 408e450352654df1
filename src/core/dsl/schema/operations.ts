import type { At } from '../diagnostics.js';
import type { InputSchema, InputSchemas, InterfaceOperation } from '../plan.js';
import type { Dict, Key, Value } from '../values.js';
import { isDict, isNumeric, numberOf } from '../values.js';
import { readInputSchemas } from './inputs.js';
import { operationExecutor } from './plugins.js';
import type { KnownTypes } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';
import { dictOf, fieldsOf, isAbsent } from './reading.js';

/** An operation as a type declares it: its inputs are schemas. */
export type TypeOperation = InterfaceOperation<InputSchemas>;
/** An operation of a node template or of a relationship: its inputs are values. */
export type TemplateOperation = InterfaceOperation;

const NO_INPUTS: ReadonlyMap<never, never> = new Map<never, never>();

/** Declared without implementation. */
const NO_OPERATION: InterfaceOperation<ReadonlyMap<never, never>> = {
  implementation: '',
  inputs: NO_INPUTS,
  executor: null,
  max_retries: null,
  retry_interval: null,
  timeout: null,
  timeout_recoverable: null,
};

const KEYS = [
  'implementation',
  'inputs',
  'executor',
  'max_retries',
  'retry_interval',
  'timeout',
  'timeout_recoverable',
];

/** An operation of a node or relationship type (dsl.md §9.3): 1, 28, 102. */
export function readTypeOperation(reading: Reading, at: At, types: KnownTypes): TypeOperation {
  return readOperation(reading, at, (fields) =>
    readInputSchemas(reading, fields.get('inputs'), types, 'operation-input'),
  );
}

/** An operation of a node template or relationship (dsl.md §9.3): 1, 28, 102. */
export function readTemplateOperation(reading: Reading, at: At): TemplateOperation {
  return readOperation(reading, at, (fields) => {
    const inputs = fields.mapping('inputs');
    return inputs === undefined ? NO_INPUTS : dictOf(inputs);
  });
}

function readOperation<I>(
  reading: Reading,
  at: At,
  inputsOf: (fields: Fields) => I | ReadonlyMap<never, never>,
): InterfaceOperation<I | ReadonlyMap<never, never>> {
  if (isAbsent(at)) {
    return NO_OPERATION;
  }
  if (at.node.kind === 'scalar' && typeof at.node.value === 'string') {
    return { ...NO_OPERATION, implementation: at.node.value };
  }
  const fields = fieldsOf(reading, at, KEYS);
  if (fields === undefined || fields.at.node.entries.size === 0) {
    return NO_OPERATION;
  }
  return {
    implementation: fields.text('implementation') ?? '',
    inputs: inputsOf(fields),
    executor: operationExecutor(reading, fields),
    max_retries: maxRetries(reading, fields),
    retry_interval: atLeastZero(reading, fields, 'retry_interval', 'cloudify_dsl_1_1'),
    timeout: atLeastZero(reading, fields, 'timeout'),
    timeout_recoverable: fields.boolean('timeout_recoverable') ?? null,
  };
}

function maxRetries(reading: Reading, fields: Fields): number | null {
  const at = fields.get('max_retries');
  const retries = fields.integer('max_retries');
  if (at === undefined || retries === undefined || !reading.gate('max_retries', 'cloudify_dsl_1_1', at)) {
    return null;
  }
  if (retries < -1) {
    reading.report(null, at, `'max_retries' must be -1 or more, found ${String(retries)}`);
  }
  return retries;
}

function atLeastZero(reading: Reading, fields: Fields, key: string, since?: 'cloudify_dsl_1_1'): Value {
  const at = fields.get(key);
  const value = fields.number(key);
  if (at === undefined || value === undefined || (since !== undefined && !reading.gate(key, since, at))) {
    return null;
  }
  if (isNumeric(value) && numberOf(value) < 0) {
    reading.report(null, at, `'${key}' must not be negative`);
  }
  return value;
}

/** Whether nothing at all is given. */
function isNoOperation(operation: InterfaceOperation<ReadonlyMap<unknown, unknown>>): boolean {
  return (
    operation.implementation === '' &&
    operation.inputs.size === 0 &&
    operation.executor === null &&
    operation.max_retries === null &&
    operation.retry_interval === null &&
    operation.timeout === null &&
    operation.timeout_recoverable === null
  );
}

/**
 * A template's operation over its type's (dsl.md §9.4). The template gives `undefined` where it says nothing about
 * the operation. Error 107 when a declared input ends up without a value.
 */
export function mergeOperation(
  reading: Reading,
  declared: TypeOperation,
  given: TemplateOperation | undefined,
  subject: At,
): TemplateOperation {
  if (given === undefined) {
    return { ...declared, inputs: mergeInputs(reading, declared.inputs, undefined, subject) };
  }
  if (isNoOperation(given)) {
    return NO_OPERATION;
  }
  const same = given.implementation === '' || given.implementation === declared.implementation;
  if (isNoOperation(declared) || !same) {
    return given;
  }
  return {
    implementation: declared.implementation,
    inputs: mergeInputs(reading, declared.inputs, given.inputs, subject),
    executor: given.executor ?? declared.executor,
    max_retries: given.max_retries ?? declared.max_retries,
    retry_interval: given.retry_interval ?? declared.retry_interval,
    timeout: given.timeout ?? declared.timeout,
    timeout_recoverable: given.timeout_recoverable ?? declared.timeout_recoverable,
  };
}

function mergeInputs(reading: Reading, schemas: InputSchemas, given: Dict | undefined, subject: At): Dict {
  if (schemas.size === 0) {
    return given ?? NO_INPUTS;
  }
  const inputs = new Map<Key, Value>();
  for (const [name, schema] of schemas) {
    const value = given?.has(name) === true ? given.get(name) : schema.default;
    if (value === undefined) {
      reading.report(107, subject, `Input '${name}' is missing a value`);
    } else {
      inputs.set(name, tagged(value, schema));
    }
  }
  for (const [name, value] of given ?? []) {
    if (!inputs.has(name)) {
      inputs.set(name, value);
    }
  }
  return inputs;
}

/** A dictionary takes its input's declared type along, so that `get_input` can be judged by it (dsl.md §9.4). */
function tagged(value: Value, schema: InputSchema): Value {
  return isDict(value) && schema.type !== undefined ? new Map(value).set('type', schema.type) : value;
}
