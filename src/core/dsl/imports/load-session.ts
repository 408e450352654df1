import type { Diagnostics, DslError, Fault } from '../diagnostics.js';
import type { PluginPins } from '../parse-request.js';
import type { Entry, Node } from '../yaml/tree.js';
import { MappingNode } from '../yaml/tree.js';
import type { ImportRules } from './import-rules.js';
import type { MergedDocument } from './merged-document.js';
import type { ImportResolver } from './resolver.js';
import type { ImportBudget, Sources } from './sources.js';

/** What is shared by all that is loaded for one parse: the blueprint, and those of the catalogue that it imports. */
export interface LoadSession {
  readonly resolver: ImportResolver;
  readonly sources: Sources;
  readonly budget: ImportBudget;
  readonly rules: ImportRules;
  readonly pins: PluginPins | undefined;
  /** Blueprints of the catalogue by id, as far as they were loaded. */
  readonly catalogue: Map<string, LoadedDocument | DslError>;
}

/** One blueprint's loading. */
export interface LoadScope {
  /** An id of the catalogue; null for the blueprint that is parsed. */
  readonly blueprint: string | null;
  readonly gating: boolean;
  /** The catalogue's blueprints that are being loaded, this one included. */
  readonly ancestors: ReadonlySet<string>;
  readonly diagnostics: Diagnostics;
}

export interface LoadedDocument extends MergedDocument {
  /** The entries that came from the built-in types: no namespace touches them (dsl.md §6). */
  readonly builtIn: ReadonlySet<Entry>;
  readonly files: number;
}

/** An empty file is an empty mapping (dsl.md §2). */
export function documentOf(root: Node | null, name: string): Node {
  return root ?? new MappingNode(new Map(), { name, position: () => ({ line: 1, column: 1 }) }, 0);
}

/** "Invalid blueprint import", which has no number (dsl.md §5.3, §5.5). */
export function invalidImport(at: Fault['at'], message: string): Fault {
  return { code: null, class: 'import', at, message: `Invalid blueprint import: ${message}` };
}
