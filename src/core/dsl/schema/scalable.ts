import type { At } from '../diagnostics.js';
import { asCall } from '../functions/call.js';
import type { ScalableProperties } from '../plan.js';
import type { Value } from '../values.js';
import { isDict, isInteger } from '../values.js';
import { valueOf } from '../yaml/tree.js';
import type { Fields, Reading } from './reading.js';
import { fieldsOf, isAbsent, mistyped } from './reading.js';

/** What `max_instances` is when there is no limit; also written `UNBOUNDED`. */
const UNBOUNDED = -1;

const DEFAULTS = { min_instances: 0, max_instances: UNBOUNDED, default_instances: 1 } as const;
type Name = keyof typeof DEFAULTS;
const NAMES = Object.keys(DEFAULTS) as readonly Name[];

/** What most nodes have: one instance, no limits. */
const ONE: ScalableProperties = completed(0, UNBOUNDED, 1);

/**
 * The instance numbers of a node's `capabilities.scalable` or of a scaling policy, completed: 207, 208, 210
 * (dsl.md §10). With `deploy` (the old `instances.deploy`) the default, current and planned numbers are that.
 */
export function readScalable(reading: Reading, properties: At | undefined, deploy?: number): ScalableProperties {
  if (isAbsent(properties)) {
    return deploy === undefined ? ONE : completed(0, UNBOUNDED, deploy);
  }
  const fields = fieldsOf(reading, properties, NAMES);
  if (fields === undefined) {
    return ONE;
  }
  const min = numberAt(reading, fields, 'min_instances');
  const max = numberAt(reading, fields, 'max_instances');
  const given = numberAt(reading, fields, 'default_instances');
  if (min !== undefined && max !== undefined && given !== undefined) {
    checkOrder(reading, properties, min, max, deploy ?? given);
  }
  return completed(
    min ?? DEFAULTS.min_instances,
    max ?? DEFAULTS.max_instances,
    deploy ?? given ?? DEFAULTS.default_instances,
  );
}

/** A number, a function, or the default; undefined when what is written is refused. */
function numberAt(reading: Reading, fields: Fields, name: Name): Value | undefined {
  const at = fields.get(name);
  if (at === undefined) {
    return DEFAULTS[name];
  }
  const value = valueOf(at.node);
  if (isDict(value)) {
    if (asCall(value) !== null) {
      return value;
    }
    reading.report(210, at, `'${name}' must be a number or a function, a mapping that is no function is neither`);
  } else if (typeof value === 'string') {
    if (name === 'max_instances' && value === 'UNBOUNDED') {
      return UNBOUNDED;
    }
    const allowed = name === 'max_instances' ? "a number, or 'UNBOUNDED'" : 'a number';
    reading.report(208, at, `'${name}' must be ${allowed}, found '${value}'`);
  } else if (typeof value === 'boolean') {
    return booleanNumber(reading, at, name, value);
  } else if (!isInteger(value)) {
    mistyped(reading, at, 'integer');
  } else if (value < (name === 'max_instances' ? 1 : 0) && !(name === 'max_instances' && Number(value) === UNBOUNDED)) {
    const least = name === 'max_instances' ? '1, or -1 for no limit' : '0';
    reading.report(207, at, `'${name}' must be at least ${least}, found ${String(value)}`);
  } else {
    return value;
  }
  return undefined;
}

/** What `Fields.integer` says of booleans. */
function booleanNumber(reading: Reading, at: At, name: Name, value: boolean): Value | undefined {
  if (name !== 'max_instances' || value) {
    return value;
  }
  reading.report(207, at, `'${name}' must be at least 1, or -1 for no limit, found ${String(value)}`);
  return undefined;
}

/** min ≤ default ≤ max, as far as they are known already. */
function checkOrder(reading: Reading, at: At, min: Value, max: Value, given: Value): void {
  const limit = isInteger(max) && Number(max) === UNBOUNDED ? undefined : max;
  const pairs: readonly (readonly [string, Value, string, Value | undefined])[] = [
    ['min_instances', min, 'default_instances', given],
    ['default_instances', given, 'max_instances', limit],
    ['min_instances', min, 'max_instances', limit],
  ];
  for (const [lesser, low, greater, high] of pairs) {
    if (isCount(low) && isCount(high) && low > high) {
      reading.report(207, at, `'${lesser}' (${String(low)}) is greater than '${greater}' (${String(high)})`);
      return;
    }
  }
}

function isCount(value: Value | undefined): value is number | bigint | boolean {
  return isInteger(value) || typeof value === 'boolean';
}

function completed(min: Value, max: Value, given: Value): ScalableProperties {
  return {
    min_instances: min,
    max_instances: max,
    default_instances: given,
    current_instances: given,
    planned_instances: given,
  };
}
