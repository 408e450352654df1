import { readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DslError } from '../../core/dsl/diagnostics.js';
import { choosePluginYaml } from '../../core/dsl/imports/plugin-yaml.js';
import { isDict, type Value } from '../../core/dsl/values.js';
import { loadYaml } from '../../core/dsl/yaml/load.js';
import { valueOf } from '../../core/dsl/yaml/tree.js';
import type { FolderPlugin } from './folder-resolver.js';
import { SourceFolder } from './source-folder.js';

/** Of a plugin whose YAML does not say. */
const UNKNOWN_VERSION = '0';

/**
 * A plugin as if it were installed, from its YAML, or from a folder that holds one for each version of the language.
 * @param version the one that its YAML says when it is null
 * @throws Error when there is nothing
 */
export function pluginFromPath(name: string, version: string | null, path: string): FolderPlugin {
  const isFolder = statSync(path).isDirectory();
  const folder = new SourceFolder(isFolder ? path : dirname(path));
  const files = isFolder ? readdirSync(path).toSorted() : [basename(path)];
  return {
    installed: {
      name,
      version:
        version ?? files.map((file) => versionIn(folder, file, name)).find((one) => one !== null) ?? UNKNOWN_VERSION,
      distribution: null,
      labels: null,
      blueprintLabels: null,
      resourceTags: null,
    },
    open: (wanted) => {
      const file = isFolder ? choosePluginYaml(files, wanted) : (files[0] ?? null);
      return file === null ? { kind: 'absent', reason: 'it has no YAML for this version' } : folder.open(file);
    },
  };
}

/** The `package_version` of the plugin of that package name. */
function versionIn(folder: SourceFolder, file: string, packageName: string): string | null {
  const opened = file.endsWith('.yaml') ? folder.open(file) : null;
  if (opened?.kind !== 'text') return null;
  let document: Value;
  try {
    const root = loadYaml(opened.text, file);
    document = root === null ? null : valueOf(root);
  } catch (error) {
    if (error instanceof DslError) return null; // importing it says why
    throw error;
  }
  const plugins = isDict(document) ? document.get('plugins') : undefined;
  for (const plugin of isDict(plugins) ? plugins.values() : []) {
    const version = isDict(plugin) && plugin.get('package_name') === packageName ? plugin.get('package_version') : null;
    if (typeof version === 'string') return version;
  }
  return null;
}
