import { createSecretKey } from 'node:crypto';
import { KeyMemory } from './key-memory.js';

const key = createSecretKey(Buffer.alloc(32, 1));
const memory = (): KeyMemory => {
  const filled = new KeyMemory(3, 1_000);
  for (const version of [1, 2, 3]) filled.remember(version, { tenantId: version, key, readAtMs: 0 });
  return filled;
};

describe('KeyMemory', () => {
  it('gives a key to its owner only', () => {
    expect(memory().find(1, 1, 0)).toBe(key);
    expect(memory().find(2, 1, 0)).toBeUndefined();
    expect(memory().find(null, 1, 0)).toBeUndefined();
  });

  it('forgets what was not used for longest when it is full', () => {
    const full = memory();
    full.find(1, 1, 0);
    full.remember(4, { tenantId: 4, key, readAtMs: 0 });
    expect(full.size).toBe(3);
    expect([1, 2, 3, 4].filter((version) => full.find(version, version, 0) !== undefined)).toEqual([1, 3, 4]);
  });

  it('does not serve a key beyond its time, nor after the clock was set back', () => {
    expect(memory().find(1, 1, 999)).toBe(key);
    expect(memory().find(1, 1, 1_000)).toBeUndefined();
    expect(memory().find(1, 1, -1)).toBeUndefined();
  });

  it('forgets all keys of one owner', () => {
    const filled = memory();
    filled.remember(2, { tenantId: 1, key, readAtMs: 0 });
    filled.forget(1);
    expect([filled.find(1, 1, 0), filled.find(1, 2, 0), filled.find(3, 3, 0)]).toEqual([undefined, undefined, key]);
  });
});
