import type { Opened } from '../../../core/dsl/imports/resolver.js';

/** YAML of users: 5 MiB a file (security-design §8). */
export const MAX_SOURCE_BYTES = 5 * 1024 * 1024;

/** @param name as its user knows it */
export function textOf(name: string, bytes: Uint8Array): Opened {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { kind: 'absent', reason: `${name} is not UTF-8` };
  }
}

export function tooLarge(name: string, maxBytes: number): Opened {
  return { kind: 'absent', reason: `${name} is larger than ${maxBytes} bytes` };
}
