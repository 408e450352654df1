import type { Dict } from '../values.js';
import type { ObjectType } from './value-types.js';

/** The question whether a name is one of the manager's: a value of an object-based type (dsl.md §8.3). */
export interface LookUp {
  readonly type: ObjectType;
  readonly value: string;
  /**
   * What else must hold: `filter_id`, `labels`, `tenants`, `name_pattern`, for things of a deployment `valid_values`,
   * too; each operator with its argument.
   */
  readonly conditions: Dict;
  /** Where things of a deployment are searched; null for blueprints, deployments and secrets, which a tenant has. */
  readonly within: { readonly deployment: string } | 'blueprint' | null;
}

/** Answers look-ups. The shell asks its database beforehand (`lookupsOf`), so that this is a plain question. */
export interface ValueCatalogue {
  holds(lookUp: LookUp): boolean;
}
