import type { At } from '../diagnostics.js';
import { asCall, holdsCall } from '../functions/call.js';
import type { Constraint } from '../plan.js';
import { PatternUnusableError } from '../regex/translate.js';
import type { PatternWork } from '../regex/pattern-work.js';
import { PythonPattern, compilesInPython } from '../regex/python-pattern.js';
import type { Dict, Value } from '../values.js';
import { isDict, isList, isNumeric } from '../values.js';
import { compare, identityOf, lengthOf } from './comparison.js';
import type { Reading } from './reading.js';
import { dictOf, isAbsent, itemsOf, listAt, mappingAt } from './reading.js';

/** What kind of argument an operator takes (dsl.md §8.3). */
const ARGUMENTS = {
  number: isNumeric,
  range: (argument: Value) => isList(argument) && argument.length === 2 && argument.every((one) => isNumeric(one)),
  list: isList,
  dict: isDict,
  text: (argument: Value) => typeof argument === 'string',
  pattern: (argument: Value) => typeof argument === 'string' && compilesInPython(argument),
} satisfies Readonly<Record<string, (argument: Value) => boolean>>;

/** Whether a value meets an argument of the right kind; a text says why that cannot be told. */
type Judgement = (value: Value, argument: Value, work: PatternWork) => boolean | string;

interface Operator {
  readonly argument: keyof typeof ARGUMENTS;
  /** Null: only a look-up can tell. */
  readonly judge: Judgement | null;
}

const OPERATORS: ReadonlyMap<unknown, Operator> = new Map<unknown, Operator>([
  ['equal', { argument: 'number', judge: (value, argument) => compare(value, argument) === 0 }],
  ['greater_than', { argument: 'number', judge: ordered((sign) => sign > 0) }],
  ['greater_or_equal', { argument: 'number', judge: ordered((sign) => sign >= 0) }],
  ['less_than', { argument: 'number', judge: ordered((sign) => sign < 0) }],
  ['less_or_equal', { argument: 'number', judge: ordered((sign) => sign <= 0) }],
  ['in_range', { argument: 'range', judge: isInRange }],
  ['valid_values', { argument: 'list', judge: isAmong }],
  ['length', { argument: 'number', judge: measured((sign) => sign === 0) }],
  ['min_length', { argument: 'number', judge: measured((sign) => sign >= 0) }],
  ['max_length', { argument: 'number', judge: measured((sign) => sign <= 0) }],
  ['pattern', { argument: 'pattern', judge: matches }],
  ['filter_id', { argument: 'text', judge: null }],
  ['labels', { argument: 'list', judge: null }],
  ['tenants', { argument: 'list', judge: null }],
  ['name_pattern', { argument: 'dict', judge: null }],
  ['deployment_id', { argument: 'text', judge: null }],
]);

const ERROR_MESSAGE = 'error_message';

/**
 * Reads `constraints` (dsl.md §8.3): 1, 102, 103, 212.
 * @param withMessages whether a second key may stand beside the operator (since 1_5); not in parameters of workflows
 */
export function readConstraints(reading: Reading, at: At, withMessages: boolean): readonly Constraint[] {
  const list = listAt(reading, at);
  const constraints: Constraint[] = [];
  for (const item of list === undefined ? [] : itemsOf(list)) {
    const constraint = readConstraint(reading, item, withMessages);
    if (constraint !== undefined) {
      constraints.push(constraint);
    }
  }
  return constraints;
}

function readConstraint(reading: Reading, at: At, withMessages: boolean): Constraint | undefined {
  const mapping = isAbsent(at) ? undefined : mappingAt(reading, at);
  if (mapping === undefined && !isAbsent(at)) {
    return undefined;
  }
  const constraint = mapping === undefined ? undefined : dictOf(mapping);
  const [name, argument] = operatorOf(constraint);
  const operator = OPERATORS.get(name);
  if (constraint === undefined || operator === undefined || (constraint.size > 1 && !withMessages)) {
    const operators = [...OPERATORS.keys()].join(', ');
    reading.report(103, at, `A constraint has one operator, one of: ${operators}`);
    return undefined;
  }
  if (constraint.size > 1) {
    reading.gate(`constraint with '${ERROR_MESSAGE}'`, 'cloudify_dsl_1_5', at);
  }
  if (asCall(argument) === null && !ARGUMENTS[operator.argument](argument)) {
    reading.report(212, at, `Invalid argument of constraint operator '${String(name)}'`);
    return undefined;
  }
  return constraint;
}

function operatorOf(constraint: Constraint | undefined): readonly [name: unknown, argument: Value] {
  for (const [key, argument] of constraint ?? []) {
    if (key !== ERROR_MESSAGE) {
      return [key, argument];
    }
  }
  return [undefined, null];
}

/** A constraint of a schema, ready to judge values. */
export interface Rule {
  readonly operator: string;
  readonly argument: Value;
  /** What to say instead of the usual message; null where nothing was written. */
  readonly message: Value;
  /** Whether only a look-up can tell. */
  readonly needsLookUp: boolean;
  /** A second key that is no `error_message`: the original takes it when it parses, and fails when it judges. */
  readonly isMalformed: boolean;
}

export function rulesOf(constraints: readonly Constraint[] | null | undefined): readonly Rule[] {
  return (constraints ?? []).map((constraint) => {
    const [name, argument] = operatorOf(constraint);
    return {
      operator: String(name),
      argument,
      message: constraint.get(ERROR_MESSAGE) ?? null,
      needsLookUp: OPERATORS.get(name)?.judge === null,
      isMalformed: constraint.size > 1 && !(constraint.size === 2 && constraint.has(ERROR_MESSAGE)),
    };
  });
}

/** Whether functions stand in the argument, so that it must be evaluated before anything can be judged. */
export function isUnevaluated(rule: Rule): boolean {
  return holdsCall(rule.argument);
}

/** The constraint without the message that is for people. */
export function withoutMessage(constraint: Constraint): Constraint {
  if (!constraint.has(ERROR_MESSAGE)) {
    return constraint;
  }
  const bare = new Map<Parameters<Dict['get']>[0], Value>(constraint);
  bare.delete(ERROR_MESSAGE);
  return bare;
}

/** Whether the value meets the rule; a text says why that cannot be told, which is as bad as a violation. */
export function judge(rule: Rule, value: Value, work: PatternWork): boolean | string {
  const operator = OPERATORS.get(rule.operator);
  if (operator === undefined || rule.isMalformed) {
    return 'the constraint is malformed';
  }
  if (!ARGUMENTS[operator.argument](rule.argument)) {
    return 'its argument is of the wrong kind';
  }
  return operator.judge === null
    ? 'the operator is for values that are looked up'
    : operator.judge(value, rule.argument, work);
}

function ordered(holds: (sign: number) => boolean): Judgement {
  return (value, argument) => {
    const sign = compare(value, argument);
    return sign === undefined ? 'the value is no number' : holds(sign);
  };
}

function isInRange(value: Value, argument: Value): boolean | string {
  const [low, high] = isList(argument) ? argument.map((bound) => compare(value, bound)) : [];
  return low === undefined || high === undefined ? 'the value is no number' : low >= 0 && high <= 0;
}

/** Lists of valid values by what they hold, so that many values are soon looked for. */
const validValues = new WeakMap<readonly Value[], ReadonlySet<string | undefined>>();

function isAmong(value: Value, argument: Value): boolean {
  const list = isList(argument) ? argument : [];
  let valid = validValues.get(list);
  if (valid === undefined) {
    validValues.set(list, (valid = new Set(list.map(identityOf))));
  }
  const identity = identityOf(value);
  return identity !== undefined && valid.has(identity);
}

function measured(holds: (sign: number) => boolean): Judgement {
  return (value, argument) => {
    const length = lengthOf(value);
    return length === undefined ? 'the value has no length' : holds(compare(length, argument) ?? NaN);
  };
}

function matches(value: Value, argument: Value, work: PatternWork): boolean | string {
  if (typeof value !== 'string' || typeof argument !== 'string') {
    return 'the value is no text';
  }
  try {
    return PythonPattern.of(argument).matchesStart(value, work);
  } catch (error) {
    if (error instanceof PatternUnusableError) {
      return error.message;
    }
    throw error;
  }
}
