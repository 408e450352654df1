import type { At } from '../diagnostics.js';
import type { ValueFault } from './completion.js';
import type { Reading } from './reading.js';

/**
 * Reports what is wrong in a value that was written at `at`, each fault at its own place if it was written there, at
 * the nearest enclosing mapping if it came from a default or is missing.
 * @param what `property` when the value is a mapping of properties, so that paths begin with the name of one
 */
export function reportFaults(
  reading: Reading,
  at: At,
  what: 'property' | 'default',
  faults: readonly ValueFault[],
): void {
  for (const fault of faults) {
    const path = fault.path.join('.');
    const subject = what === 'property' ? `Property '${path}'` : path === '' ? 'Default' : `Default, '${path}'`;
    reading.report(fault.code, placeOf(at, fault), `${subject}: ${fault.message}`);
  }
}

function placeOf(at: At, { code, path }: ValueFault): At {
  let place = at;
  for (const [index, key] of path.entries()) {
    const entry = place.node.kind === 'mapping' ? place.node.entries.get(key) : undefined;
    if (entry === undefined) {
      return place;
    }
    // What should not be there at all is shown by its name.
    const isKey = code === 106 && index === path.length - 1;
    place = { node: isKey ? entry.key : entry.value, path: place.path.child(key) };
  }
  return place;
}
