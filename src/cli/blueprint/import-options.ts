import { basename, dirname } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { FolderBlueprint, FolderPlugin } from '../../platform/language/folder-resolver.js';
import { pluginFromPath } from '../../platform/language/plugin-files.js';
import type { BlueprintChoice } from './open-blueprint.js';
import type { ImportChoice } from './read-blueprint.js';

export interface ReadingFlags extends BlueprintChoice {
  readonly plugin?: readonly FolderPlugin[];
  readonly blueprint?: ReadonlyMap<string, FolderBlueprint>;
}

/** What every command that reads a blueprint takes. */
export function withReading(command: Command): Command {
  return command
    .argument('<blueprint>', 'its main file, its folder, or an archive')
    .option('--main <file>', 'the main file in an archive or folder (default: blueprint.yaml)')
    .option('--root <dir>', "the blueprint's folder, where it is not the main file's")
    .option(
      '--plugin <name[@version]=path>',
      'a plugin: its YAML or the folder of its YAMLs; repeatable',
      addPlugin,
      [],
    )
    .option('--blueprint <id=file>', 'a blueprint to import by its id; repeatable', addBlueprint)
    .addHelpText(
      'after',
      '\nNeeds no manager. URLs are not fetched: imports come from the folder, and from what is named here.',
    );
}

export function importsOf({ plugin, blueprint }: ReadingFlags): ImportChoice {
  return { plugins: plugin ?? [], blueprints: blueprint ?? new Map() };
}

function addPlugin(text: string, before: readonly FolderPlugin[] = []): readonly FolderPlugin[] {
  const [address, path] = cut(text);
  const at = address.lastIndexOf('@');
  const [name, version] = at > 0 ? [address.slice(0, at), address.slice(at + 1)] : [address, null];
  try {
    return [...before, pluginFromPath(name, version, path)];
  } catch {
    throw new InvalidArgumentError(`There is no plugin at ${path}.`);
  }
}

function addBlueprint(
  text: string,
  before: ReadonlyMap<string, FolderBlueprint> = new Map(),
): ReadonlyMap<string, FolderBlueprint> {
  const [id, file] = cut(text);
  return new Map([...before, [id, { folder: dirname(file), mainFile: basename(file) }]]);
}

function cut(text: string): [name: string, path: string] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('It has the form name=path.');
  return [text.slice(0, at), text.slice(at + 1)];
}
