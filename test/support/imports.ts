import type { Diagnostic } from '../../src/core/dsl/diagnostics.js';
import { Diagnostics, DslError } from '../../src/core/dsl/diagnostics.js';
import type { LoadOptions, LoadRequest } from '../../src/core/dsl/imports/load-document.js';
import { loadDocument } from '../../src/core/dsl/imports/load-document.js';
import type { MergedDocument } from '../../src/core/dsl/imports/merged-document.js';
import type { ImportResolver, InstalledPlugin, Location, Opened } from '../../src/core/dsl/imports/resolver.js';
import type { Value } from '../../src/core/dsl/values.js';
import { Float, isDict, isList, keyText } from '../../src/core/dsl/values.js';
import { valueOf } from '../../src/core/dsl/yaml/tree.js';

type Texts = Readonly<Record<string, string>>;

export interface WrittenPlugin extends Partial<Omit<InstalledPlugin, 'id'>> {
  readonly yaml?: string;
}

/** All that a blueprint may import, as texts. */
export interface ImportWorld {
  /** The files of the archive beside `blueprint.yaml`. */
  readonly files?: Texts;
  /** Id → files of a blueprint of the catalogue; `blueprint.yaml` is the main one. */
  readonly catalogue?: Readonly<Record<string, Texts>>;
  /** The manager's resources, the built-in types among them. */
  readonly resources?: Texts;
  readonly urls?: Texts;
  readonly plugins?: readonly WrittenPlugin[];
  readonly request?: Partial<LoadRequest>;
  readonly options?: LoadOptions;
}

/** Opens what stands in a test, and remembers what was asked for. */
export class MemoryResolver implements ImportResolver {
  readonly opened: string[] = [];
  private readonly files: Texts;

  constructor(
    main: string,
    private readonly world: ImportWorld = {},
  ) {
    this.files = { 'blueprint.yaml': main, ...world.files };
  }

  async open(location: Location): Promise<Opened> {
    const [shown, text] = this.find(location);
    this.opened.push(shown);
    return text === undefined ? { kind: 'absent', reason: 'it is not there' } : { kind: 'text', text };
  }

  async plugins(name: string): Promise<readonly InstalledPlugin[]> {
    return (this.world.plugins ?? [])
      .map((plugin, index) => ({
        name: 'plug',
        version: '1.0',
        distribution: null,
        labels: null,
        blueprintLabels: null,
        resourceTags: null,
        ...plugin,
        id: String(index),
      }))
      .filter((plugin) => plugin.name === name);
  }

  async blueprint(id: string): Promise<{ readonly mainFile: string } | null> {
    return this.world.catalogue?.[id] === undefined ? null : { mainFile: 'blueprint.yaml' };
  }

  private find(location: Location): readonly [string, string | undefined] {
    switch (location.kind) {
      case 'archive': {
        const { blueprint, path } = location;
        const files = blueprint === null ? this.files : this.world.catalogue?.[blueprint];
        return [blueprint === null ? path : `${blueprint}:${path}`, files?.[path]];
      }
      case 'resource':
        return [`resource:${location.path}`, this.world.resources?.[location.path]];
      case 'url':
        return [location.url, this.world.urls?.[location.url]];
      case 'plugin':
        return [`plugin:${location.plugin.id}`, this.world.plugins?.[Number(location.plugin.id)]?.yaml ?? '{}'];
    }
  }
}

export interface LoadedWorld {
  readonly document: MergedDocument;
  /** The merged document as JSON would show it. */
  readonly merged: Readonly<Record<string, unknown>>;
  readonly resolver: MemoryResolver;
  readonly warnings: readonly Diagnostic[];
}

/** Loads a blueprint that must be sound so far. */
export async function load(main: string, world: ImportWorld = {}): Promise<LoadedWorld> {
  const resolver = new MemoryResolver(main, world);
  const diagnostics = new Diagnostics();
  const request = { mainFile: 'blueprint.yaml', validateVersions: true, rules: [], ...world.request };
  const document = await loadDocument(request, resolver, diagnostics, world.options);
  const merged = plain(valueOf(document.root)) as Readonly<Record<string, unknown>>;
  return { document, merged, resolver, warnings: diagnostics.warnings };
}

/** The merged document of a blueprint of 1_5 that only imports this text under the namespace `ns`. */
export async function loadUnder(text: string): Promise<LoadedWorld['merged']> {
  const main = 'tosca_definitions_version: cloudify_dsl_1_5\nimports: [ns--a.yaml]\n';
  return (await load(main, { files: { 'a.yaml': text } })).merged;
}

/** What is wrong with a blueprint that cannot be loaded, the first fault first. @throws Error when it can be */
export async function refusal(main: string, world: ImportWorld = {}): Promise<readonly Diagnostic[]> {
  try {
    await load(main, world);
  } catch (error) {
    if (error instanceof DslError) {
      return error.diagnostics;
    }
    throw error;
  }
  throw new Error('the blueprint was loaded, though it should not have been');
}

/** The numbers of its faults. */
export async function refusedCodes(main: string, world: ImportWorld = {}): Promise<readonly (number | null)[]> {
  return (await refusal(main, world)).map(({ code }) => code);
}

function plain(value: Value): unknown {
  if (isDict(value)) {
    return Object.fromEntries([...value].map(([key, item]) => [keyText(key), plain(item)]));
  }
  if (isList(value)) {
    return value.map(plain);
  }
  return value instanceof Float ? value.value : value;
}
