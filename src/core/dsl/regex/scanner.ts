import { PatternSyntaxError } from './syntax.js';

/** Reads a pattern character by character (code points). */
export class Scanner {
  private readonly characters: readonly string[];
  private at = 0;

  constructor(pattern: string) {
    this.characters = Array.from(pattern);
  }

  get length(): number {
    return this.characters.length;
  }

  get position(): number {
    return this.at;
  }

  /** The next character without taking it; undefined at the end. */
  get next(): string | undefined {
    return this.characters[this.at];
  }

  take(): string | undefined {
    const character = this.characters[this.at];
    if (character !== undefined) {
      this.at += 1;
    }
    return character;
  }

  /** Takes the character if it is the next one. */
  match(character: string): boolean {
    if (this.characters[this.at] !== character) {
      return false;
    }
    this.at += 1;
    return true;
  }

  /** Takes up to `most` characters of an alphabet. */
  takeWhile(alphabet: string, most = Infinity): string {
    const start = this.at;
    while (this.at - start < most && this.next !== undefined && alphabet.includes(this.next)) {
      this.at += 1;
    }
    return this.characters.slice(start, this.at).join('');
  }

  /** What stands before the terminator, which is taken, too. @throws PatternSyntaxError without any, or without the end */
  takeUntil(terminator: string, what: string): string {
    const start = this.at;
    const end = this.characters.indexOf(terminator, start);
    if (end === start || start === this.characters.length) {
      throw new PatternSyntaxError(`missing ${what}`, start);
    }
    if (end < 0) {
      throw new PatternSyntaxError(`missing ${terminator}, unterminated name`, start);
    }
    this.at = end + 1;
    return this.characters.slice(start, end).join('');
  }

  seek(position: number): void {
    this.at = position;
  }

  fail(reason: string, position = this.at): never {
    throw new PatternSyntaxError(reason, position);
  }
}
