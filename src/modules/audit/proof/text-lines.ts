/** Longer lines are no export and no audit file of ours. */
const MAX_LINE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a stream of bytes, one at a time; a last one without line end counts.
 * @throws RangeError when one is longer than 1 MiB.
 */
export async function* textLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  for await (const chunk of bytes) {
    let data = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE)) {
      number += 1;
      yield { number, text: data.toString('utf8', 0, end) };
      data = data.subarray(end + 1);
    }
    if (data.length > MAX_LINE_BYTES)
      throw new RangeError(`Line ${number + 1} is longer than ${MAX_LINE_BYTES} bytes.`);
    rest = data;
  }
  if (rest.length > 0) yield { number: number + 1, text: rest.toString('utf8') };
}
