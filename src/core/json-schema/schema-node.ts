import type { LinearPattern } from '../text/linear-pattern.js';
import type { JsonObject } from './json-value.js';
import type { Run } from './run.js';

/** Judges a value by one keyword. Answers the place in the schema that it fails at, or null. */
export type Check = (value: unknown, run: Run) => string | null;

/** A schema that stands somewhere inside of another. */
export class SchemaNode {
  readonly checks: Check[] = [];

  /** @param place a JSON pointer, as `#/properties/port` */
  constructor(readonly place: string) {}

  /** The place of the first keyword that refuses the value, or null. @throws SchemaCostError */
  failure(value: unknown, run: Run): string | null {
    return run.deeper(() => {
      run.step();
      for (const check of this.checks) {
        const place = check(value, run);
        if (place !== null) return place;
      }
      return null;
    });
  }

  accepts(value: unknown, run: Run): boolean {
    return this.failure(value, run) === null;
  }
}

/** What the parser of a keyword is given. */
export interface KeywordPlace {
  /** Of the keyword itself. */
  readonly place: string;
  /** The schema that the keyword stands in, for keywords that look at their neighbours. */
  readonly schema: JsonObject;
  /** The schema that stands at a place below the keyword. `path` holds keys, not escaped. */
  node(value: unknown, ...path: readonly string[]): SchemaNode;
  /** The schema that a keyword beside this one holds, or null. */
  sibling(keyword: string): SchemaNode | null;
  /** The schema that a reference means. */
  target(reference: string): SchemaNode;
  pattern(pattern: string): LinearPattern;
}

/** Reads a keyword. Answers its check; null where it asks for nothing. @throws SchemaError */
export type KeywordParser = (value: unknown, at: KeywordPlace) => Check | null;
