import { BYTE_ORDER_MARK, CR, isBreak, LF } from './characters.js';
import type { SourceText } from './tree.js';

/** A file's text, whose lines are counted when a place is asked for first. */
export class TextSource implements SourceText {
  private starts: number[] | undefined;

  constructor(
    readonly name: string,
    private readonly text: string,
  ) {}

  position(offset: number): { readonly line: number; readonly column: number } {
    this.starts ??= lineStarts(this.text);
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return { line: low + 1, column: Math.min(offset, this.text.length) - (this.starts[low] ?? 0) + 1 };
  }
}

function lineStarts(text: string): number[] {
  const starts = [text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isBreak(code) && !(code === CR && text.charCodeAt(at + 1) === LF)) {
      starts.push(at + 1);
    }
  }
  return starts;
}
