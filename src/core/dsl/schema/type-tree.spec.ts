import fc from 'fast-check';

import { Budget } from './budget.js';
import { TypeTree } from './type-tree.js';

interface Own {
  readonly derivedFrom: string | null;
}

function lineages(own: ReadonlyMap<string, Own>): TypeTree<Own, readonly string[]> {
  return new TypeTree<Own, readonly string[]>(own, (ancestor, line) => [
    ...(ancestor ?? []),
    ...line.map(([name]) => name),
  ]);
}

describe('a tree of types', () => {
  it('gives each type all its ancestors, in whatever order they are asked for', () => {
    const shapes = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(shapes, fc.array(fc.nat({ max: 400 }), { maxLength: 50 }), (parents, questions) => {
        const parentOf = (index: number): number | null => (index === 0 ? null : (parents[index] ?? 0) % index);
        const own = new Map(
          parents.map((_, index) => {
            const parent = parentOf(index);
            return [`t${String(index)}`, { derivedFrom: parent === null ? null : `t${String(parent)}` }] as const;
          }),
        );
        const tree = lineages(own);
        for (const question of questions.filter((index) => index < parents.length)) {
          const expected: string[] = [];
          for (let next: number | null = question; next !== null; next = parentOf(next)) {
            expected.unshift(`t${String(next)}`);
          }
          expect(tree.get(`t${String(question)}`)).toEqual(expected);
        }
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  it('makes a type once', () => {
    const tree = lineages(new Map([['a', { derivedFrom: null }]]));
    expect(tree.get('a')).toBe(tree.get('a'));
    expect(tree.get('b')).toBeUndefined();
  });
});

describe('a budget', () => {
  it('ends what would grow beyond all bounds', () => {
    const budget = new Budget(100);
    budget.charge(10, 50);
    expect(() => {
      budget.charge(0, 1);
    }).toThrow('too large');
  });
});
