import type { ImportResolver, InstalledPlugin, Location, Opened } from '../../core/dsl/imports/resolver.js';
import type { DslVersion } from '../../core/dsl/versions.js';
import { readBuiltInResource } from './built-in-resources.js';
import { SourceFolder } from './source-folder.js';

/** A blueprint that others may import by its id. */
export interface FolderBlueprint {
  readonly folder: string;
  /** Relative to the folder. */
  readonly mainFile: string;
}

/** A plugin as if it were installed. */
export interface FolderPlugin {
  readonly installed: Omit<InstalledPlugin, 'id'>;
  /** Its YAML for a version of the language. */
  open(version: DslVersion): Opened;
}

export interface FolderResolverOptions {
  readonly blueprints?: ReadonlyMap<string, FolderBlueprint>;
  readonly plugins?: readonly FolderPlugin[];
  /** What a URL holds. Without it URLs are refused: whoever reads from a folder does so without a network. */
  readonly openUrl?: (url: string) => Opened;
}

/** Opens imports from a folder and what its user names besides it; needs neither manager nor network. */
export class FolderResolver implements ImportResolver {
  private readonly main: SourceFolder;
  private readonly folders = new Map<string, SourceFolder>();

  /** @throws Error when there is no such folder */
  constructor(
    folder: string,
    private readonly options: FolderResolverOptions = {},
  ) {
    this.main = new SourceFolder(folder);
  }

  /** Whether the blueprint's folder holds a file: what `parseBlueprint` asks for scripts. */
  readonly hasFile = (path: string): boolean => this.main.has(path);

  async open(location: Location, version: DslVersion): Promise<Opened> {
    switch (location.kind) {
      case 'archive':
        return (location.blueprint === null ? this.main : this.folderOf(location.blueprint)).open(location.path);
      case 'resource': {
        const text = readBuiltInResource(location.path);
        return text === null ? absent('there is no such built-in file') : { kind: 'text', text };
      }
      case 'url':
        return this.options.openUrl?.(location.url) ?? absent('URLs are not fetched here');
      case 'plugin':
        return this.pluginAt(location.plugin.id)?.open(version) ?? absent('it is not installed');
    }
  }

  async plugins(name: string): Promise<readonly InstalledPlugin[]> {
    const known = this.options.plugins ?? [];
    return known.flatMap(({ installed }, index) =>
      installed.name === name ? [{ ...installed, id: String(index) }] : [],
    );
  }

  async blueprint(id: string): Promise<{ readonly mainFile: string } | null> {
    const known = this.options.blueprints?.get(id);
    return known === undefined ? null : { mainFile: known.mainFile };
  }

  private pluginAt(id: string): FolderPlugin | undefined {
    return this.options.plugins?.[Number(id)];
  }

  private folderOf(id: string): SourceFolder {
    let folder = this.folders.get(id);
    if (folder === undefined) {
      const known = this.options.blueprints?.get(id);
      if (known === undefined) throw new Error('A file of a blueprint was asked for that nobody named.');
      folder = new SourceFolder(known.folder);
      this.folders.set(id, folder);
    }
    return folder;
  }
}

function absent(reason: string): Opened {
  return { kind: 'absent', reason };
}
