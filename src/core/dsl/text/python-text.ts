import type { Value } from '../values.js';

/** Python's `str()` of a value: text as it is, all else as `pythonRepr`. */
export function pythonStr(value: Value): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

/** Python's `repr()` of a value: `'x'`, `1.0`, `True`, `None`, `[1, 'x']`, `{'a': 1}` (dsl.md §14.2, `concat`). */
export function pythonRepr(_value: Value): string {
  throw new Error('not yet');
}
