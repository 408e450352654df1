import type { FilePresence } from './imports/resolver.js';

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
