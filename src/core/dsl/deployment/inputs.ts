import { DslError } from '../diagnostics.js';
import type { InputSchema, Plan } from '../plan.js';
import { PatternWork } from '../regex/pattern-work.js';
import { NOTHING_GIVEN, completeValue, isRequired } from '../schema/completion.js';
import { DataTypes } from '../schema/data-types.js';
import type { LookUp, ValueCatalogue } from '../schema/value-catalogue.js';
import type { ValueScope } from '../schema/value-checks.js';
import { refusalOf } from '../schema/value-checks.js';
import { pythonFloat, pythonInteger } from '../text/python-numbers.js';
import { pythonRepr } from '../text/python-text.js';
import type { Dict, Key, Value } from '../values.js';
import { isDict, keyText } from '../values.js';
import { Refusals } from './refused-values.js';

export interface InputOptions {
  /** Text that was given for an integer, float or boolean is converted (dsl.md §8.1 step 2). */
  readonly autoCorrectTypes: boolean;
  /** Without one every look-up of an object-based value fails. */
  readonly catalogue?: ValueCatalogue;
  /** Evaluates a constraint's argument that holds functions; `inputs` are the values before any completion. */
  readonly evaluate?: (argument: Value, inputs: Dict) => Value;
}

type InputPlan = Pick<Plan, 'inputs' | 'data_types'>;

/**
 * The final inputs of a deployment (dsl.md §8.1).
 * @throws RefusedValues missing or unknown inputs, violated constraints, 105, 213, 214; all of them together
 */
export function prepareInputs(plan: InputPlan, given: Dict, options: InputOptions): Dict {
  const types = DataTypes.of(plan.data_types);
  const refusals = new Refusals('inputs');
  const { chosen, absent } = chooseValues(plan, given, types, options);
  const { evaluate } = options;
  const scope: ValueScope = {
    noun: 'input',
    catalogue: options.catalogue,
    within: 'blueprint',
    evaluate: (argument) => (evaluate === undefined ? argument : evaluate(argument, chosen)),
    work: new PatternWork(),
  };
  const inputs = new Map<Key, Value>(chosen);
  for (const [name, schema] of plan.inputs) {
    if (!absent.has(name)) {
      const value = chosen.get(name) ?? null;
      refusals.guard(() => inputs.set(name, finalValue(name, schema, value, { types, scope, refusals })));
    }
  }
  refuseMissing(plan, absent, refusals);
  refuseUnknown(plan, given, refusals);
  refusals.throwIfAny();
  return inputs;
}

interface Choice {
  /** Of every declared input; null for those that have none. */
  readonly chosen: Dict;
  readonly absent: ReadonlySet<string>;
}

function chooseValues(plan: InputPlan, given: Dict, types: DataTypes, options: InputOptions): Choice {
  const chosen = new Map<Key, Value>();
  const absent = new Set<string>();
  for (const [name, schema] of plan.inputs) {
    const value = chosenValue(schema, given.get(name), types, options);
    chosen.set(name, value ?? null);
    if (value === undefined) {
      absent.add(name);
    }
  }
  return { chosen, absent };
}

/** The value before it is judged: given, or of the default, or of the data type's defaults; undefined: none. */
function chosenValue(
  schema: InputSchema,
  given: Value | undefined,
  types: DataTypes,
  options: InputOptions,
): Value | undefined {
  if (given !== undefined) {
    return options.autoCorrectTypes && typeof given === 'string' ? corrected(given, schema.type) : given;
  }
  if (schema.default !== undefined && schema.default !== null) {
    return schema.default;
  }
  if (schema.type === undefined || !types.has(schema.type)) {
    return undefined;
  }
  const { value, faults } = completeValue(NOTHING_GIVEN, schema.type, types, 'all');
  return faults.length === 0 && isDict(value) && value.size > 0 ? value : undefined;
}

/** Text as the type wants it; text that cannot be converted stays, and does not fit. */
function corrected(text: string, type: string | undefined): Value {
  switch (type) {
    case 'integer':
      return pythonInteger(text) ?? text;
    case 'float':
      return pythonFloat(text) ?? text;
    case 'boolean':
      return text === 'true' || (text !== 'false' && text);
    default:
      return text;
  }
}

interface Judging {
  readonly types: DataTypes;
  readonly scope: ValueScope;
  readonly refusals: Refusals;
}

function finalValue(name: string, schema: InputSchema, value: Value, { types, scope, refusals }: Judging): Value {
  const refusal = refusalOf(name, schema, value, scope);
  if (refusal !== undefined) {
    refusals.add(refusal.code === null ? 'constraint' : 'type', name, refusal.code, refusal.message);
    return value;
  }
  const { value: completed, faults } = completeValue(value, schema.type, types, 'all');
  for (const { code, path, message } of faults) {
    const place = [name, ...path].join('.');
    refusals.add(
      'type',
      place,
      code === null ? null : 214,
      `Property type validation failed in input ${place}: ${message}`,
    );
  }
  return completed;
}

function refuseMissing(plan: InputPlan, absent: ReadonlySet<string>, refusals: Refusals): void {
  const missing = [...plan.inputs].filter(([name, schema]) => absent.has(name) && isRequired(schema));
  if (missing.length > 0) {
    const names = pythonRepr(missing.map(([name]) => name));
    refusals.add('missing', null, null, `Required inputs ${names} were not provided`);
  }
}

function refuseUnknown(plan: InputPlan, given: Dict, refusals: Refusals): void {
  for (const key of given.keys()) {
    if (typeof key !== 'string' || !plan.inputs.has(key)) {
      const known = pythonRepr([...plan.inputs.keys()]);
      refusals.add('unknown', null, null, `Unknown input '${keyText(key)}' specified, known inputs: ${known}`);
    }
  }
}

/** What a catalogue will be asked while these inputs are prepared. */
export function lookupsOf(plan: InputPlan, given: Dict, options: InputOptions): LookUp[] {
  const asked: LookUp[] = [];
  const catalogue: ValueCatalogue = {
    holds: (lookUp) => {
      asked.push(lookUp);
      return true;
    },
  };
  try {
    prepareInputs(plan, given, { ...options, catalogue });
  } catch (error) {
    if (!(error instanceof DslError)) {
      throw error;
    }
  }
  return asked;
}
