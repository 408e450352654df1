import { UnknownCharacter, character, setOf } from './char-sets.js';
import type { ParsedPattern } from './parse.js';
import type { Flag, Flags, Piece, Place, Sequence } from './syntax.js';

/** RE2 takes no larger count, nested counts multiplied. */
const MAX_COUNT = 1_000;
/** Characters and sets of a pattern, every repetition written out. */
const MAX_SIZE = 20_000;
/** Characters of a translated pattern. */
const MAX_TEXT = 200_000;

/** Python compiles the pattern, but it cannot be matched here. */
export class PatternUnusableError extends Error {
  constructor(reason: string) {
    super(`the pattern ${reason}`);
    this.name = 'PatternUnusableError';
  }
}

export interface Target {
  /** Only ASCII text will be matched. */
  readonly asciiText: boolean;
  /**
   * The text was cut before its final newline: `$` holds at its end, `\Z` does not. (Before a final newline `$` holds,
   * too, which RE2 cannot say.)
   */
  readonly cut: boolean;
  /** In a text without characters `\B` does not hold. */
  readonly empty: boolean;
}

export interface Translated {
  readonly text: string;
  /** Characters and sets, every repetition written out. */
  readonly size: number;
  /** Whether the pattern has a `$` that is not bound to lines. */
  readonly hasEnd: boolean;
}

/**
 * The pattern in the syntax of RE2, bound to the start of the text. It matches the same texts; what it captures is
 * not kept.
 * @throws PatternUnusableError look-around, back-references, conditionals, atomic groups, possessive repeats,
 *   characters by name, `\b` in Unicode text, and repetitions beyond a bound
 */
export function translate(pattern: ParsedPattern, target: Target): Translated {
  const translator = new Translator(target);
  const { text, size } = translator.sequence(pattern.body, pattern.flags);
  return { text: `\\A(?:${text})`, size, hasEnd: translator.hasEnd };
}

interface Emitted {
  readonly text: string;
  readonly size: number;
  /** The largest product of nested counts. */
  readonly count: number;
}

class Translator {
  hasEnd = false;

  constructor(private readonly target: Target) {}

  sequence({ pieces }: Sequence, flags: Flags): Emitted {
    return joined(
      pieces.map((piece) => this.piece(piece, flags)),
      '',
    );
  }

  private piece(piece: Piece, flags: Flags): Emitted {
    switch (piece.kind) {
      case 'literal':
        return one(this.literal(piece.code, flags));
      case 'any':
        return one(flags.has('s') ? '(?s:.)' : '[^\\x{a}]');
      case 'set':
        return one(this.set(piece, flags));
      case 'at':
        return { text: this.place(piece.place, flags), size: 1, count: 1 };
      case 'group':
        return wrapped(this.sequence(piece.body, withFlags(flags, piece.add, piece.remove)));
      case 'branch':
        return wrapped(
          joined(
            piece.options.map((option) => this.sequence(option, flags)),
            '|',
          ),
        );
      case 'repeat':
        if (piece.possessive) {
          throw new PatternUnusableError('uses a possessive repeat, which cannot be matched in linear time');
        }
        return repeated(this.sequence(piece.body, flags), piece.min, piece.max);
      case 'named-character':
        throw new PatternUnusableError('names a character, which is not supported');
      case 'beyond-regular':
        throw new PatternUnusableError(`uses ${piece.what}, which cannot be matched in linear time`);
    }
  }

  private literal(code: number, flags: Flags): string {
    return flags.has('i')
      ? setOf([{ kind: 'range', from: code, to: code }], false, { flags, asciiText: this.target.asciiText })
      : character(code);
  }

  private set(piece: Extract<Piece, { kind: 'set' }>, flags: Flags): string {
    try {
      return setOf(piece.items, piece.negated, { flags, asciiText: this.target.asciiText });
    } catch (error) {
      if (error instanceof UnknownCharacter) {
        throw new PatternUnusableError('names a character, which is not supported');
      }
      throw error;
    }
  }

  private place(place: Place, flags: Flags): string {
    switch (place) {
      case 'text-start':
        return '\\A';
      case 'text-end':
        return this.target.cut ? NOTHING : '\\z';
      case 'line-start':
        return flags.has('m') ? '(?m:^)' : '\\A';
      case 'line-end':
        if (flags.has('m')) {
          return '(?m:$)';
        }
        this.hasEnd = true;
        return '\\z';
      case 'word-boundary':
      case 'no-word-boundary':
        if (!flags.has('a') && !this.target.asciiText) {
          throw new PatternUnusableError('uses \\b or \\B, which can be matched in ASCII text only');
        }
        return place === 'word-boundary' ? '\\b' : this.target.empty ? NOTHING : '\\B';
    }
  }
}

/** What matches nowhere. */
const NOTHING = '[^\\x{0}-\\x{10ffff}]';

function one(text: string): Emitted {
  return { text, size: 1, count: 1 };
}

function wrapped(emitted: Emitted): Emitted {
  return { ...emitted, text: `(?:${emitted.text})` };
}

function joined(parts: readonly Emitted[], separator: string): Emitted {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const length = parts.reduce((sum, part) => sum + part.text.length, 0);
  if (size > MAX_SIZE || length > MAX_TEXT) {
    throw new PatternUnusableError('is too large or repeats too much');
  }
  return {
    text: parts.map(({ text }) => text).join(separator),
    size,
    count: parts.reduce((most, part) => Math.max(most, part.count), 1),
  };
}

/** Counts that RE2 refuses are written as several smaller ones: `x{1500}` as `x{1000}x{500}`. */
function repeated(body: Emitted, min: number, max: number): Emitted {
  const unbounded = max === Infinity;
  if (body.size * (unbounded ? min + 1 : max) > MAX_SIZE) {
    throw new PatternUnusableError('is too large or repeats too much');
  }
  const item = `(?:${body.text})`;
  const most = Math.max(1, Math.floor(MAX_COUNT / body.count));
  const parts: Emitted[] = [];
  const add = (text: string, count: number): void => {
    parts.push({ text, size: body.size * count, count: body.count * count });
  };
  for (let left = min; left > 0; left -= most) {
    const count = Math.min(left, most);
    add(count === 1 ? item : `${item}{${String(count)}}`, count);
  }
  if (unbounded) {
    add(`${item}*`, 1);
  }
  for (let left = unbounded ? 0 : max - min; left > 0; left -= most) {
    const count = Math.min(left, most);
    add(`${item}{0,${String(count)}}`, count);
  }
  return joined(parts, '');
}

function withFlags(flags: Flags, add: Flags, remove: Flags): Flags {
  if (add.size === 0 && remove.size === 0) {
    return flags;
  }
  const result = new Set<Flag>(flags);
  for (const flag of add) {
    result.add(flag);
    if (flag === 'u') {
      result.delete('a');
    }
  }
  for (const flag of remove) {
    result.delete(flag);
  }
  return result;
}
