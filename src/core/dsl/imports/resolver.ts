import type { Dict } from '../values.js';
import type { DslVersion } from '../versions.js';

/** Where a source lies. The language computes locations; only the resolver can open them. */
export type Location =
  /** A file of a blueprint's folder; `blueprint` is null for the one being parsed, else an id of the catalogue. */
  | { readonly kind: 'archive'; readonly blueprint: string | null; readonly path: string }
  /** `http:`, `https:`, `ftp:` or `file:`; whether it may be opened is the resolver's policy. */
  | { readonly kind: 'url'; readonly url: string }
  /** Beneath the manager's resources, `cloudify/types/types_1_4.yaml`. */
  | { readonly kind: 'resource'; readonly path: string }
  /** The YAML of an installed plugin for one version of the language. */
  | { readonly kind: 'plugin'; readonly plugin: InstalledPlugin };

export type Opened =
  | { readonly kind: 'text'; readonly text: string }
  /** Why it cannot be had; goes into error 13. */
  | { readonly kind: 'absent'; readonly reason: string };

/** A plugin that was uploaded to the manager (dsl.md §5.3). */
export interface InstalledPlugin {
  /** Means something to the resolver only. */
  readonly id: string;
  readonly name: string;
  /** PEP 440. */
  readonly version: string;
  readonly distribution: string | null;
  /** As stored with the plugin, `{key: [values]}`; they replace what its YAML says. Null: none are stored. */
  readonly labels: Dict | null;
  readonly blueprintLabels: Dict | null;
  readonly resourceTags: Dict | null;
}

/** Opens what imports name. Given by the caller of the language: it knows archives, networks and catalogues. */
export interface ImportResolver {
  /** Never throws for what a blueprint could cause: an absent file, a refused URL. */
  open(location: Location, version: DslVersion): Promise<Opened>;
  /** The installed plugins of that package name. */
  plugins(name: string): Promise<readonly InstalledPlugin[]>;
  /** The main file of a blueprint of the catalogue, or null when there is none that the caller may see. */
  blueprint(id: string): Promise<{ readonly mainFile: string } | null>;
}

/** Which files the blueprint's folder (or an additional resource folder) holds; decides what is a script (dsl.md §9.5). */
export type FilePresence = (path: string) => boolean;
