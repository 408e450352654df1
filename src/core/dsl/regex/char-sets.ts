import type { Category, Flag, SetItem } from './syntax.js';

/** What `\s` matches in Python beyond ASCII, as a set of RE2. */
const UNICODE_SPACES =
  '\\x{9}-\\x{d}\\x{1c}-\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}';
const NO_UNICODE_SPACES =
  '\\x{0}-\\x{8}\\x{e}-\\x{1b}\\x{21}-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}' +
  '\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}';
const MAX_CODE_POINT = 0x10_ff_ff;
/** Letters and numbers end far below; what is private or unassigned is none. */
const LAST_LETTER = 0x3_ff_ff;
const WORD = /[\p{L}\p{N}_]/u;

/** Categories with the flag `a`. */
const ASCII: Readonly<Record<Category, readonly [plain: string, negated: string]>> = {
  digit: ['0-9', '\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}'],
  space: ['\\x{9}-\\x{d}\\x{20}', '\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{10ffff}'],
  word: ['0-9A-Za-z_', '\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{10ffff}'],
};

export interface SetContext {
  readonly flags: ReadonlySet<Flag>;
  /** Only ASCII text will be matched, so categories need not reach beyond. */
  readonly asciiText: boolean;
}

/** One set of characters as RE2 writes it. */
export function setOf(items: readonly SetItem[], negated: boolean, context: SetContext): string {
  const [first] = items;
  const alone = items.length === 1 && first?.kind === 'category' && first.category === 'word' && first.negated;
  const body = alone ? categoryOf('word', false, context) : items.map((item) => itemOf(item, context)).join('');
  const set = `[${negated !== alone ? '^' : ''}${body}]`;
  return context.flags.has('i') && !context.flags.has('a') ? `(?i:${set})` : set;
}

function itemOf(item: SetItem, context: SetContext): string {
  switch (item.kind) {
    case 'category':
      return categoryOf(item.category, item.negated, context);
    case 'range':
      return rangeOf(item.from, item.to, context);
    case 'named-character':
      throw new UnknownCharacter();
  }
}

/** A character that was written by its Unicode name. */
export class UnknownCharacter extends Error {}

function categoryOf(category: Category, negated: boolean, { flags, asciiText }: SetContext): string {
  if (category === 'space' && !flags.has('a')) {
    return negated ? NO_UNICODE_SPACES : UNICODE_SPACES;
  }
  if (flags.has('a') || asciiText) {
    // Beyond ASCII stand letters that lose their case into ASCII (the Kelvin sign), so the set must not hold them.
    return asciiText ? ASCII[category][negated ? 1 : 0].replace('10ffff', '7f') : ASCII[category][negated ? 1 : 0];
  }
  if (category === 'digit') {
    return negated ? '\\P{Nd}' : '\\p{Nd}';
  }
  return negated ? noUnicodeWord() : '\\p{L}\\p{N}_';
}

/** With the flags `i` and `a` together only ASCII letters lose their case. */
function rangeOf(from: number, to: number, { flags }: SetContext): string {
  const plain = range(from, to);
  return flags.has('i') && flags.has('a')
    ? `${plain}${shifted(from, to, 0x41, 0x5a, 32)}${shifted(from, to, 0x61, 0x7a, -32)}`
    : plain;
}

function shifted(from: number, to: number, low: number, high: number, by: number): string {
  const start = Math.max(from, low);
  const end = Math.min(to, high);
  return start > end ? '' : range(start + by, end + by);
}

function range(from: number, to: number): string {
  return from === to ? character(from) : `${character(from)}-${character(to)}`;
}

export function character(code: number): string {
  return `\\x{${code.toString(16)}}`;
}

let noWord: string | undefined;

/** All that is no letter, number or underscore: needed only where `\W` shares a set with others. */
function noUnicodeWord(): string {
  if (noWord === undefined) {
    const ranges: string[] = [];
    let start = -1;
    for (let code = 0; code <= LAST_LETTER; code += 1) {
      const isWord = WORD.test(String.fromCodePoint(code));
      if (!isWord && start < 0) {
        start = code;
      } else if (isWord && start >= 0) {
        ranges.push(range(start, code - 1));
        start = -1;
      }
    }
    noWord = `${ranges.join('')}${range(start, MAX_CODE_POINT)}`;
  }
  return noWord;
}
