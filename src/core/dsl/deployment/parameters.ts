import { asCall, holdsCall } from '../functions/call.js';
import type { Constraint, DataTypePlan, InputSchema, InputSchemas } from '../plan.js';
import { PatternWork } from '../regex/pattern-work.js';
import { completeValue, isRequired } from '../schema/completion.js';
import { DataTypes } from '../schema/data-types.js';
import type { LookUp, ValueCatalogue } from '../schema/value-catalogue.js';
import type { ValueScope } from '../schema/value-checks.js';
import { refusalOf } from '../schema/value-checks.js';
import { isPrimitive } from '../schema/value-types.js';
import { pythonRepr } from '../text/python-text.js';
import type { Dict, Key, Value } from '../values.js';
import { isDict, isList, keyText, kindOf } from '../values.js';
import { convert } from './conversion.js';
import { Refusals } from './refused-values.js';

/** What a workflow declares, and the data types of its deployment. */
export interface DeclaredParameters {
  readonly parameters: InputSchemas;
  readonly dataTypes: ReadonlyMap<string, DataTypePlan>;
}

export interface ParameterOptions {
  /** Whether parameters may be given that the workflow does not declare. */
  readonly allowCustom: boolean;
  /** The deployment that the workflow runs on: where things of a deployment are looked up. */
  readonly deployment: string;
  /** Evaluates the functions in a value. */
  readonly evaluate: (value: Value) => Promise<Value>;
  /** Answers look-ups of object-based values; without it all of them fail. */
  readonly lookUp?: (lookUp: LookUp) => Promise<boolean>;
}

/**
 * The parameters with which a workflow is started (dsl.md §12): defaults for absent ones, functions evaluated, values
 * converted to their types and held against constraints.
 * @throws RefusedValues unknown, mistyped, constraint-breaking and missing ones, all of them together
 */
export async function prepareParameters(
  { parameters: schemas, dataTypes }: DeclaredParameters,
  given: Dict,
  options: ParameterOptions,
): Promise<Dict> {
  const refusals = new Refusals('parameters');
  const types = DataTypes.of(dataTypes);
  const parameters = new Map<Key, Value>();
  for (const [name, value] of withDefaults(schemas, given, options.allowCustom, refusals)) {
    const evaluated = isList(value) || isDict(value) ? await options.evaluate(value) : value;
    const schema = typeof name === 'string' ? schemas.get(name) : undefined;
    parameters.set(
      name,
      schema === undefined ? evaluated : converted(keyText(name), schema, evaluated, types, refusals),
    );
  }
  const evaluated = await withArguments(schemas, options.evaluate);
  const answers = await answered(evaluated, parameters, options);
  checkConstraints(evaluated, parameters, options.deployment, answers, refusals);
  refuseMissing(schemas, parameters, refusals);
  refusals.throwIfAny();
  return parameters;
}

/** Given values and defaults; a null default fills, too. */
function withDefaults(schemas: InputSchemas, given: Dict, allowCustom: boolean, refusals: Refusals): Dict {
  const parameters = new Map<Key, Value>();
  for (const [name, schema] of schemas) {
    const value = given.has(name) ? given.get(name) : schema.default;
    if (value !== undefined) {
      parameters.set(name, value);
    }
  }
  for (const [name, value] of given) {
    if (typeof name === 'string' && schemas.has(name)) {
      continue;
    }
    if (allowCustom) {
      parameters.set(name, value);
    } else {
      refusals.add('unknown', keyText(name), null, `Workflow does not have a parameter '${keyText(name)}'`);
    }
  }
  return parameters;
}

function converted(name: string, schema: InputSchema, value: Value, types: DataTypes, refusals: Refusals): Value {
  const { type } = schema;
  if (type === undefined || value === null || asCall(value) !== null) {
    return value;
  }
  const result = isPrimitive(type) ? convert(value, type, schema.item_type) : completed(value, type, types);
  if (result === undefined) {
    const message = `Value of parameter ${name} is a ${kindOf(value)}, which is no ${describe(type, schema.item_type)}`;
    refusals.add('type', name, null, message);
  }
  return result ?? value;
}

function describe(type: string, itemType: string | null | undefined): string {
  return type === 'list' && typeof itemType === 'string' ? `list of '${itemType}'` : `'${type}'`;
}

function completed(value: Value, type: string, types: DataTypes): Value | undefined {
  const { value: result, faults } = completeValue(value, type, types, 'all');
  return faults.length === 0 ? result : undefined;
}

/** The schemas with the functions in arguments of constraints evaluated. */
async function withArguments(schemas: InputSchemas, evaluate: (value: Value) => Promise<Value>): Promise<InputSchemas> {
  const result = new Map<string, InputSchema>();
  for (const [name, schema] of schemas) {
    const constraints: Constraint[] = [];
    for (const constraint of schema.constraints ?? []) {
      constraints.push(holdsCall(constraint) ? await withArgument(constraint, evaluate) : constraint);
    }
    result.set(name, { ...schema, constraints });
  }
  return result;
}

async function withArgument(constraint: Constraint, evaluate: (value: Value) => Promise<Value>): Promise<Constraint> {
  const result = new Map<Key, Value>();
  for (const [operator, argument] of constraint) {
    result.set(operator, await evaluate(argument));
  }
  return result;
}

/** Asks beforehand all that the check of the constraints will ask. */
async function answered(
  schemas: InputSchemas,
  parameters: Dict,
  { deployment, lookUp }: ParameterOptions,
): Promise<ValueCatalogue | undefined> {
  if (lookUp === undefined) {
    return undefined;
  }
  const asked: LookUp[] = [];
  const asking: ValueCatalogue = {
    holds: (question) => {
      asked.push(question);
      return true;
    },
  };
  checkConstraints(schemas, parameters, deployment, asking, new Refusals('parameters'));
  const answers: boolean[] = [];
  for (const question of asked) {
    answers.push(await lookUp(question));
  }
  const known = new Map(asked.map((question, at) => [keyOf(question), answers[at] === true]));
  return { holds: (question) => known.get(keyOf(question)) === true };
}

function keyOf({ type, value, conditions, within }: LookUp): string {
  const place = within === null || within === 'blueprint' ? String(within) : `deployment ${within.deployment}`;
  return pythonRepr([type, value, conditions, place]);
}

function checkConstraints(
  schemas: InputSchemas,
  parameters: Dict,
  deployment: string,
  catalogue: ValueCatalogue | undefined,
  refusals: Refusals,
): void {
  const scope: ValueScope = {
    noun: 'parameter',
    catalogue,
    within: { deployment },
    evaluate: (argument) => argument,
    work: new PatternWork(),
  };
  for (const [name, schema] of schemas) {
    const value = parameters.get(name);
    if (value === undefined || value === null) {
      continue;
    }
    const refusal = refusalOf(name, schema, value, scope);
    if (refusal !== undefined) {
      refusals.add('constraint', name, refusal.code, refusal.message);
    }
  }
}

function refuseMissing(schemas: InputSchemas, parameters: Dict, refusals: Refusals): void {
  const missing = [...schemas].filter(([name, schema]) => !parameters.has(name) && isRequired(schema));
  for (const [name] of missing) {
    refusals.add('missing', name, null, `Workflow parameter '${name}' is required and was not given`);
  }
}
