import type { RefusalReason } from '../../../core/dsl/deployment/refused-values.js';
import type { LookUp } from '../../../core/dsl/schema/value-catalogue.js';

/** What the planning thread is asked. `inputs` are JSON text; what it reads and writes never passes the event loop whole. */
export type PlanningRequest =
  | { readonly kind: 'check'; readonly encoded: Uint8Array<ArrayBuffer>; readonly inputs: string }
  | {
      readonly kind: 'plan';
      readonly encoded: Uint8Array<ArrayBuffer>;
      readonly inputs: string;
      /** Functions are left for run time. */
      readonly runtimeOnly: boolean;
    }
  | {
      /** Another plan for a deployment that there is. */
      readonly kind: 'update';
      readonly encoded: Uint8Array<ArrayBuffer>;
      /** Those of now, with new ones before them. */
      readonly inputs: string;
      readonly runtimeOnly: boolean;
      readonly autoCorrectTypes: boolean;
      /** Its internal number. */
      readonly deployment: string;
    }
  /** Rows of what was planned last, from that one on. */
  | { readonly kind: 'read'; readonly part: PlannedPart; readonly from: number };

/** `relationships`: of instances that stay, only in an update. */
export type PlannedPart = 'nodes' | 'instances' | 'relationships';

export interface PluginNeeded {
  readonly name: string;
  readonly packageName: string;
  /** Null: any. */
  readonly packageVersion: string | null;
}

/** What must hold before a deployment is made at all. */
export interface CheckedPlan {
  /** Named literally, or by a function of the inputs. */
  readonly secrets: readonly string[];
  readonly plugins: readonly PluginNeeded[];
}

export interface PlannedFacts {
  readonly description: string | null;
  /** JSON text by column of the deployment. */
  readonly attributes: Readonly<Record<PlanAttribute, string>>;
  readonly labels: readonly { readonly key: string; readonly value: string }[];
  /** JSON text of the evaluated `deployment_settings`. */
  readonly settings: string;
  /** The names of capabilities that a parent must have. */
  readonly parentCapabilities: readonly string[];
  readonly dependencies: readonly PlannedDependency[];
  readonly nodes: number;
  readonly instances: number;
}

/** What an update plans. Everything but `plugins` is JSON text. */
export interface PlannedUpdateFacts extends PlannedFacts {
  readonly plugins: readonly PluginNeeded[];
  /** As they go out (rest-api §3.5), without ids. */
  readonly steps: string;
  readonly nodeChanges: string;
  readonly instanceChanges: string;
  /** Names of what changes, by the type of entity. */
  readonly modified: string;
  readonly pluginsToInstall: string;
  readonly pluginsToUninstall: string;
  /** What the workflow needs of it. */
  readonly changes: string;
}

export interface PlannedDependency {
  readonly creator: string;
  /** Null where a function says which one it is. */
  readonly target: string | null;
  /** JSON text of that function. */
  readonly func: string | null;
}

export const PLAN_ATTRIBUTES = [
  'inputs',
  'groups',
  'policy_types',
  'policy_triggers',
  'outputs',
  'capabilities',
  'scaling_groups',
  'resource_tags',
  'workflows',
] as const;
export type PlanAttribute = (typeof PLAN_ATTRIBUTES)[number];

/** Values that are refused, with what is to be said about each. */
export interface Refusal {
  readonly reason: RefusalReason | 'secret' | 'plan' | 'update';
  readonly messages: readonly string[];
}

export type PlanningReply =
  | { readonly kind: 'checked'; readonly plan: CheckedPlan }
  | { readonly kind: 'planned'; readonly plan: PlannedFacts }
  | { readonly kind: 'update-planned'; readonly plan: PlannedUpdateFacts }
  | { readonly kind: 'rows'; readonly text: string; readonly next: number | null }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'broken'; readonly trace: string };

/** What only the database knows. */
export type PlanningQuestion =
  | { readonly kind: 'look-ups'; readonly lookUps: readonly LookUp[] }
  | { readonly kind: 'secrets'; readonly names: readonly string[] }
  | { readonly kind: 'instances'; readonly ids: readonly string[] }
  | {
      readonly kind: 'present';
      readonly deployment: string;
      readonly part: 'deployment' | 'nodes' | 'instances';
      readonly offset: number;
    };

/**
 * `look-ups`: the numbers of those that hold; `secrets`: the missing names; `instances`: the ids that are taken;
 * `present`: JSON texts of rows, none after the last one.
 */
export type PlanningAnswer = readonly string[];

export type ToPlanner =
  | { readonly kind: 'request'; readonly request: PlanningRequest }
  | { readonly kind: 'answer'; readonly answer: PlanningAnswer };
export type FromPlanner =
  | { readonly kind: 'ready' }
  | { readonly kind: 'question'; readonly question: PlanningQuestion }
  | { readonly kind: 'reply'; readonly reply: PlanningReply; readonly heapBytes: number };
