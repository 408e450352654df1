import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../version.js';

const FOLDER = join(PACKAGE_ROOT, 'resources');

/** What imports may name beneath the manager's resources (types.md); nothing else of that folder is opened. */
const PATHS: ReadonlySet<string> = new Set([
  ...['types.yaml', 'types_1_4.yaml', 'types_1_3.yaml'].map((name) => `cloudify/types/${name}`),
  // Plugins that run in the worker.
  ...['http.yaml', 'terraform.yaml'].map((name) => `holdfast/${name}`),
]);

const texts = new Map<string, string>();

/** The text of a resource that comes with the program, `cloudify/types/types_1_4.yaml`, or null where there is none. */
export function readBuiltInResource(path: string): string | null {
  if (!PATHS.has(path)) return null;
  let text = texts.get(path);
  if (text === undefined) {
    text = readFileSync(join(FOLDER, path), 'utf8');
    texts.set(path, text);
  }
  return text;
}
