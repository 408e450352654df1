import type { At } from '../diagnostics.js';
import type { OutputDefinition } from '../plan.js';
import type { Value } from '../values.js';
import { Bytes, DateValue } from '../values.js';
import { valueOf } from '../yaml/tree.js';
import type { Fields, Reading } from './reading.js';
import { entriesOf, fieldsOf, isAbsent, mistyped } from './reading.js';

/** The section `outputs` or `capabilities` (dsl.md §13). A null entry is kept without a value. */
export function readOutputs(
  reading: Reading,
  sections: Fields,
  section: 'outputs' | 'capabilities',
): ReadonlyMap<string, OutputDefinition> {
  const outputs = new Map<string, OutputDefinition>();
  for (const [name, at] of entriesOf(reading, sections.get(section))) {
    outputs.set(name, isAbsent(at) ? {} : outputAt(reading, at));
  }
  return outputs;
}

function outputAt(reading: Reading, at: At): OutputDefinition {
  const fields = fieldsOf(reading, at, ['description', 'value'], ['value']);
  const description = fields?.text('description');
  const value = fields?.get('value');
  return {
    ...(value === undefined ? {} : { value: plainValueAt(reading, value) ?? null }),
    ...(description === undefined ? {} : { description }),
  };
}

/** A value that stands directly in a structure: dates and bytes are none (dsl.md §2), error 1. */
export function plainValueAt(reading: Reading, at: At): Value | undefined {
  const value = valueOf(at.node);
  if (value instanceof DateValue || value instanceof Bytes) {
    mistyped(reading, at, 'string, list, dict, integer, float or boolean');
    return undefined;
  }
  return value;
}
