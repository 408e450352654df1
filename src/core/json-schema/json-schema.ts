import { LinearPattern, PatternError } from '../text/linear-pattern.js';
import { CONTAINER_KEYWORDS } from './container-keywords.js';
import { isJsonObject, type JsonObject } from './json-value.js';
import { LOGIC_KEYWORDS } from './logic-keywords.js';
import { Run } from './run.js';
import { SchemaError } from './schema-error.js';
import { SchemaNode, type KeywordPlace } from './schema-node.js';
import { VALUE_KEYWORDS } from './value-keywords.js';

/*
 * JSON Schemas from strangers (security-design §8), drafts 6 to 2020-12. They are interpreted with a budget rather than
 * compiled: a compiled schema is generated code, has no way to be stopped, and is remembered by its compiler. Vocabulary:
 * a *node* is a schema that stands somewhere inside of another, a *place* its JSON pointer, a *check* what a keyword
 * asks of a value.
 *
 * `format` says nothing here, as in the original. A keyword that we do not know is an annotation and says nothing either,
 * except for the few that would let pass what they were written to stop: those are refused.
 */

/** Characters of a schema's JSON text, and schemas inside of it. */
const MAX_SCHEMA_LENGTH = 64 * 1024;
const MAX_NODES = 5_000;
/** Instructions of all its patterns together, which bounds the time that compiling them takes. */
const MAX_PATTERN_SIZE = 20_000;
/** Levels of nesting; a request's body is never deeper, but a schema may come from elsewhere. */
const MAX_SCHEMA_DEPTH = 64;

const KEYWORDS: ReadonlyMap<string, (typeof VALUE_KEYWORDS)[string]> = new Map(
  Object.entries({ ...VALUE_KEYWORDS, ...CONTAINER_KEYWORDS, ...LOGIC_KEYWORDS }),
);

const NOT_OFFERED = new Set(['$dynamicRef', '$recursiveRef', 'unevaluatedItems', 'unevaluatedProperties']);

const DRAFTS = /^https?:\/\/json-schema\.org\/(draft-0[67]\/schema|draft\/(2019-09|2020-12)\/schema|schema)#?$/;

/** A schema that was read; judges any number of values. */
export class JsonSchema {
  private constructor(private readonly root: SchemaNode) {}

  /** @throws SchemaError that says where the schema is wrong. */
  static parse(schema: unknown): JsonSchema {
    return new JsonSchema(new SchemaReader(schema).read());
  }

  /**
   * The place in the schema that refuses the value, or null when it satisfies it all. Never a part of the value, so that
   * the answer may be shown.
   * @throws SchemaCostError when the judgement takes too long.
   */
  failure(value: unknown): string | null {
    return this.root.failure(value, new Run());
  }
}

class SchemaReader {
  private readonly nodes = new Map<string, SchemaNode>();
  private readonly patterns = new Map<string, LinearPattern>();
  private patternSize = 0;
  /** Nodes whose keywords are still to be read: a list rather than recursion, since references chain without end. */
  private readonly unread: { readonly node: SchemaNode; readonly schema: JsonObject }[] = [];

  constructor(private readonly schema: unknown) {}

  read(): SchemaNode {
    if (depthOf(this.schema, 0) > MAX_SCHEMA_DEPTH)
      throw new SchemaError('#', `is deeper than ${MAX_SCHEMA_DEPTH} levels`);
    if (JSON.stringify(this.schema).length > MAX_SCHEMA_LENGTH) {
      throw new SchemaError('#', `is longer than ${MAX_SCHEMA_LENGTH} characters`);
    }
    const root = this.node(this.schema, '#');
    for (let next = this.unread.pop(); next !== undefined; next = this.unread.pop()) this.readKeywords(next);
    return root;
  }

  private node(schema: unknown, place: string): SchemaNode {
    const known = this.nodes.get(place);
    if (known) return known;
    if (this.nodes.size >= MAX_NODES) throw new SchemaError(place, `is one schema too many: at most ${MAX_NODES}`);
    const node = new SchemaNode(place);
    this.nodes.set(place, node);
    if (schema === false) node.checks.push(() => place);
    else if (isJsonObject(schema)) this.unread.push({ node, schema });
    else if (schema !== true) throw new SchemaError(place, 'is not a schema');
    return node;
  }

  private readKeywords({ node, schema }: { readonly node: SchemaNode; readonly schema: JsonObject }): void {
    assertOffered(schema, node.place);
    for (const [keyword, value] of Object.entries(schema)) {
      const parse = KEYWORDS.get(keyword);
      const check = parse?.(value, this.keywordPlace(keyword, node, schema));
      if (check) node.checks.push(check);
    }
  }

  private keywordPlace(keyword: string, { place: above }: SchemaNode, schema: JsonObject): KeywordPlace {
    const below = (name: string): string => `${above}/${escaped(name)}`;
    const place = below(keyword);
    return {
      place,
      schema,
      node: (value, ...path) => this.node(value, [place, ...path.map(escaped)].join('/')),
      sibling: (name) => (Object.hasOwn(schema, name) ? this.node(schema[name], below(name)) : null),
      target: (reference) => this.target(reference, place),
      pattern: (pattern) => this.pattern(pattern, place),
    };
  }

  private pattern(text: string, place: string): LinearPattern {
    const known = this.patterns.get(text);
    if (known) return known;
    try {
      const pattern = new LinearPattern(text);
      this.patterns.set(text, pattern);
      this.patternSize += pattern.size;
      if (this.patternSize > MAX_PATTERN_SIZE) throw new SchemaError(place, 'is one pattern too many');
      return pattern;
    } catch (error) {
      if (error instanceof PatternError) throw new SchemaError(place, error.message, { cause: error });
      throw error;
    }
  }

  /** Only what is in the same schema can be referred to: nothing is ever fetched. */
  private target(reference: string, from: string): SchemaNode {
    if (!/^#(\/|$)/.test(reference)) {
      throw new SchemaError(from, 'refers to something else than a place in this schema (`#`, `#/…`)');
    }
    const steps = stepsOf(reference, from);
    let value = this.schema;
    for (const step of steps) {
      const isThere = (isJsonObject(value) || Array.isArray(value)) && Object.hasOwn(value, step);
      if (!isThere) throw new SchemaError(from, 'refers to a place that does not exist');
      value = (value as JsonObject)[step];
    }
    return this.node(value, ['#', ...steps.map(escaped)].join('/'));
  }
}

function assertOffered(schema: JsonObject, place: string): void {
  const missing = Object.keys(schema).find((keyword) => NOT_OFFERED.has(keyword));
  if (missing !== undefined) throw new SchemaError(place, `uses \`${missing}\`, which is not offered`);
  // A base of its own would change what the references below it mean.
  if (place !== '#' && typeof schema['$id'] === 'string') throw new SchemaError(place, 'has an `$id` of its own');
  const draft = schema['$schema'];
  if (draft !== undefined && !(typeof draft === 'string' && DRAFTS.test(draft))) {
    throw new SchemaError(place, 'names in `$schema` something else than draft 6, 7, 2019-09 or 2020-12');
  }
}

const escaped = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1');

function stepsOf(reference: string, from: string): string[] {
  try {
    return decodeURIComponent(reference)
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  } catch {
    throw new SchemaError(from, 'is not percent-encoded properly');
  }
}

function depthOf(value: unknown, level: number): number {
  if (typeof value !== 'object' || value === null || level > MAX_SCHEMA_DEPTH) return level;
  return Math.max(level, ...Object.values(value).map((child) => depthOf(child, level + 1)));
}
