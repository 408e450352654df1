import fc from 'fast-check';
import { foldedText, foldPlan, unfoldPlan } from './folded-plan.js';
import type { Plan } from './plan.js';
import { planJson } from './plan-codec.js';
import { Bytes, DateValue, Float, floatValue, type Dict, type Key, type Value } from './values.js';

const SEED = 4711;

const scalars: fc.Arbitrary<Key> = fc.oneof(
  fc.constantFrom(null, true, '', '__proto__', '\u{1}0\u{1}', '\u{3}', 2n ** 70n, Number.NaN, -Infinity, new Float(-0)),
  fc.string({ unit: 'binary' }),
  fc.double().map((number) => floatValue(number)),
  fc.constantFrom(new DateValue('2020-01-01'), new Bytes('00ff')),
);
const { value: values } = fc.letrec<{ value: Value; dict: Dict }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalars, fc.array(tie('value'), { maxLength: 4 }), tie('dict')),
  dict: fc
    .array(fc.tuple(fc.oneof(fc.string(), scalars), tie('value')), { maxLength: 4 })
    .map((entries) => new Map<Key, Value>(entries)),
}));

/** Something like a plan: what is chosen twice is one object, and stands in others that are chosen twice. */
const shared = fc
  .tuple(fc.array(values, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 30 }))
  .map(([own, uses]) => {
    const pool: Value[] = [...own, new Map([['padding', 'x'.repeat(80)]])];
    for (const use of uses) {
      const [one, other] = [pool[use % pool.length] ?? null, pool[(use * 7) % pool.length] ?? null];
      if (pool.length < 12) pool.push([one, other, 'and more, so that it is worth a part of its own, is it not?']);
    }
    return { nodes: pool, metadata: new Map<Key, Value>([['all', pool]]) } as unknown as Plan;
  });

async function unfolded(bytes: Uint8Array, chunk = 16_384): Promise<string> {
  const out: Buffer[] = [];
  for await (const part of unfoldPlan(chunksOf(bytes, chunk))) {
    expect(part.length).toBeLessThanOrEqual(64 * 1024);
    out.push(part);
  }
  return Buffer.concat(out).toString();
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

describe('a folded plan', () => {
  it('unfolds to its JSON, however its bytes come, and knows how long that is', async () => {
    await fc.assert(
      fc.asyncProperty(shared, fc.integer({ min: 1, max: 40 }), async (plan, size) => {
        const { bytes, wireBytes } = foldPlan(plan);
        const text = [...planJson(plan)].join('');
        expect(await unfolded(bytes, size)).toBe(text);
        expect(wireBytes).toBe(Buffer.byteLength(text));
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it('holds what is shared once, also inside of what is shared', async () => {
    const small = new Map<Key, Value>([['text', 'y'.repeat(100)]]);
    const large: Value = Array.from({ length: 50 }, () => small);
    const plan = { nodes: Array.from({ length: 2_000 }, () => large) } as unknown as Plan;
    const { bytes, wireBytes } = foldPlan(plan);
    expect(bytes.length).toBeLessThan(10_000);
    expect(wireBytes).toBeGreaterThan(10_000_000);
    let length = 0;
    for await (const part of unfoldPlan(chunksOf(bytes, 1_000))) length += part.length;
    expect(length).toBe(wireBytes);
  });

  it('may be any JSON text', async () => {
    const { bytes, wireBytes } = foldedText('{"ä": 1}');
    expect(await unfolded(bytes, 3)).toBe('{"ä": 1}');
    expect(wireBytes).toBe(9);
  });

  it.each([
    ['nothing', ''],
    ['no plan', 'x\u{2}'],
    ['a part that is not there', '\u{3}\u{1}0\u{1}'],
    ['a reference that does not end', '\u{3}\u{1}0'],
    ['a part within the plan', '\u{3}a\u{2}'],
    ['a part that does not end', 'a\u{3}b'],
    ['a mark within a reference', '\u{1}0\u{2}'],
  ])('is refused with %s', async (_what, text) => {
    await expect(unfolded(Buffer.from(text))).rejects.toThrow('folded plan');
  });
});
