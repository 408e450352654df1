import type { At } from '../diagnostics.js';
import type { Node } from '../yaml/tree.js';
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
  what: 'property' | 'default' | 'input',
  faults: readonly ValueFault[],
): void {
  for (const fault of faults) {
    const path = fault.path.join('.');
    const subject = what === 'property' ? `Property '${path}'` : path === '' ? what : `${what}, '${path}'`;
    reading.report(fault.code, placeOf(at, fault.path), `${capitalized(subject)}: ${fault.message}`);
  }
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function placeOf(at: At, path: readonly string[]): At {
  let place = at;
  for (const key of path) {
    const node: Node | undefined = place.node.kind === 'mapping' ? place.node.entries.get(key)?.value : undefined;
    if (node === undefined) {
      return place;
    }
    place = { node, path: place.path.child(key) };
  }
  return place;
}
