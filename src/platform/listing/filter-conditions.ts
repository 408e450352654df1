import type { SearchConstraints, NamePattern } from '../../core/filters/constraints.js';
import type {
  AttributeOperator,
  FilterAttributes,
  FilterRule,
  LabelOperator,
} from '../../core/filters/filter-rules.js';
import type { Condition, Parameters } from './list-query.js';

/** What of a resource filter rules and constraints may look at; all SQL is over the list's own aliases. */
export interface FilterSource {
  readonly attributes: FilterAttributes;
  /** Attribute → expression. */
  readonly columns: Readonly<Record<string, string>>;
  /** The labels `l` of a row `r`: `blueprint_label l WHERE l.blueprint_id = r.storage_id`; absent where there are none. */
  readonly labels?: string;
  /** What `valid_values` and `name_pattern` look at. */
  readonly name: string;
}

/** Rules as conditions, all of which must hold (rest-api §1.12). */
export function ruleConditions(source: FilterSource, rules: readonly FilterRule[]): readonly Condition[] {
  return rules.map(
    (rule): Condition =>
      (parameters) =>
        rule.type === 'label'
          ? labelCondition(source, rule.key, rule.operator, rule.values, parameters)
          : attributeCondition(columnOf(source, rule.key), rule.operator, rule.values, parameters),
  );
}

/** The constraints of a search, but for `filter_id`: the rules of that filter come on top. */
export function constraintConditions(source: FilterSource, constraints: SearchConstraints): readonly Condition[] {
  const { labels, tenants, validValues, namePattern } = constraints;
  return [
    ...labels.map(
      ({ key, value }): Condition =>
        (parameters) =>
          labelCondition(source, key, 'any_of', [value], parameters),
    ),
    ...(tenants === null ? [] : [anyOf('t.name', tenants)]),
    ...(validValues === null ? [] : [anyOf(source.name, validValues)]),
    ...[...namePattern].map(
      ([operator, text]): Condition =>
        (parameters) =>
          PATTERNS[operator](source.name, parameters.add(text)),
    ),
  ];
}

const anyOf =
  (sql: string, values: readonly string[]): Condition =>
  (parameters) =>
    `${sql} = ANY (${parameters.add(values)}::text[])`;

/** Names are compared as they are written. */
const PATTERNS: Readonly<Record<NamePattern, (sql: string, text: string) => string>> = {
  contains: (sql, text) => `position(${text}::text IN ${sql}) > 0`,
  starts_with: (sql, text) => `starts_with(${sql}, ${text}::text)`,
  ends_with: (sql, text) => `right(${sql}, char_length(${text}::text)) = ${text}::text`,
  equals_to: (sql, text) => `${sql} = ${text}::text`,
};

function labelCondition(
  source: FilterSource,
  key: string,
  operator: LabelOperator,
  values: readonly string[],
  parameters: Parameters,
): string {
  if (source.labels === undefined) throw new Error('This resource has no labels.');
  const withKey = `SELECT FROM ${source.labels} AND l.key = ${parameters.add(key)}`;
  const among = (): string => `l.value = ANY (${parameters.add(values)}::text[])`;
  switch (operator) {
    case 'any_of':
      return `EXISTS (${withKey} AND ${among()})`;
    case 'not_any_of':
      return `EXISTS (${withKey} AND NOT ${among()})`;
    case 'is_not':
      return `NOT EXISTS (${withKey} AND ${among()})`;
    case 'is_null':
      return `NOT EXISTS (${withKey})`;
    case 'is_not_null':
      return `EXISTS (${withKey})`;
  }
}

function attributeCondition(
  sql: string,
  operator: AttributeOperator,
  values: readonly string[],
  parameters: Parameters,
): string {
  const some = (holds: (value: string) => string): string =>
    `EXISTS (SELECT FROM unnest(${parameters.add(values)}::text[]) AS v (value) WHERE ${holds('v.value')})`;
  switch (operator) {
    case 'any_of':
      return `${sql} = ANY (${parameters.add(values)}::text[])`;
    case 'not_any_of':
      return `(${sql} = ANY (${parameters.add(values)}::text[])) IS NOT TRUE`;
    case 'contains':
      return some((value) => `position(${value} IN ${sql}) > 0`);
    case 'not_contains':
      return `NOT ${some((value) => `position(${value} IN ${sql}) > 0`)}`;
    case 'starts_with':
      return some((value) => `starts_with(lower(${sql}), lower(${value}))`);
    case 'ends_with':
      return some((value) => `right(lower(${sql}), char_length(${value})) = lower(${value})`);
    case 'is_not_empty':
      return `COALESCE(${sql}, '') <> ''`;
  }
}

function columnOf(source: FilterSource, key: string): string {
  const column = Object.hasOwn(source.columns, key) ? source.columns[key] : undefined;
  if (column === undefined) throw new Error(`The attribute ${key} has no column.`);
  return column;
}
