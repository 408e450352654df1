import type { Label } from '../../core/labels/labels.js';
import type { TenantCtx } from '../../platform/context/ctx.js';

/** The files of an unpacked blueprint; paths are relative to its folder. */
export interface BlueprintSource {
  /** The file, or why there is none. */
  read(path: string, maxBytes: number): Promise<Buffer | 'absent' | 'too-large'>;
}

/** What the language makes of a blueprint. */
export type BlueprintReading =
  | {
      readonly kind: 'ok';
      /** The parsed blueprint (`plan` on the wire), or null where the language makes none. */
      readonly plan: unknown;
      readonly description: string | null;
      readonly requirements: Readonly<Record<string, unknown>> | null;
      /** Labels that the blueprint gives itself (`blueprint_labels`). */
      readonly labels: readonly Label[];
      /** For the log of the upload. */
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly message: string };

/** A port: turns the files of a blueprint into a plan, or says why they are none. Pure CPU; keeps off the event loop. */
export abstract class BlueprintLanguage {
  /** @throws the signal's reason when it is aborted */
  abstract read(
    ctx: TenantCtx,
    source: BlueprintSource,
    mainFile: string,
    signal: AbortSignal,
  ): Promise<BlueprintReading>;
}
