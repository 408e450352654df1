import type { TenantCtx } from '../../platform/context/ctx.js';
import type { StoredPlan } from './plans/stored-plan.js';

/** An unpacked blueprint. */
export interface BlueprintSource {
  /** Its folder, on the local disk. */
  readonly folder: string;
  /** Relative to the folder. */
  readonly mainFile: string;
}

export interface PluginPackage {
  readonly name: string;
  readonly version: string;
}

/** What the language makes of a blueprint. */
export type BlueprintReading =
  | {
      readonly kind: 'ok';
      readonly plan: StoredPlan;
      readonly description: string | null;
      /** JSON text. */
      readonly requirements: string;
      /** Internal numbers of the blueprints of the catalogue that it imports. */
      readonly importedIds: readonly string[];
      /** Internal numbers of the plugins that it imports. */
      readonly pluginIds: readonly string[];
      /** The packages that its plan installs, wherever their YAML came from. */
      readonly packages: readonly PluginPackage[];
      /** For the log of the upload. */
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'refused';
      /** `invalid` where the language has a name for what is wrong, else `failed_parsing` (dsl.md §17). */
      readonly state: 'invalid' | 'failed_parsing';
      readonly message: string;
      readonly warnings: readonly string[];
    };

/** A port: turns the files of a blueprint into a plan, or says why they are none. Keeps off the event loop. */
export abstract class BlueprintLanguage {
  /**
   * Reads with the rights of `ctx`: what it may not see does not exist for its imports.
   * @throws the signal's reason when it is aborted
   */
  abstract read(ctx: TenantCtx, source: BlueprintSource, signal: AbortSignal): Promise<BlueprintReading>;
}
