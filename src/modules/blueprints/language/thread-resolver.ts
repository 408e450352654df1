import type { ImportResolver, InstalledPlugin, Location, Opened } from '../../../core/dsl/imports/resolver.js';
import { readJson } from '../../../core/dsl/json-values.js';
import { isDict, type Dict } from '../../../core/dsl/values.js';
import { versionSuffix, type DslVersion } from '../../../core/dsl/versions.js';
import { readBuiltInResource } from '../../../platform/language/built-in-resources.js';
import type { BlueprintFolder } from './blueprint-folder.js';
import type { Answer, PluginFacts, Question } from './parse-messages.js';
import { textOf } from './source-text.js';

export type Ask = (question: Question) => Promise<Answer>;

/**
 * Opens imports from within the parsing thread: files of the blueprint and built-in resources by itself, everything that
 * needs rights or a network by asking. The same question is asked once in a parse.
 */
export class ThreadResolver implements ImportResolver {
  private readonly opened = new Map<string, Promise<Opened>>();

  constructor(
    private readonly folder: BlueprintFolder,
    private readonly ask: Ask,
  ) {}

  async open(location: Location, version: DslVersion): Promise<Opened> {
    switch (location.kind) {
      case 'archive':
        return location.blueprint === null
          ? this.folder.open(location.path)
          : this.once({ kind: 'blueprint-file', id: location.blueprint, path: location.path }, location.path);
      case 'url':
        return this.once({ kind: 'url', url: location.url }, 'What the URL holds');
      case 'resource': {
        const text = readBuiltInResource(location.path);
        return text === null
          ? { kind: 'absent', reason: `there is no built-in ${location.path}` }
          : { kind: 'text', text };
      }
      case 'plugin':
        return this.once(
          { kind: 'plugin-yaml', id: location.plugin.id, version: versionSuffix(version) },
          `The YAML of the plugin ${location.plugin.name}`,
        );
    }
  }

  async plugins(name: string): Promise<readonly InstalledPlugin[]> {
    const answer = await this.ask({ kind: 'plugins', name });
    return answer.kind === 'plugins' ? answer.plugins.map(toInstalled) : [];
  }

  async blueprint(id: string): Promise<{ readonly mainFile: string } | null> {
    const answer = await this.ask({ kind: 'blueprint', id });
    return answer.kind === 'blueprint' ? { mainFile: answer.mainFile } : null;
  }

  private once(question: Question, name: string): Promise<Opened> {
    const key = JSON.stringify(question);
    const before = this.opened.get(key);
    if (before !== undefined) return before;
    const opened = this.ask(question).then((answer): Opened => {
      if (answer.kind === 'bytes') return textOf(name, answer.bytes);
      return { kind: 'absent', reason: answer.kind === 'absent' ? answer.reason : 'it cannot be had' };
    });
    this.opened.set(key, opened);
    return opened;
  }
}

function toInstalled({ labels, blueprintLabels, resourceTags, ...plugin }: PluginFacts): InstalledPlugin {
  return {
    ...plugin,
    labels: dictOrNull(labels),
    blueprintLabels: dictOrNull(blueprintLabels),
    resourceTags: dictOrNull(resourceTags),
  };
}

function dictOrNull(json: string | null): Dict | null {
  const value = json === null ? undefined : readJson(json);
  return isDict(value) ? value : null;
}
