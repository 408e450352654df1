import type { Json } from '../../../core/graph/task.js';

export type MutableJson = null | boolean | number | string | MutableJson[] | { [key: string]: MutableJson };
export interface JsonMap {
  [key: string]: MutableJson;
}

/** A path names nothing, or cannot be made. Wrappers look for `illegal path` in the text (script-plugin §4). */
class IllegalPathError extends Error {
  constructor(path: string) {
    super(`illegal path: ${path}`);
    this.name = 'RuntimeError';
  }
}

export function isJsonMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws IllegalPathError */
export function readPath(root: Json, path: string): Json {
  let current: Json | undefined = root;
  for (const step of stepsOf(path)) {
    current = own(current, step);
    if (current === undefined) throw new IllegalPathError(path);
  }
  return current;
}

/** Sets a value in place; maps in between are made. @throws IllegalPathError */
export function writePath(root: JsonMap, path: string, value: MutableJson): void {
  const steps = stepsOf(path);
  const last = steps.pop();
  if (last === undefined) throw new IllegalPathError(path);
  let current: MutableJson = root;
  for (const step of steps) {
    const next: MutableJson | undefined = own(current, step) as MutableJson | undefined;
    if (next !== undefined) {
      current = next;
      continue;
    }
    const made: MutableJson = {};
    put(current, step, made, path);
    current = made;
  }
  put(current, last, value, path);
}

function put(container: MutableJson, step: string | number, value: MutableJson, path: string): void {
  if (Array.isArray(container) && typeof step === 'number' && step <= container.length) {
    container[step] = value;
  } else if (isJsonMap(container) && typeof step === 'string') {
    // `__proto__` is a key like any other.
    Object.defineProperty(container, step, { value, writable: true, enumerable: true, configurable: true });
  } else {
    throw new IllegalPathError(path);
  }
}

function own(container: Json | undefined, step: string | number): Json | undefined {
  if (typeof step === 'number') return Array.isArray(container) ? (container as readonly Json[])[step] : undefined;
  if (!isJsonMap(container) || !Object.hasOwn(container, step)) return undefined;
  return container[step];
}

/** `a.b[3].c`: dots, and indexes of lists. */
function stepsOf(path: string): (string | number)[] {
  return path.split('.').flatMap((segment) => {
    const match = /^(.*?)((?:\[\d+\])+)$/.exec(segment);
    if (match === null) return [segment];
    const [, name = '', indexes = ''] = match;
    return [...(name === '' ? [] : [name]), ...indexes.slice(1, -1).split('][').map(Number)];
  });
}
