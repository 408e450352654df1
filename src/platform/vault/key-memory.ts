import type { KeyObject } from 'node:crypto';

interface Remembered {
  readonly tenantId: number | null;
  readonly key: KeyObject;
  readonly readAtMs: number;
}

/**
 * Unwrapped tenant keys, the ones used last, as KeyObjects: their bytes lie outside of the JavaScript heap and OpenSSL
 * wipes them when they go. An entry serves for `maxAgeMs` and is then read again, so a key that another replica shredded
 * is forgotten here soon after.
 */
export class KeyMemory {
  private readonly entries = new Map<number, Remembered>();

  constructor(
    private readonly capacity: number,
    private readonly maxAgeMs: number,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  /** Undefined also when the version belongs to another tenant: whoever asks must learn that from the database. */
  find(tenantId: number | null, version: number, nowMs: number): KeyObject | undefined {
    const entry = this.entries.get(version);
    if (entry === undefined || entry.tenantId !== tenantId || !isFresh(entry.readAtMs, nowMs, this.maxAgeMs))
      return undefined;
    this.entries.delete(version); // a Map keeps the order of insertion: the front is what was not used for longest
    this.entries.set(version, entry);
    return entry.key;
  }

  remember(version: number, entry: Remembered): void {
    this.entries.delete(version);
    this.entries.set(version, entry);
    if (this.entries.size <= this.capacity) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  forget(tenantId: number | null): void {
    for (const [version, entry] of this.entries) if (entry.tenantId === tenantId) this.entries.delete(version);
  }
}

/** A clock that was set back makes what was read before stale, never fresh for ever. */
export function isFresh(readAtMs: number, nowMs: number, maxAgeMs: number): boolean {
  const age = nowMs - readAtMs;
  return age >= 0 && age < maxAgeMs;
}
