import { asCall } from '../functions/call.js';
import type { InputSchema } from '../plan.js';
import type { PatternWork } from '../regex/pattern-work.js';
import { pythonStr } from '../text/python-text.js';
import type { Key, Value } from '../values.js';
import { isDict, isList } from '../values.js';
import type { Rule } from './constraints.js';
import { isUnevaluated, judge, rulesOf } from './constraints.js';
import type { LookUp, ValueCatalogue } from './value-catalogue.js';
import type { ObjectType } from './value-types.js';
import { fits, isObjectType } from './value-types.js';

/** What is known where values of inputs and parameters are judged. */
export interface ValueScope {
  readonly noun: 'input' | 'parameter';
  /** Without one every look-up fails. */
  readonly catalogue: ValueCatalogue | undefined;
  /** Where things of a deployment are searched when no constraint says it. */
  readonly within: { readonly deployment: string } | 'blueprint';
  /** The argument of a constraint without functions; undefined: the constraint is not judged now. */
  readonly evaluate: (argument: Value) => Value | undefined;
  /** What matching patterns may cost, all values together. */
  readonly work: PatternWork;
}

/** Why a value is refused: 213 a function that has constraints, 105 an item of the wrong type, null a constraint. */
export interface Refusal {
  readonly code: 105 | 213 | null;
  readonly message: string;
}

/** Characters of a value, and of the message that a blueprint has for it. */
const MAX_SHOWN = 200;
const MAX_MESSAGE = 1_000;

/** Whose values are searched within a deployment. */
const PARTS_OF_DEPLOYMENTS: ReadonlySet<ObjectType> = new Set<ObjectType>([
  'capability_value',
  'scaling_group',
  'node_id',
  'node_type',
  'node_instance',
  'operation_name',
]);
/** Blueprints have none of these, so there is nothing to search without a deployment. */
const ONLY_IN_DEPLOYMENTS: ReadonlySet<ObjectType> = new Set<ObjectType>(['capability_value', 'node_instance']);

/**
 * Judges a value by constraints, `item_type` and look-ups (dsl.md §8.3); its type is judged elsewhere. Undefined when
 * nothing is wrong.
 */
export function refusalOf(name: string, schema: InputSchema, value: Value, scope: ValueScope): Refusal | undefined {
  const check = new ValueCheck(name, rulesOf(schema.constraints), scope);
  if (schema.type !== 'list' || typeof schema.item_type !== 'string') {
    return check.refusal(value, schema.type);
  }
  if (asCall(value) !== null) {
    return check.functionRefusal(value);
  }
  const items = itemsOf(value);
  if (items === undefined) {
    return { code: null, message: `Value ${shown(value)} of ${scope.noun} ${name} is no list` };
  }
  for (const item of items) {
    const refusal = check.refusal(item, schema.item_type) ?? check.misfit(item, schema.item_type);
    if (refusal !== undefined) {
      return refusal;
    }
  }
  return undefined;
}

/** What Python iterates over; a text or dictionary is refused by its type afterwards. */
function itemsOf(value: Value): readonly Value[] | undefined {
  if (typeof value === 'string') {
    return Array.from(value);
  }
  return isList(value) ? value : isDict(value) ? [...value.keys()] : undefined;
}

class ValueCheck {
  /** Those rules that can be judged, functions in them evaluated. */
  private ready: readonly Rule[] | undefined;

  constructor(
    private readonly name: string,
    private readonly rules: readonly Rule[],
    private readonly scope: ValueScope,
  ) {}

  refusal(value: Value, type: string | undefined): Refusal | undefined {
    const refused = this.functionRefusal(value);
    if (refused !== undefined) {
      return refused;
    }
    if (asCall(value) !== null && !isObjectType(type)) {
      return undefined;
    }
    const rules = (this.ready ??= this.rules.map((rule) => this.evaluated(rule)).filter((rule) => rule !== undefined));
    const looksUp = (rule: Rule): boolean => isObjectType(type) && isCondition(rule, type);
    for (const rule of rules) {
      const judgement = looksUp(rule) && !rule.isMalformed ? true : judge(rule, value, this.scope.work);
      if (judgement !== true) {
        return { code: null, message: this.violation(rule, value, judgement === false ? '' : ` (${judgement})`) };
      }
    }
    return isObjectType(type) ? this.lookUp(type, value, rules.filter(looksUp)) : undefined;
  }

  /** 213: what a function will give cannot be held against constraints. */
  functionRefusal(value: Value): Refusal | undefined {
    if (this.rules.length === 0 || asCall(value) === null) {
      return undefined;
    }
    const message = `Value of ${this.scope.noun} ${this.name} cannot be a function, since it has constraints`;
    return { code: 213, message };
  }

  misfit(item: Value, type: string): Refusal | undefined {
    if (fits(item, type)) {
      return undefined;
    }
    const { noun } = this.scope;
    return { code: 105, message: `Item ${shown(item)} of ${noun} ${this.name} is not of the type '${type}'` };
  }

  private evaluated(rule: Rule): Rule | undefined {
    if (!isUnevaluated(rule)) {
      return rule;
    }
    const argument = this.scope.evaluate(rule.argument);
    return argument === undefined ? undefined : { ...rule, argument };
  }

  private violation(rule: Rule, value: Value, reason: string): string {
    const beginning = `Value ${shown(value)} of ${this.scope.noun} ${this.name}`;
    return rule.message === null
      ? `${beginning} violates constraint ${rule.operator}(${shown(rule.argument)}) operator.${reason}`
      : `${beginning} is invalid. ${shown(rule.message, MAX_MESSAGE)}`;
  }

  private lookUp(type: ObjectType, value: Value, rules: readonly Rule[]): Refusal | undefined {
    const within = this.within(type, rules);
    const refused = { code: null, message: `Value ${shown(value)} of ${this.scope.noun} ${this.name} is no ${type}` };
    if (within === undefined) {
      return { ...refused, message: `${refused.message}: a constraint deployment_id must say of what deployment` };
    }
    if (typeof value !== 'string') {
      return refused;
    }
    const conditions = new Map<Key, Value>();
    for (const { operator, argument } of rules) {
      if (operator !== 'deployment_id') {
        conditions.set(operator, argument);
      }
    }
    return this.scope.catalogue?.holds({ type, value, conditions, within }) === true ? undefined : refused;
  }

  private within(type: ObjectType, rules: readonly Rule[]): LookUp['within'] | undefined {
    if (!PARTS_OF_DEPLOYMENTS.has(type)) {
      return null;
    }
    const named = rules.find(({ operator }) => operator === 'deployment_id')?.argument;
    if (typeof named === 'string') {
      return { deployment: named };
    }
    const { within } = this.scope;
    return within === 'blueprint' && ONLY_IN_DEPLOYMENTS.has(type) ? undefined : within;
  }
}

/** Whether the constraint belongs to the look-up of a type, rather than to the value alone. */
function isCondition(rule: Rule, type: ObjectType): boolean {
  return rule.needsLookUp || (rule.operator === 'valid_values' && PARTS_OF_DEPLOYMENTS.has(type));
}

function shown(value: Value, most = MAX_SHOWN): string {
  const text = pythonStr(value);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
