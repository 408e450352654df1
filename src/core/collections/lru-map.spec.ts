import { describe, expect, it } from '@jest/globals';
import { LruMap } from './lru-map.js';

describe('LruMap', () => {
  it('forgets what was not asked for longest', () => {
    const map = new LruMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    expect(map.get('a')).toBe(1);
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
    expect(map.size).toBe(2);
  });

  it('drops an entry only while it holds the value that is meant', () => {
    const map = new LruMap<string, object>(2);
    const [older, newer] = [{}, {}];
    map.set('a', newer);
    map.drop('a', older);
    expect(map.get('a')).toBe(newer);
    map.drop('a', newer);
    expect(map.get('a')).toBeUndefined();
  });

  it('does not grow when an entry is set again', () => {
    const map = new LruMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('b', 3);
    expect([map.get('a'), map.get('b')]).toEqual([1, 3]);
  });
});
