import type { PluginYamlFacts } from '../../../core/plugins/plugin-yaml-facts.js';
import type { WagonMetadata } from '../../../core/plugins/wagon-metadata.js';

/** A file of an unpacked upload. Everything here crosses a thread: plain data only. */
export interface UploadedFile {
  /** As its uploader knows it. */
  readonly name: string;
  /** On the local disk. */
  readonly path: string;
}

/** What the thread is to read. */
export type ReadingJob =
  | { readonly kind: 'caravan'; readonly metadata: UploadedFile }
  | {
      readonly kind: 'plugins';
      readonly plugins: readonly { readonly packageJson: UploadedFile; readonly yamls: readonly UploadedFile[] }[];
    };

export interface PluginFacts {
  readonly metadata: WagonMetadata;
  readonly yaml: PluginYamlFacts;
}

export type ReadingReply =
  /** The path of each wagon, and those of its YAMLs. */
  | { readonly kind: 'caravan'; readonly wagons: readonly (readonly [string, readonly string[]])[] }
  | { readonly kind: 'plugins'; readonly plugins: readonly PluginFacts[] }
  | { readonly kind: 'refused'; readonly message: string }
  /** The reader itself failed; the text is for our log. */
  | { readonly kind: 'broken'; readonly trace: string };
