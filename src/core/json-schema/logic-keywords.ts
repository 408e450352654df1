import { nodeMapAt, nodesAt } from './read.js';
import { SchemaError } from './schema-error.js';
import type { KeywordParser } from './schema-node.js';

/* Keywords that put schemas together. */

const allOf: KeywordParser = (value, at) => {
  const nodes = nodesAt(value, at);
  return (instance, run) => {
    for (const node of nodes) {
      const place = node.failure(instance, run);
      if (place !== null) return place;
    }
    return null;
  };
};

const anyOf: KeywordParser = (value, at) => {
  const nodes = nodesAt(value, at);
  return (instance, run) => (nodes.some((node) => node.accepts(instance, run)) ? null : at.place);
};

const oneOf: KeywordParser = (value, at) => {
  const nodes = nodesAt(value, at);
  return (instance, run) => (nodes.filter((node) => node.accepts(instance, run)).length === 1 ? null : at.place);
};

const not: KeywordParser = (value, at) => {
  const node = at.node(value);
  return (instance, run) => (node.accepts(instance, run) ? at.place : null);
};

/** `then` and `else` mean nothing without it. */
const condition: KeywordParser = (value, at) => {
  const [node, then, otherwise] = [at.node(value), at.sibling('then'), at.sibling('else')];
  return (instance, run) => (node.accepts(instance, run) ? then : otherwise)?.failure(instance, run) ?? null;
};

const reference: KeywordParser = (value, at) => {
  if (typeof value !== 'string') throw new SchemaError(at.place, 'is not a text');
  const node = at.target(value);
  return (instance, run) => node.failure(instance, run);
};

/** Schemas that stand there to be referred to: read, so that a fault in them is found at once. */
const definitions: KeywordParser = (value, at) => {
  nodeMapAt(value, at);
  return null;
};

const single: KeywordParser = (value, at) => {
  at.node(value);
  return null;
};

export const LOGIC_KEYWORDS: Readonly<Record<string, KeywordParser>> = {
  allOf,
  anyOf,
  oneOf,
  not,
  if: condition,
  ...Object.fromEntries(['then', 'else'].map((name) => [name, single])),
  $ref: reference,
  $defs: definitions,
  definitions,
};
