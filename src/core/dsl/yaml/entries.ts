import type { Key } from '../values.js';
import { DateValue, Float } from '../values.js';
import type { Entry, MappingNode } from './tree.js';

/**
 * Entries in their order, by the identity of Python's keys: `1`, `1.0` and `true` are one. Of equal keys the first
 * keeps its place and the last its value.
 */
export class Entries {
  readonly byKey = new Map<Key, Entry>();
  private others: Map<string | number | bigint, Key> | undefined;

  /** Returns whether the key was there already. */
  put(entry: Entry): boolean {
    const key = this.identity(entry.key.value);
    const before = this.byKey.size;
    this.byKey.set(key, entry);
    return this.byKey.size === before;
  }

  putAll(mapping: MappingNode): void {
    for (const entry of mapping.entries.values()) {
      this.put(entry);
    }
  }

  private identity(key: Key): Key {
    if (typeof key === 'string' || key === null) {
      return key;
    }
    const same = comparable(key);
    this.others ??= new Map();
    const known = this.others.get(same);
    if (known === undefined) {
      this.others.set(same, key);
      return key;
    }
    return known;
  }
}

function comparable(key: Exclude<Key, string | null>): string | number | bigint {
  if (typeof key === 'object') {
    return key instanceof Float ? key.value : key instanceof DateValue ? `date ${key.iso}` : `bytes ${key.hex}`;
  }
  return typeof key === 'boolean' ? Number(key) : key;
}
