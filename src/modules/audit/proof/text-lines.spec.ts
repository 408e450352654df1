import { textLines, type TextLine } from './text-lines.js';

async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(lines: AsyncIterable<TextLine>): Promise<TextLine[]> {
  const all: TextLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe('textLines', () => {
  it.each([1, 2, 3, 5, 100])('puts lines together from pieces of %d bytes', async (size) => {
    const lines = await collect(textLines(chunksOf('é\n\nzwei\nlast', size)));
    expect(lines).toEqual([
      { number: 1, text: 'é' },
      { number: 2, text: '' },
      { number: 3, text: 'zwei' },
      { number: 4, text: 'last' },
    ]);
  });

  it('does not hold a line that never ends', async () => {
    const endless = chunksOf('x'.repeat(3 * 1024 * 1024), 64 * 1024);
    await expect(collect(textLines(endless))).rejects.toThrow('Line 1 is longer');
  });
});
