import type { Json } from '../../../core/graph/task.js';
import { isJsonMap, readPath, writePath, type JsonMap, type MutableJson } from './json-path.js';
import { pythonText } from './python-text.js';

type Awaitable<T> = T | Promise<T>;

/** Something with attributes; names are as Python has them, with `_`. */
export interface CtxObject {
  readonly kind: 'object';
  readonly name: string;
  readonly attributes: ReadonlyMap<string, () => Awaitable<CtxNode>>;
}
/** A map of values, read and perhaps written by paths. */
export interface CtxMap {
  readonly kind: 'map';
  readonly map: JsonMap;
  readonly isWritable: boolean;
}
/** Parameters that may also be given as keywords. */
export interface CtxCall {
  readonly kind: 'call';
  readonly parameters: readonly string[];
  readonly required: number;
  readonly call: (args: readonly MutableJson[]) => Awaitable<Json>;
}
interface CtxValue {
  readonly kind: 'value';
  readonly value: Json;
}
/** A list of objects: described as a whole, or one of them by its index. */
interface CtxList {
  readonly kind: 'list';
  readonly described: Json;
  readonly item: (at: number) => Awaitable<CtxNode>;
}
export type CtxNode = CtxObject | CtxMap | CtxCall | CtxValue | CtxList;

export function object(name: string, attributes: Readonly<Record<string, () => Awaitable<CtxNode>>>): CtxObject {
  return { kind: 'object', name, attributes: new Map(Object.entries(attributes)) };
}

export function value(json: Json): CtxNode {
  return { kind: 'value', value: json };
}

export function readOnly(map: Readonly<Record<string, Json>>): CtxMap {
  return { kind: 'map', map: map as JsonMap, isWritable: false };
}

export function call(
  parameters: readonly string[],
  required: number,
  run: (args: readonly MutableJson[]) => Awaitable<Json>,
): CtxCall {
  return { kind: 'call', parameters, required, call: run };
}

/**
 * Walks from `root` along the words of a request (script-plugin §4). Keys win over the methods that a map has in Python.
 * @throws Error with the text for the script
 */
export async function resolve(root: CtxNode, args: readonly MutableJson[]): Promise<Json> {
  let current = root;
  for (const [index, arg] of args.entries()) {
    const rest = args.slice(index);
    if (current.kind === 'map') return reachInto(current, rest);
    if (current.kind === 'call') return invoke(current, rest);
    const next = await step(current, arg);
    if (next === null) throw new Error(`${textOf(arg)} cannot be processed in ${pythonText([...args])}`);
    current = next;
  }
  if (current.kind === 'call') return invoke(current, []);
  if (current.kind === 'map') return current.map;
  if (current.kind === 'value') return current.value;
  if (current.kind === 'list') return current.described;
  throw new Error(`${current.name} is not JSON serializable: ask for something of it`);
}

async function step(current: CtxObject | CtxValue | CtxList, arg: MutableJson): Promise<CtxNode | null> {
  if (current.kind === 'object') {
    if (typeof arg !== 'string') return null;
    const attribute = current.attributes.get(arg) ?? current.attributes.get(arg.replaceAll('-', '_'));
    return attribute === undefined ? null : attribute();
  }
  if (current.kind === 'list' && /^\d+$/.test(textOf(arg))) return current.item(Number(arg));
  return null;
}

function reachInto(target: CtxMap, args: readonly MutableJson[]): Json {
  const [path, given] = args;
  if (typeof path !== 'string' || args.length > 2) {
    throw new Error(`illegal argument while accessing a map: ${pythonText([...args])}`);
  }
  if (given === undefined) return readPath(target.map, path);
  if (!target.isWritable) throw new Error('cannot override read only properties');
  writePath(target.map, path, given);
  return null;
}

async function invoke(target: CtxCall, args: readonly MutableJson[]): Promise<Json> {
  const last = args.at(-1);
  const positional = [...args];
  if (isJsonMap(last) && Object.keys(last).length > 0 && isKeywords(target, last, args.length - 1)) {
    positional.pop();
    target.parameters.forEach((name, at) => {
      if (Object.hasOwn(last, name)) positional[at] = last[name] ?? null;
    });
    for (let at = 0; at < positional.length; at += 1) positional[at] ??= null;
  }
  if (positional.length < target.required || positional.length > target.parameters.length) {
    const range = target.parameters.map((name, at) => (at < target.required ? name : `[${name}]`)).join(' ');
    throw new Error(`takes the arguments ${range === '' ? '(none)' : range}, but ${positional.length} were given`);
  }
  return target.call(positional);
}

/** A map may be a value as well; it holds keywords where all its keys are parameters that are not given otherwise. */
function isKeywords(target: CtxCall, map: JsonMap, given: number): boolean {
  return Object.keys(map).every((key) => target.parameters.indexOf(key) >= given);
}

function textOf(arg: MutableJson): string {
  return typeof arg === 'string' ? arg : pythonText(arg);
}
