import type { ResolvedOperation } from '../../../core/dsl/plan.js';
import { readJson } from '../../../core/dsl/json-values.js';
import { isDict, isInteger, numberOf, type Dict, type Value } from '../../../core/dsl/values.js';

/** A stored operation (plan.md §1.3), from its JSON text. */
export function readOperation(text: string): ResolvedOperation {
  const stored = readJson(text);
  const fields: Dict = isDict(stored) ? stored : new Map();
  const inputs = fields.get('inputs');
  const types = fields.get('inputs_types');
  return {
    plugin: textOf(fields.get('plugin')),
    operation: textOf(fields.get('operation')),
    executor: textOrNull(fields.get('executor')),
    inputs: isDict(inputs) ? inputs : new Map(),
    has_intrinsic_functions: fields.get('has_intrinsic_functions') === true,
    max_retries: integerOrNull(fields.get('max_retries')),
    retry_interval: fields.get('retry_interval') ?? null,
    timeout: fields.get('timeout') ?? null,
    timeout_recoverable: booleanOrNull(fields.get('timeout_recoverable')),
    ...(isDict(types) ? { inputs_types: types } : {}),
  };
}

/** Operations of a graph, which were read without inputs. */
export function graphOperations(
  stored: Readonly<Record<string, unknown>> | null,
): ReadonlyMap<string, ResolvedOperation> {
  return new Map(
    Object.entries(stored ?? {}).map(([name, raw]) => {
      const operation = raw as Omit<ResolvedOperation, 'inputs'>;
      return [name, { ...operation, inputs: NO_INPUTS }] as const;
    }),
  );
}

const NO_INPUTS: Dict = new Map();

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

function textOrNull(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function integerOrNull(value: Value | undefined): number | null {
  return isInteger(value) ? numberOf(value) : null;
}

function booleanOrNull(value: Value | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null;
}
