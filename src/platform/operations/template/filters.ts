import type { Json } from '../../../core/graph/task.js';
import { isJsonMap } from '../ctx/json-path.js';
import { pythonText } from '../ctx/python-text.js';

/** Null prototype: names of templates reach what is here, and nothing else. */
type Table<T> = ReadonlyMap<string, T>;
export type Value = Json | undefined;
type Filter = (value: Value, args: readonly Value[]) => Value;

export function textOf(value: Value): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : pythonText(value);
}

export function truthOf(value: Value): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** What a loop goes over: items, the keys of a map, the characters of a text. Null is nothing of the kind. */
export function itemsOf(value: Value): readonly Json[] | null {
  if (Array.isArray(value)) return value as readonly Json[];
  if (isJsonMap(value)) return Object.keys(value);
  return typeof value === 'string' ? Array.from(value) : null;
}

export function compare(left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const [a, b] = [textOf(left), textOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

export function isEqual(left: Value, right: Value): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

const fallback: Filter = (value, [other = '', alsoFalse]) =>
  value === undefined || (truthOf(alsoFalse) && !truthOf(value)) ? other : value;
const length: Filter = (value) => (isJsonMap(value) ? Object.keys(value).length : (itemsOf(value) ?? []).length);
const json: Filter = (value) => JSON.stringify(value ?? null);
const sorted = (value: Value): Json[] => [...(itemsOf(value) ?? [])].toSorted(compare);
const numberOf = (value: Value): number => (typeof value === 'number' ? value : Number.parseFloat(textOf(value)));

export const FILTERS: Table<Filter> = new Map<string, Filter>([
  ['default', fallback],
  ['d', fallback],
  ['upper', (value) => textOf(value).toUpperCase()],
  ['lower', (value) => textOf(value).toLowerCase()],
  ['capitalize', (value) => textOf(value).slice(0, 1).toUpperCase() + textOf(value).slice(1).toLowerCase()],
  [
    'title',
    (value) =>
      textOf(value)
        .toLowerCase()
        .replaceAll(/(?<![a-z0-9'])[a-z]/g, (first) => first.toUpperCase()),
  ],
  ['trim', (value) => textOf(value).trim()],
  ['length', length],
  ['count', length],
  ['join', (value, [between]) => (itemsOf(value) ?? []).map(textOf).join(textOf(between))],
  ['replace', (value, [from, to]) => textOf(value).replaceAll(textOf(from), () => textOf(to))],
  ['int', (value, [other = 0]) => (Number.isNaN(numberOf(value)) ? other : Math.trunc(numberOf(value)))],
  ['float', (value, [other = 0]) => (Number.isNaN(numberOf(value)) ? other : numberOf(value))],
  ['string', textOf],
  ['list', (value) => [...(itemsOf(value) ?? [])]],
  ['first', (value) => itemsOf(value)?.[0]],
  ['last', (value) => itemsOf(value)?.at(-1)],
  ['sort', sorted],
  [
    'reverse',
    (value) =>
      typeof value === 'string' ? Array.from(value).toReversed().join('') : [...(itemsOf(value) ?? [])].toReversed(),
  ],
  [
    'unique',
    (value) => (itemsOf(value) ?? []).filter((item, at, all) => all.findIndex((other) => isEqual(item, other)) === at),
  ],
  ['min', (value) => sorted(value)[0]],
  ['max', (value) => sorted(value).at(-1)],
  ['sum', (value) => (itemsOf(value) ?? []).reduce((sum: number, item) => sum + numberOf(item), 0)],
  ['abs', (value) => Math.abs(numberOf(value))],
  ['round', (value, [digits = 0]) => Number(numberOf(value).toFixed(Math.min(20, Math.max(0, numberOf(digits)))))],
  ['tojson', json],
  ['to_json', json],
  ['safe', (value) => value],
  ['e', (value) => escaped(textOf(value))],
  ['escape', (value) => escaped(textOf(value))],
]);

export const TESTS: Table<(value: Value) => boolean> = new Map<string, (value: Value) => boolean>([
  ['defined', (value) => value !== undefined],
  ['undefined', (value) => value === undefined],
  ['none', (value) => value === null],
  ['string', (value) => typeof value === 'string'],
  ['number', (value) => typeof value === 'number'],
  ['mapping', isJsonMap],
  ['iterable', (value) => itemsOf(value) !== null],
  ['sequence', (value) => itemsOf(value) !== null],
  ['odd', (value) => numberOf(value) % 2 === 1],
  ['even', (value) => numberOf(value) % 2 === 0],
]);

/** Methods that Python's texts and maps have, as templates call them. */
export const METHODS: Table<Filter> = new Map<string, Filter>([
  ['items', (value) => (isJsonMap(value) ? Object.entries(value).map(([key, item]) => [key, item]) : undefined)],
  ['keys', (value) => (isJsonMap(value) ? Object.keys(value) : undefined)],
  ['values', (value) => (isJsonMap(value) ? Object.values(value) : undefined)],
  [
    'get',
    (value, [key, other = null]) =>
      isJsonMap(value) && Object.hasOwn(value, textOf(key)) ? value[textOf(key)] : other,
  ],
  ['upper', (value) => textOf(value).toUpperCase()],
  ['lower', (value) => textOf(value).toLowerCase()],
  ['strip', (value) => textOf(value).trim()],
  ['split', (value, [by]) => (by === undefined ? textOf(value).trim().split(/\s+/) : textOf(value).split(textOf(by)))],
  ['join', (value, [items]) => (itemsOf(items) ?? []).map(textOf).join(textOf(value))],
  ['replace', (value, [from, to]) => textOf(value).replaceAll(textOf(from), () => textOf(to))],
  ['startswith', (value, [start]) => textOf(value).startsWith(textOf(start))],
  ['endswith', (value, [end]) => textOf(value).endsWith(textOf(end))],
]);

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': '#34', "'": '#39' };
  return text.replaceAll(/[&<>"']/g, (character) => `&${names[character]};`);
}
