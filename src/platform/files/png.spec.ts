import { describe, expect, it } from '@jest/globals';
import { isPng } from './png.js';

function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(24);
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(head);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
}

describe('isPng', () => {
  it('takes an image of a sensible size', () => {
    expect(isPng(png(1, 1))).toBe(true);
    expect(isPng(png(4096, 4096))).toBe(true);
  });

  it('refuses other sizes, other first chunks and other signatures', () => {
    expect(isPng(png(0, 1))).toBe(false);
    expect(isPng(png(1, 4097))).toBe(false);
    expect(isPng(png(1, 1).subarray(0, 23))).toBe(false);
    expect(isPng(png(1, 1).fill('x', 12, 16))).toBe(false);
    expect(isPng(png(1, 1).fill('G', 0, 1))).toBe(false);
    expect(isPng(Buffer.from('<svg/>'))).toBe(false);
  });
});
