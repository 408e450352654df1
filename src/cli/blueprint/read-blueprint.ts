import { locationName } from '../../core/dsl/imports/locate.js';
import type { ImportResolver, InstalledPlugin, Location, Opened } from '../../core/dsl/imports/resolver.js';
import type { ParseOutcome } from '../../core/dsl/parse.js';
import { parseBlueprint } from '../../core/dsl/parse.js';
import type { DslVersion } from '../../core/dsl/versions.js';
import type { FolderBlueprint, FolderPlugin } from '../../platform/language/folder-resolver.js';
import { FolderResolver } from '../../platform/language/folder-resolver.js';
import type { OpenedBlueprint } from './open-blueprint.js';

/** What a blueprint may import besides its own files. */
export interface ImportChoice {
  readonly plugins: readonly FolderPlugin[];
  readonly blueprints: ReadonlyMap<string, FolderBlueprint>;
}

/** What was read, for showing lines of it: a file's name as diagnostics say it → its text. */
export type Texts = ReadonlyMap<string, string>;

/** Parses a blueprint without a manager. */
export async function readBlueprint(
  { folder, mainFile }: OpenedBlueprint,
  { plugins, blueprints }: ImportChoice,
): Promise<ParseOutcome & { readonly texts: Texts }> {
  const files = new FolderResolver(folder, { plugins, blueprints });
  const resolver = new NotingResolver(files);
  const outcome = await parseBlueprint(
    { mainFile, validateVersions: true, hasFile: files.hasFile, rules: [] },
    resolver,
    { clock: { now: Date.now(), timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone } },
  );
  return { ...outcome, texts: resolver.texts };
}

/** Keeps the texts that go through it. */
class NotingResolver implements ImportResolver {
  readonly texts = new Map<string, string>();

  constructor(private readonly inner: ImportResolver) {}

  async open(location: Location, version: DslVersion): Promise<Opened> {
    const opened = await this.inner.open(location, version);
    if (opened.kind === 'text') this.texts.set(locationName(location), opened.text);
    return opened;
  }

  plugins(name: string): Promise<readonly InstalledPlugin[]> {
    return this.inner.plugins(name);
  }

  blueprint(id: string): Promise<{ readonly mainFile: string } | null> {
    return this.inner.blueprint(id);
  }
}
