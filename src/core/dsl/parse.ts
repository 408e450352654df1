import type { Diagnostic } from './diagnostics.js';
import type { FilePresence } from './imports/resolver.js';
import type { Plan } from './plan.js';

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
  readonly pins?: PluginPins;
}

export interface ParseOutcome {
  /** Null exactly when there are errors. */
  readonly plan: Plan | null;
  /** The first is the one that the original would have reported. */
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}
