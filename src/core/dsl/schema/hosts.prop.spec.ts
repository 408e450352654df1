import fc from 'fast-check';

import type { Containable } from './hosts.js';
import { hostsOf } from './hosts.js';

interface Sketch {
  readonly isHost: boolean;
  readonly container: number | null;
}

/** Node templates, each contained in an earlier one or in none, in any order. */
const forests = fc
  .array(fc.record({ isHost: fc.boolean(), container: fc.option(fc.nat({ max: 60 })) }), { maxLength: 60 })
  .map((sketches) =>
    sketches.map(({ isHost, container }, index): Sketch => ({
      isHost,
      container: container === null || index === 0 ? null : container % index,
    })),
  );

function hostOf(sketches: readonly Sketch[], index: number): number | null {
  const sketch = sketches[index];
  if (sketch === undefined || sketch.isHost) {
    return sketch === undefined ? null : index;
  }
  return sketch.container === null ? null : hostOf(sketches, sketch.container);
}

describe('hosts of any containment', () => {
  it('are the nearest host type up the containers [§10] [plan 1.1]', () => {
    fc.assert(
      fc.property(forests, fc.infiniteStream(fc.nat()), (sketches, random) => {
        const order = sketches
          .map((_, index) => [random.next().value ?? 0, index] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, index]) => index);
        const templates = new Map<string, Containable>();
        for (const index of order) {
          const { isHost, container } = sketches[index] ?? { isHost: false, container: null };
          templates.set(String(index), { isHost, container: container === null ? null : String(container) });
        }
        const hosts = hostsOf(templates);
        for (const index of order) {
          expect(hosts.get(String(index)) ?? null).toBe(hostOf(sketches, index)?.toString() ?? null);
        }
      }),
      { seed: 11, numRuns: 100 },
    );
  });
});
