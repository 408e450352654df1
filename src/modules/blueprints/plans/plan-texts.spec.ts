import { setImmediate as nextTurn } from 'node:timers/promises';
import { PlanTexts, type PlanSource } from './plan-texts.js';
import { pack, packPlain } from './stored-plan.js';

const MEBIBYTE = 1024 * 1024;

/** A stored plan of so many bytes, and who opened it. */
function source(
  bytes: number,
  packed = packPlain(Buffer.from(`\u{3}"${'x'.repeat(bytes)}"`)),
): PlanSource & {
  readonly opened: () => number;
} {
  let opened = 0;
  return {
    size: { packedBytes: packed.length, foldedBytes: bytes, wireBytes: bytes },
    open: async () => {
      opened += 1;
      return packed;
    },
    opened: () => opened,
  };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('blueprints with their plans', () => {
  it('are told to their end', async () => {
    const plan = source(0, pack(Buffer.from('\u{3}{"nodes":[]}')));
    expect(await textOf(new PlanTexts().answer({ id: 'a' }, plan, 1).stream)).toBe('{"id":"a","plan":{"nodes":[]}}');
    expect(await textOf(new PlanTexts().answer({}, { ...plan, open: async () => null }, 1).stream)).toBe(
      '{"plan":null}',
    );
  });

  it('are not all in memory at once, however many ask for large ones and read nothing', async () => {
    const texts = new PlanTexts();
    const plan = source(2 * MEBIBYTE);
    const answers = Array.from({ length: 60 }, (_, reader) => texts.answer({}, plan, reader));
    await turns();
    expect(plan.opened()).toBe(4);
    for (const { stream } of answers) stream.destroy();
    await turns();
    expect(plan.opened()).toBe(4); // whoever has gone is not waited for, nor served
  });

  it('wait for no reader who takes all the places of large ones', async () => {
    const texts = new PlanTexts();
    const [greedy, other] = [source(2 * MEBIBYTE), source(2 * MEBIBYTE)];
    const stalled = Array.from({ length: 10 }, () => texts.answer({}, greedy, 1));
    await turns();
    expect(greedy.opened()).toBe(3);
    expect(await textOf(texts.answer({}, other, 2).stream)).toHaveLength(2 * MEBIBYTE + 11);
    for (const { stream } of stalled) stream.destroy();
  });

  it.each([
    ['they are sent at length', { packedBytes: 1_000, foldedBytes: 1_000, wireBytes: 1024 * MEBIBYTE }],
    ['they are large when unpacked', { packedBytes: 1_000, foldedBytes: 32 * MEBIBYTE, wireBytes: 33 * MEBIBYTE }],
  ])('of little text count as large when %s', async (_why, size) => {
    const texts = new PlanTexts();
    const plan = { ...source(MEBIBYTE), size };
    const answers = Array.from({ length: 10 }, (_, reader) => texts.answer({}, plan, reader));
    await turns();
    expect(plan.opened()).toBe(4);
    for (const { stream } of answers) stream.destroy();
  });

  it('end for their reader when they cannot be read', async () => {
    const broken: PlanSource = {
      size: { packedBytes: 1, foldedBytes: 1, wireBytes: 1 },
      open: () => Promise.reject(new Error('gone')),
    };
    await expect(textOf(new PlanTexts().answer({}, broken, 1).stream)).rejects.toThrow('gone');
  });
});
