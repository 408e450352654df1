import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pack, packPlain, unpack, unpackedLength } from './stored-plan.js';

const unpacked = (packed: Uint8Array): Promise<Buffer> => buffer(Readable.from(unpack(packed)));

describe('a packed plan', () => {
  it.each([
    ['compressed', pack],
    ['as it is', packPlain],
  ])('comes back, %s, and its header has its length', async (_how, packing) => {
    for (const text of ['', 'a', 'abc'.repeat(100_000)]) {
      const packed = packing(Buffer.from(text));
      expect((await unpacked(packed)).toString()).toBe(text);
      expect(unpackedLength(Buffer.from(packed))).toBe(text.length);
    }
  });

  it('is small where much repeats itself', () => {
    expect(pack(Buffer.alloc(1_000_000, 'ab')).length).toBeLessThan(10_000);
  });

  it('is refused when it was packed by nobody, or is broken', async () => {
    expect(() => unpack(Buffer.from([9, 0, 0, 0, 0]))).toThrow('unknown way');
    await expect(unpacked(Buffer.from([1, 0, 0, 0, 9, 255, 255, 255]))).rejects.toThrow(/invalid/);
  });
});
