import type { Dict } from '../values.js';
import type { ObjectType } from './value-types.js';

/** The question whether a name is one of the manager's: a value of an object-based type (dsl.md §8.3). */
export interface LookUp {
  readonly type: ObjectType;
  readonly value: string;
  /** Operators that the search takes (`filter_id`, `labels`, `tenants`, `name_pattern`, `valid_values`, `deployment_id`). */
  readonly conditions: Dict;
}

/** Answers look-ups. The shell asks its database beforehand (`lookupsOf`), so that this is a plain question. */
export interface ValueCatalogue {
  holds(lookUp: LookUp): boolean;
}
