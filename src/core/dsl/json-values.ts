import type { Key, Value } from './values.js';
import { floatValue, integerValue } from './values.js';

const BLANK = /[ \t\r\n]*/y;
const WORD = /[-\w.+]+/y;
const MAX_DEPTH = 500;
const INTEGER = /^-?\d+$/;

/**
 * What a JSON text says, as a value of the language: `1.0` stays a float, large integers stay exact, dictionaries keep
 * their order and may have any key.
 * @throws SyntaxError for text that is no JSON, or nested deeper than 500 levels
 */
export function readJson(text: string): Value {
  JSON.parse(text); // judges it, so that the reader need not
  return new JsonReader(text).read();
}

/** Reads text that is known to be JSON. */
class JsonReader {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  read(): Value {
    switch (this.peek()) {
      case '[':
        return this.nested(() => this.list());
      case '{':
        return this.nested(() => this.dict());
      case '"':
        return this.string();
      default:
        return wordValue(this.match(WORD));
    }
  }

  private nested(read: () => Value): Value {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) {
      throw new SyntaxError(`JSON is nested deeper than ${String(MAX_DEPTH)} levels`);
    }
    const value = read();
    this.depth -= 1;
    return value;
  }

  private list(): Value {
    const items: Value[] = [];
    this.at += 1;
    while (this.peek() !== ']') {
      items.push(this.read());
      this.skip(',');
    }
    this.at += 1;
    return items;
  }

  private dict(): Value {
    const entries = new Map<Key, Value>();
    this.at += 1;
    while (this.peek() === '"') {
      const key = this.string();
      this.skip(':');
      entries.set(key, this.read());
      this.skip(',');
    }
    this.at += 1;
    return entries;
  }

  private string(): string {
    const start = this.at;
    do {
      this.at = this.text.indexOf('"', this.at + 1);
    } while (this.isEscaped(this.at));
    this.at += 1;
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  /** Whether an odd number of backslashes stands before the place. */
  private isEscaped(at: number): boolean {
    let first = at;
    while (this.text[first - 1] === '\\') {
      first -= 1;
    }
    return (at - first) % 2 === 1;
  }

  private peek(): string | undefined {
    this.match(BLANK);
    return this.text[this.at];
  }

  private skip(mark: string): void {
    if (this.peek() === mark) {
      this.at += 1;
    }
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found = ''] = pattern.exec(this.text) ?? [];
    this.at += found.length;
    return found;
  }
}

function wordValue(word: string): Value {
  if (word === 'null') {
    return null;
  }
  if (word === 'true' || word === 'false') {
    return word === 'true';
  }
  return INTEGER.test(word) ? integerValue(BigInt(word)) : floatValue(Number(word));
}
