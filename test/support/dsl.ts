import { readFileSync } from 'node:fs';

import type { ImportResolver, Location, Opened } from '../../src/core/dsl/imports/resolver.js';
import type { ParseOptions, ParseOutcome } from '../../src/core/dsl/parse.js';
import { parseBlueprint } from '../../src/core/dsl/parse.js';
import type { Plan, PlanNode } from '../../src/core/dsl/plan.js';
import type { Value } from '../../src/core/dsl/values.js';
import { DateValue, Float, isDict, isList, keyText } from '../../src/core/dsl/values.js';

const RESOURCES = new URL('../../resources/', import.meta.url);

export interface Written {
  /** The files of the archive beside `blueprint.yaml`; those that are not imported are only there. */
  readonly files?: Readonly<Record<string, string>>;
  /** Id → main file of a blueprint of the catalogue. */
  readonly catalogue?: Readonly<Record<string, string>>;
  readonly validateVersions?: boolean;
  readonly options?: ParseOptions;
}

/** Parses a blueprint that is written in a test; imports of built-in types reach the real ones. */
export function parse(text: string, written: Written = {}): Promise<ParseOutcome> {
  const files = new Map([['blueprint.yaml', text], ...Object.entries(written.files ?? {})]);
  return parseBlueprint(
    {
      mainFile: 'blueprint.yaml',
      validateVersions: written.validateVersions ?? true,
      hasFile: (path) => files.has(path),
      rules: [],
    },
    resolverOf(files, new Map(Object.entries(written.catalogue ?? {}))),
    written.options,
  );
}

/** The plan of a blueprint without faults. @throws Error when there are some */
export async function planOf(text: string, written?: Written): Promise<Plan> {
  const { plan, errors } = await parse(text, written);
  if (plan === null) {
    throw new Error(errors.map(({ code, path, message }) => `${String(code)} ${path}: ${message}`).join('\n'));
  }
  return plan;
}

/** The numbers of the faults of a blueprint, the first one first; empty when there are none. */
export async function codesOf(text: string, written?: Written): Promise<(number | null)[]> {
  return (await parse(text, written)).errors.map(({ code }) => code);
}

/** A node of a plan by its name. */
export function nodeOf(plan: Plan, name: string): PlanNode {
  const node = plan.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) {
    throw new Error(`no node ${name}`);
  }
  return node;
}

/** A value as JSON would show it, for comparing. */
export function plain(value: unknown): unknown {
  if (value instanceof Float) {
    return value.value;
  }
  if (value instanceof DateValue) {
    return { __date__: value.iso };
  }
  if (isDict(value as Value)) {
    return Object.fromEntries(
      [...(value as Map<Value, Value>)].map(([key, item]) => [keyText(key as string), plain(item)]),
    );
  }
  if (isList(value as Value)) {
    return (value as unknown[]).map(plain);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
    : value;
}

function resolverOf(files: ReadonlyMap<string, string>, catalogue: ReadonlyMap<string, string>): ImportResolver {
  return {
    open: (location) => Promise.resolve(open(location, files, catalogue)),
    plugins: () => Promise.resolve([]),
    blueprint: (id) => Promise.resolve(catalogue.has(id) ? { mainFile: 'blueprint.yaml' } : null),
  };
}

function open(location: Location, files: ReadonlyMap<string, string>, catalogue: ReadonlyMap<string, string>): Opened {
  if (location.kind === 'resource') {
    try {
      return { kind: 'text', text: readFileSync(new URL(location.path, RESOURCES), 'utf8') };
    } catch {
      return { kind: 'absent', reason: 'no such resource' };
    }
  }
  const text =
    location.kind !== 'archive'
      ? undefined
      : location.blueprint === null
        ? files.get(location.path)
        : catalogue.get(location.blueprint);
  return text === undefined ? { kind: 'absent', reason: 'no such file' } : { kind: 'text', text };
}
