import { readFileSync } from 'node:fs';

/** `resources/` of the program: four folders up, compiled or not. */
const ROOT = new URL('../../../../resources/', import.meta.url);
const PLAIN_PATH = /^(?:[A-Za-z0-9_-]+\/)*[A-Za-z0-9_-]+\.yaml$/;

/** The text of a built-in resource, such as `cloudify/types/types.yaml`, or null where there is none. */
export function readResource(path: string): string | null {
  if (!PLAIN_PATH.test(path)) return null;
  try {
    return readFileSync(new URL(path, ROOT), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
