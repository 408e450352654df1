import fc from 'fast-check';

import type { PropertySchema, PropertySchemas } from '../plan.js';
import type { Dict, Key, Value } from '../values.js';
import { isDict } from '../values.js';
import type { KnownTypes } from './completion.js';
import { completeDict } from './completion.js';

/** Data types t0 … t3, each containing only those before it. */
function typesOf(
  shapes: readonly (readonly [name: string, type: number | null, standard: number | null])[][],
): KnownTypes {
  const known = new Map<string, PropertySchemas>();
  const types: KnownTypes = {
    has: (name) => known.has(name),
    schemas: (name) => known.get(name),
    spend: () => undefined,
  };
  shapes.forEach((shape, level) => {
    const schemas = new Map<string, PropertySchema>();
    for (const [name, type, standard] of shape) {
      const inner = type === null ? undefined : known.get(`t${type % Math.max(level, 1)}`);
      if (inner !== undefined) {
        const value = completeDict(new Map(), inner, types, 'given').value;
        schemas.set(name, { type: `t${(type ?? 0) % Math.max(level, 1)}`, default: value });
      } else {
        schemas.set(name, standard === null ? {} : { default: standard });
      }
    }
    known.set(`t${level}`, schemas);
  });
  return types;
}

const name = fc.constantFrom('a', 'b', 'c', 'use_external_resource');
const shape = fc.uniqueArray(fc.tuple(name, fc.option(fc.nat(3)), fc.option(fc.nat(2))), {
  selector: ([key]) => key,
  maxLength: 4,
});
const { dict } = fc.letrec<{ dict: Dict; item: Value }>((tie) => ({
  item: fc.oneof({ maxDepth: 3 }, fc.nat(9), tie('dict')),
  dict: fc
    .uniqueArray(fc.tuple(fc.oneof(name, fc.constant('zzz')), tie('item')), { selector: ([key]) => key, maxLength: 3 })
    .map((entries) => new Map<Key, Value>(entries)),
}));

describe('completion of values', () => {
  it('keeps what was given, adds what is declared, and is idempotent when nothing is wrong [§7.3]', () => {
    let sound = 0;
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 4 }), dict, (shapes, given) => {
        const types = typesOf(shapes);
        const schemas = types.schemas(`t${shapes.length - 1}`) ?? new Map();
        const { value, faults } = completeDict(given, schemas, types, 'all');
        expect(completeDict(given, schemas, types, 'all').value).toBe(value);
        for (const fault of faults) {
          expect([105, 106, 107]).toContain(fault.code);
          expect(fault.path.length).toBeGreaterThan(0);
        }
        if (faults.length > 0) {
          return;
        }
        sound += 1;
        expect(isKept(given, value)).toBe(true);
        expect([...value.keys()].every((key) => typeof key === 'string' && schemas.has(key))).toBe(true);
        const again = completeDict(value, schemas, types, 'all');
        expect(again.faults).toEqual([]);
        expect(again.value).toEqual(value);
      }),
      { numRuns: 2_000, seed: 3 },
    );
    expect(sound).toBeGreaterThan(200);
  });

  it('of 10,000 nodes takes time in proportion to what they give, and shares the rest', () => {
    const schemas: PropertySchemas = new Map(
      Array.from({ length: 50 }, (_, at) => [`p${at}`, { default: new Map<Key, Value>([['x', at]]) }] as const),
    );
    const types: KnownTypes = { has: () => false, schemas: () => undefined, spend: () => undefined };
    const began = performance.now();
    const values = Array.from({ length: 10_000 }, (_, at) =>
      completeDict(new Map<Key, Value>(at % 2 === 0 ? [] : [['p1', at]]), schemas, types, 'all'),
    );
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(new Set(values).size).toBe(5_001);
    expect(values[1]?.value.get('p2')).toBe(values[0]?.value.get('p2'));
  });
});

function isKept(given: Dict, completed: Dict): boolean {
  return [...given].every(([key, item]) => {
    const kept = completed.get(key);
    return isDict(item) && isDict(kept) ? isKept(item, kept) : item === kept;
  });
}
