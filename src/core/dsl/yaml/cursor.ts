import {
  BYTE_ORDER_MARK,
  COLON,
  CR,
  DASH,
  DOT,
  END,
  HASH,
  isBlankOrEnd,
  isBreak,
  isBreakOrEnd,
  LF,
  QUESTION,
  SPACE,
  TAB,
} from './characters.js';
import { YamlFault } from './fault.js';

/** A place in a text and the line that it is on. */
export class Cursor {
  readonly text: string;
  pos = 0;
  lineStart = 0;

  constructor(text: string) {
    // One character that no text may hold spares every reader the question whether there is more.
    this.text = `${text}\0`;
    if (text.charCodeAt(0) === BYTE_ORDER_MARK) {
      this.pos = 1;
      this.lineStart = 1;
    }
  }

  code(ahead = 0): number {
    return this.text.charCodeAt(this.pos + ahead);
  }

  get column(): number {
    return this.pos - this.lineStart;
  }

  /** The column, or −1 where the document ends: all blocks end there. */
  get blockColumn(): number {
    return this.atDocumentEnd() ? -1 : this.pos - this.lineStart;
  }

  /** At the end of the text, or at a `---` or `...` that begins a line. */
  atDocumentEnd(): boolean {
    const code = this.text.charCodeAt(this.pos);
    return code === END || (this.pos === this.lineStart && (code === DASH || code === DOT) && this.atMark(code));
  }

  /** At three of that character, then a blank. */
  atMark(mark: number): boolean {
    return this.code() === mark && this.code(1) === mark && this.code(2) === mark && isBlankOrEnd(this.code(3));
  }

  /** At an indicator (`-`, `?`, `:`) as block collections know it: a blank follows. */
  atIndicator(indicator: typeof DASH | typeof QUESTION | typeof COLON): boolean {
    return this.code() === indicator && isBlankOrEnd(this.code(1));
  }

  skipSpaces(): void {
    while (this.text.charCodeAt(this.pos) === SPACE) {
      this.pos += 1;
    }
  }

  /** Over one line break. Returns what it is in a value: all but two rare ones are a newline. */
  takeBreak(): string {
    const code = this.text.charCodeAt(this.pos);
    this.pos += code === CR && this.text.charCodeAt(this.pos + 1) === LF ? 2 : 1;
    this.lineStart = this.pos;
    return code === 0x2028 || code === 0x2029 ? String.fromCharCode(code) : '\n';
  }

  /** Over spaces, comments and line breaks. Returns whether the line changed. @throws YamlFault for a tab */
  skipToToken(): boolean {
    const { text } = this;
    let crossed = false;
    for (;;) {
      let code = text.charCodeAt(this.pos);
      while (code === SPACE) {
        this.pos += 1;
        code = text.charCodeAt(this.pos);
      }
      if (code === HASH) {
        this.skipLine();
        code = text.charCodeAt(this.pos);
      }
      if (!isBreak(code)) {
        if (code === TAB) {
          throw this.fault('a tab may not separate or indent; use spaces');
        }
        return crossed;
      }
      this.takeBreak();
      crossed = true;
    }
  }

  /** To the line break, or the end. */
  skipLine(): void {
    const { text } = this;
    let { pos } = this;
    while (!isBreakOrEnd(text.charCodeAt(pos))) {
      pos += 1;
    }
    this.pos = pos;
  }

  fault(message: string, offset = this.pos): YamlFault {
    return new YamlFault(message, offset);
  }
}
