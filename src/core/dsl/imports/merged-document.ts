import type { MappingNode } from '../yaml/tree.js';
import type { DslVersion } from '../versions.js';

/** All files of a blueprint as one document: imports followed, namespaces applied, sections merged (dsl.md §5, §6). */
export interface MergedDocument {
  readonly version: DslVersion;
  /** Top-level sections; those that are only for import resolution (`imports`, `dsl_definitions`) are gone. */
  readonly root: MappingNode;
  /** Blueprints of the catalogue, in the order of their first import. */
  readonly importedBlueprints: readonly string[];
  /** Namespace (composed, `a--b`) → id of the blueprint that was imported under it. */
  readonly namespaces: ReadonlyMap<string, string>;
}
