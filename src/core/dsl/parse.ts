import type { Diagnostic } from './diagnostics.js';
import type { FilePresence, ImportResolver } from './imports/resolver.js';
import type { Plan } from './plan.js';
import type { ScheduleClock } from './schema/schedules.js';
import type { Node } from './yaml/tree.js';

/** One entry of the manager's import rules: URLs that begin with `prefix` are tried with `replacement` (dsl.md §5.2). */
export interface ImportRule {
  readonly prefix: string;
  readonly replacement: string;
}

/** A plugin's version that the manager's settings prescribe (dsl.md §5.3). */
export interface PluginPins {
  /** Import string (`plugin:NAME`, or a URL) → version. */
  readonly mappings: ReadonlyMap<string, string>;
  /** Package name → further PEP 440 specifiers. */
  readonly constraints: ReadonlyMap<string, string>;
}

export interface ParseRequest {
  /** The main file, relative to the blueprint's folder. */
  readonly mainFile: string;
  /** False: "since version" gating is off (dsl.md §1). */
  readonly validateVersions: boolean;
  /** Whether the blueprint's folder holds a file: decides what is a script. */
  readonly hasFile: FilePresence;
  readonly rules: readonly ImportRule[];
  /** False: a URL to which rules apply is not tried itself (dsl.md §5.2). Default true. */
  readonly fallback?: boolean;
  readonly pins?: PluginPins;
}

export interface ParseOutcome {
  /** Null exactly when there are errors. */
  readonly plan: Plan | null;
  /** The first is the one that the original would have reported. */
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

export interface ParseOptions {
  /** Trees of resources (built-in types) that were read before; shared between parses to save reading them again. */
  readonly sources?: SourceCache;
  /** What "today" and the server's zone are for schedules (dsl.md §13). */
  readonly clock?: ScheduleClock;
}

/** Path of a resource → its tree. Trees never change, so every parse may share them. */
export type SourceCache = Map<string, Node | null>;

/**
 * What a blueprint means (dsl.md §1, plan.md §1), or all that is wrong with it. Never throws for what a blueprint
 * holds.
 */
export function parseBlueprint(
  _request: ParseRequest,
  _resolver: ImportResolver,
  _options: ParseOptions = {},
): Promise<ParseOutcome> {
  throw new Error('not yet');
}
