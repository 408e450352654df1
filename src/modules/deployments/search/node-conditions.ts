import { AppError, BadParametersError } from '../../../core/errors/app-error.js';
import { parseConstraints } from '../../../core/filters/constraints.js';
import { parseFilterRules, type FilterRule } from '../../../core/filters/filter-rules.js';
import { isStorable } from '../../../core/text/storable.js';
import {
  constraintConditions,
  ruleConditions,
  type FilterSource,
} from '../../../platform/listing/filter-conditions.js';
import type { Condition } from '../../../platform/listing/list-query.js';

/** What rules and constraints of nodes look at (rest-api §1.12), over the joins of their list. */
export const NODES: FilterSource = {
  attributes: { id: 'all', type: 'all', operation_name: 'all' },
  columns: { id: 'r.id', type: 'r.type' },
  name: 'r.id',
};

export const NODE_TYPES: FilterSource = { ...NODES, name: 'r.type' };

export const NODE_INSTANCES: FilterSource = { attributes: { id: 'all' }, columns: { id: 'r.id' }, name: 'r.id' };

/** One of a node's operations. */
const OPERATION: FilterSource = { attributes: {}, columns: { operation_name: 'o.name' }, name: 'o.name' };

/** Rules that say what must not be; the other way round they say what no operation may be. */
const OPPOSITES = { not_any_of: 'any_of', not_contains: 'contains' } as const;

/** @throws BadParametersError; AppError invalid_filter_rule, also for labels: nodes and node instances have none */
export function nodeRules(source: FilterSource, raw: readonly unknown[]): readonly Condition[] {
  const rules = parseFilterRules(raw, source.attributes);
  const labelled = rules.find(({ type }) => type === 'label');
  if (labelled) {
    throw new AppError('invalid_filter_rule', 'The filter rule is not in the right format. There are no labels here', {
      extra: { err_filter_rule: labelled, err_reason: 'There are no labels here' },
    });
  }
  return rules.flatMap((rule) =>
    rule.key === 'operation_name' ? [ofOperations(rule)] : ruleConditions(source, [rule]),
  );
}

function ofOperations(rule: FilterRule): Condition {
  const { operator } = rule;
  const opposite = operator === 'not_any_of' || operator === 'not_contains' ? OPPOSITES[operator] : null;
  const positive = (opposite === null ? rule : { ...rule, operator: opposite }) as FilterRule;
  return (parameters) =>
    `${opposite === null ? '' : 'NOT '}${withOperation(ruleConditions(OPERATION, [positive]))(parameters)}`;
}

/** Some operation fulfils all of these. */
function withOperation(conditions: readonly Condition[]): Condition {
  return (parameters) =>
    `EXISTS (SELECT FROM json_object_keys(r.operations) AS o (name)
      WHERE ${conditions.map((condition) => condition(parameters)).join(' AND ')})`;
}

/** Constraints of a search in a deployment (rest-api §1.12). */
export interface NodeConstraints {
  readonly deploymentId: string | null;
  readonly blueprintId: string | null;
  readonly conditions: readonly Condition[];
}

/** @param isTypes exact names are those of types, and types derived from them match, too. @throws BadParametersError */
export function nodeConstraints(
  source: FilterSource,
  raw: Readonly<Record<string, unknown>>,
  isTypes = false,
): NodeConstraints {
  const { deployment_id: deploymentId, blueprint_id: blueprintId, operation_name_specs: specs, ...rest } = raw;
  const constraints = parseConstraints(rest);
  if (constraints.labels.length > 0 || constraints.filterId !== null) {
    throw new BadParametersError('The constraints `labels` and `filter_id` have no meaning here');
  }
  const { validValues } = constraints;
  const named = isTypes ? { ...constraints, validValues: null } : constraints;
  return {
    deploymentId: textOf('deployment_id', deploymentId),
    blueprintId: textOf('blueprint_id', blueprintId),
    conditions: [
      ...constraintConditions(source, named),
      ...(isTypes && validValues !== null ? [derivedFrom(validValues)] : []),
      ...(specs === undefined || specs === null ? [] : [withOperation(namesOf(specs))]),
    ],
  };
}

function derivedFrom(types: readonly string[]): Condition {
  return (parameters) => `(r.type_hierarchy && ${parameters.add(types)}::text[])`;
}

function namesOf(specs: unknown): readonly Condition[] {
  return constraintConditions(OPERATION, parseConstraints({ name_pattern: specs }));
}

function textOf(name: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && isStorable(value)) return value;
  throw new BadParametersError(`The constraint ${name} must be a text`);
}
