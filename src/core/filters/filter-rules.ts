import { AppError, BadParametersError } from '../errors/app-error.js';
import { labelKey, labelValue } from '../labels/labels.js';
import { printable } from '../listing/query-values.js';
import { assertName } from '../text/names.js';

export const LABEL_OPERATORS = ['any_of', 'not_any_of', 'is_null', 'is_not_null', 'is_not'] as const;
export const ATTRIBUTE_OPERATORS = [
  'any_of',
  'not_any_of',
  'contains',
  'not_contains',
  'starts_with',
  'ends_with',
  'is_not_empty',
] as const;
export type LabelOperator = (typeof LABEL_OPERATORS)[number];
export type AttributeOperator = (typeof ATTRIBUTE_OPERATORS)[number];

/** One condition on a resource, in its stored form; several are AND-ed (rest-api §1.12). */
export type FilterRule =
  | {
      readonly key: string;
      readonly values: readonly string[];
      readonly operator: LabelOperator;
      readonly type: 'label';
    }
  | {
      readonly key: string;
      readonly values: readonly string[];
      readonly operator: AttributeOperator;
      readonly type: 'attribute';
    };

/** What a resource's attributes allow: name → the operators that make sense, or all of them. */
export type FilterAttributes = Readonly<Record<string, readonly AttributeOperator[] | 'all'>>;

const KEYS = ['key', 'operator', 'type', 'values'] as const;
const WITHOUT_VALUES: readonly string[] = ['is_null', 'is_not_null', 'is_not_empty'];
/** Each rule becomes a condition of one statement. */
const MAX_RULES = 100;
const MAX_VALUES = 1_000;

/**
 * Reads filter rules as a request has them: keys in lower case, duplicates dropped (rest-api §1.12).
 * @throws BadParametersError unless it is a list; AppError `invalid_filter_rule` that names the first malformed rule
 */
export function parseFilterRules(raw: unknown, attributes: FilterAttributes): readonly FilterRule[] {
  if (!Array.isArray(raw)) throw new BadParametersError('filter_rules parameter is expected to be of type list');
  if (raw.length > MAX_RULES) throw new BadParametersError(`A filter has at most ${MAX_RULES} rules`);
  const rules = new Map<string, FilterRule>();
  for (const one of raw as readonly unknown[]) {
    const rule = parseRule(one, attributes);
    rules.set(JSON.stringify([rule.type, rule.key, rule.operator, rule.values]), rule);
  }
  return [...rules.values()];
}

function parseRule(raw: unknown, attributes: FilterAttributes): FilterRule {
  const refuse = (reason: string): AppError => malformed(raw, reason);
  if (!isRecord(raw)) throw refuse('A filter rule must be a dictionary');
  const names = Object.keys(raw).toSorted();
  if (names.length !== KEYS.length || KEYS.some((key, index) => names[index] !== key)) {
    throw refuse(`It must have exactly the keys ${KEYS.join(', ')}`);
  }
  const { key, values, operator, type } = raw;
  if (typeof key !== 'string' || key === '') throw refuse('The key must be a text that is not empty');
  if (!isTexts(values) || values.length > MAX_VALUES) {
    throw refuse(`The values must be a list of at most ${MAX_VALUES} texts`);
  }
  switch (type) {
    case 'label':
      return orRefused(refuse, () => labelRule(key, values, operator, refuse));
    case 'attribute':
      return orRefused(refuse, () => attributeRule(key, values, operator, attributes, refuse));
    default:
      throw refuse('The filter rule type must be one of label, attribute');
  }
}

function labelRule(
  rawKey: string,
  rawValues: readonly string[],
  operator: unknown,
  refuse: (reason: string) => AppError,
): FilterRule {
  const known = LABEL_OPERATORS.find((one) => one === operator);
  if (known === undefined) {
    throw refuse(`The operator for filtering by labels must be one of ${LABEL_OPERATORS.join(', ')}`);
  }
  assertCount(known, rawValues, refuse);
  const key = labelKey(rawKey);
  return { key, values: distinct(rawValues.map((value) => labelValue(key, value))), operator: known, type: 'label' };
}

function attributeRule(
  rawKey: string,
  rawValues: readonly string[],
  operator: unknown,
  attributes: FilterAttributes,
  refuse: (reason: string) => AppError,
): FilterRule {
  const key = rawKey.toLowerCase();
  const allowed = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  if (allowed === undefined) {
    throw refuse(`Allowed attributes to filter by are ${Object.keys(attributes).join(', ')}`);
  }
  const operators = allowed === 'all' ? ATTRIBUTE_OPERATORS : allowed;
  const known = operators.find((one) => one === operator);
  if (known === undefined) {
    throw refuse(`The operator for filtering by attributes must be one of ${operators.join(', ')}`);
  }
  const values = rawValues.filter((value) => value !== ''); // an empty text says nothing
  assertCount(known, values, refuse);
  return { key, values: distinct(values.map((value) => assertName(key, value))), operator: known, type: 'attribute' };
}

function assertCount(operator: string, values: readonly string[], refuse: (reason: string) => AppError): void {
  const isEmpty = values.length === 0;
  if (WITHOUT_VALUES.includes(operator)) {
    if (!isEmpty) throw refuse(`Values must be an empty list if the operator is ${operator}`);
  } else if (isEmpty) {
    throw refuse(`Values must include at least one item if the operator is ${operator}`);
  }
}

/** What is wrong with a key or a value is wrong with its rule. */
function orRefused(refuse: (reason: string) => AppError, read: () => FilterRule): FilterRule {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadParametersError) throw refuse(error.message);
    throw error;
  }
}

function malformed(rule: unknown, reason: string): AppError {
  return new AppError(
    'invalid_filter_rule',
    `The filter rule ${printable(JSON.stringify(rule) ?? 'null')} is not in the right format. ${reason}`,
    { extra: { err_filter_rule: rule, err_reason: reason } },
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
