import type { TenantCtx } from '../context/ctx.js';

/** An installed plugin as imports see it (dsl.md §5.3). Labels are `{key: [values]}`, tags `{key: value}`. */
export interface CataloguePlugin {
  /** Its internal number: what `blueprint_plugin` points at. */
  readonly id: string;
  readonly packageName: string;
  /** PEP 440. */
  readonly packageVersion: string;
  readonly distribution: string | null;
  readonly labels: Readonly<Record<string, unknown>> | null;
  readonly blueprintLabels: Readonly<Record<string, unknown>> | null;
  readonly resourceTags: Readonly<Record<string, unknown>> | null;
}

/** A port, given by modules/plugins: the plugins that blueprints of a caller may import. */
export abstract class PluginCatalogue {
  /** The visible plugins of that package name that have a YAML, in any order. */
  abstract named(ctx: TenantCtx, packageName: string): Promise<readonly CataloguePlugin[]>;

  /**
   * The YAML of a visible plugin that fits a version of the language best, or null.
   * @param dslVersion `1_4`
   */
  abstract yaml(ctx: TenantCtx, id: string, dslVersion: string): Promise<Uint8Array | null>;
}
