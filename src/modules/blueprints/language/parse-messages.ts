import type { Diagnostic } from '../../../core/dsl/diagnostics.js';
import type { ImportRule } from '../../../core/dsl/parse.js';
import type { PluginPackage } from '../blueprint-language.js';

/** What the parsing thread is told. Everything here crosses a thread: plain data only. */
export interface ParseJob {
  /** The folder of the unpacked blueprint. */
  readonly folder: string;
  /** Relative to it. */
  readonly mainFile: string;
  readonly validateVersions: boolean;
  readonly rules: readonly ImportRule[];
  /** Whether a URL itself is tried when all rules have failed. */
  readonly fallback: boolean;
  /** Import string → version, and package name → specifiers (dsl.md §5.3). */
  readonly pinnedVersions: readonly (readonly [string, string])[];
  readonly pluginConstraints: readonly (readonly [string, string])[];
}

/** A plugin as the thread learns of it; labels and tags are the text of their JSON. */
export interface PluginFacts {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly distribution: string | null;
  readonly labels: string | null;
  readonly blueprintLabels: string | null;
  readonly resourceTags: string | null;
}

/** What only the other side may know: it holds the caller's rights, the network and the file store. */
export type Question =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'plugins'; readonly name: string }
  | { readonly kind: 'plugin-yaml'; readonly id: string; readonly version: string }
  | { readonly kind: 'blueprint'; readonly id: string }
  | { readonly kind: 'blueprint-file'; readonly id: string; readonly path: string };

export type Answer =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'absent'; readonly reason: string }
  | { readonly kind: 'plugins'; readonly plugins: readonly PluginFacts[] }
  | { readonly kind: 'blueprint'; readonly mainFile: string };

/** What the rest of the manager wants to know of a plan without reading it. */
export interface PlanFacts {
  readonly description: string | null;
  /** JSON text, as it goes out. */
  readonly requirements: string;
  /** Key and values of each; null stands for what is no text. */
  readonly blueprintLabels: readonly (readonly [string, readonly (string | null)[]])[];
  readonly importedBlueprints: readonly string[];
  /** Package name and version of the plugins that it installs. */
  readonly packages: readonly PluginPackage[];
}

export type ParseReply =
  | {
      readonly kind: 'parsed';
      /** The plan as it goes out, folded (folded-plan.ts) and compressed. */
      readonly folded: Uint8Array<ArrayBuffer>;
      /** Size of that as JSON, unfolded. */
      readonly wireBytes: number;
      /** The plan as the language reads it back (plan-codec.ts), compressed. */
      readonly encoded: Uint8Array<ArrayBuffer>;
      readonly facts: PlanFacts;
      readonly warnings: readonly Diagnostic[];
    }
  | { readonly kind: 'refused'; readonly errors: readonly Diagnostic[]; readonly warnings: readonly Diagnostic[] }
  /** The language itself failed; the text is for our log. */
  | { readonly kind: 'broken'; readonly trace: string };

export type ToThread =
  | { readonly kind: 'job'; readonly job: ParseJob }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: Answer };

export type FromThread =
  /** Everything is loaded: jobs may come. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'question'; readonly number: number; readonly question: Question }
  | { readonly kind: 'reply'; readonly reply: ParseReply; readonly heapBytes: number };
