import { DIGITS, readEscape } from './escapes.js';
import { Groups, checkName } from './groups.js';
import { readInlineFlags } from './inline-flags.js';
import { readSet } from './sets.js';
import { Scanner } from './scanner.js';
import type { BeyondRegular, Flag, Flags, Piece, Sequence, Width } from './syntax.js';
import { MAX_REPEAT, NO_FLAGS, NO_WIDTH, ONE_WIDE, saturated, widthOfBranch } from './syntax.js';

export interface ParsedPattern {
  readonly body: Sequence;
  /** Those set for the whole pattern: `(?i)`. */
  readonly flags: Flags;
}

/** Deeper nesting ends Python, too, in a RecursionError. */
const MAX_DEPTH = 400;
/** Python has no bound; a pattern of this length takes some 10 MB to read. In characters. */
const MAX_LENGTH = 50_000;
const SPACES = ' \t\n\r\v\f';
const FLAG_LETTERS = 'iLmsxatu';

/**
 * Reads a regular expression as CPython 3.6 to 3.11 do: what any of them compiles is taken (flags for the whole
 * pattern in its midst, possessive repeats), what none does is refused.
 * @throws PatternSyntaxError
 */
export function parsePattern(pattern: string): ParsedPattern {
  try {
    return new Parser(pattern, false).parse();
  } catch (error) {
    if (error instanceof TurnedVerbose) {
      return new Parser(pattern, true).parse();
    }
    throw error;
  }
}

/** `(?x)` holds for what stands before it, too, so the reading begins anew. */
class TurnedVerbose extends Error {}

/** A piece with what decides whether it may be repeated. */
interface Item {
  readonly piece: Piece;
  readonly width: Width;
}

class Parser {
  private readonly scanner: Scanner;
  private readonly groups = new Groups();
  private readonly flags = new Set<Flag>();

  constructor(
    pattern: string,
    private readonly startsVerbose: boolean,
  ) {
    this.scanner = new Scanner(pattern);
  }

  parse(): ParsedPattern {
    if (this.scanner.length > MAX_LENGTH) {
      this.scanner.fail('too long', MAX_LENGTH);
    }
    const body = this.branches(this.startsVerbose, 0);
    if (this.scanner.next !== undefined) {
      this.scanner.fail('unbalanced parenthesis');
    }
    this.groups.keepPromises(this.scanner);
    if (this.flags.has('a') && this.flags.has('u')) {
      this.scanner.fail('ASCII and UNICODE flags are incompatible', 0);
    }
    return { body, flags: this.flags };
  }

  private branches(verbose: boolean, depth: number): Sequence {
    const options = [this.sequence(verbose, depth)];
    while (this.scanner.match('|')) {
      options.push(this.sequence(verbose, depth));
    }
    const [only] = options;
    return only !== undefined && options.length === 1
      ? only
      : { pieces: [{ kind: 'branch', options }], width: widthOfBranch(options) };
  }

  private sequence(verbose: boolean, depth: number): Sequence {
    if (depth > MAX_DEPTH) {
      this.scanner.fail('nested too deeply');
    }
    const items: Item[] = [];
    for (;;) {
      const next = this.scanner.next;
      if (next === undefined || next === '|' || next === ')') {
        break;
      }
      const start = this.scanner.position;
      this.scanner.take();
      if (verbose && (SPACES.includes(next) || next === '#')) {
        this.skipComment(next);
        continue;
      }
      const item = '*+?{'.includes(next) ? this.repeated(next, items, start) : this.item(next, verbose, depth, start);
      if (item !== null) {
        items.push(item);
      }
    }
    const width = items.reduce((sum, item) => saturated(sum.min + item.width.min, sum.max + item.width.max), NO_WIDTH);
    return { pieces: items.map(({ piece }) => piece), width };
  }

  private skipComment(first: string): void {
    if (first === '#') {
      let taken = this.scanner.take();
      while (taken !== undefined && taken !== '\n') {
        taken = this.scanner.take();
      }
    }
  }

  /** Null for what leaves no piece: comments and flags. */
  private item(character: string, verbose: boolean, depth: number, start: number): Item | null {
    switch (character) {
      case '\\':
        return this.escape();
      case '[':
        return { piece: readSet(this.scanner, start), width: ONE_WIDE };
      case '.':
        return { piece: { kind: 'any' }, width: ONE_WIDE };
      case '^':
        return { piece: { kind: 'at', place: 'line-start' }, width: NO_WIDTH };
      case '$':
        return { piece: { kind: 'at', place: 'line-end' }, width: NO_WIDTH };
      case '(':
        return this.parenthesis(verbose, depth, start);
      default:
        return { piece: { kind: 'literal', code: character.codePointAt(0) ?? 0 }, width: ONE_WIDE };
    }
  }

  private escape(): Item {
    const read = readEscape(this.scanner);
    if ('group' in read) {
      return reference(this.groups.refer(read.group, this.scanner, read.position));
    }
    return { piece: read, width: read.kind === 'at' ? NO_WIDTH : ONE_WIDE };
  }

  /** Takes the last item back and gives it repeated; a brace that begins no count is a literal. */
  private repeated(character: string, items: Item[], start: number): Item {
    const bounds = character === '{' ? this.count(start) : SIMPLE_REPEATS[character];
    if (bounds === undefined || bounds === null) {
      return { piece: { kind: 'literal', code: character.codePointAt(0) ?? 0 }, width: ONE_WIDE };
    }
    const last = items.pop();
    if (last === undefined || last.piece.kind === 'at') {
      return this.scanner.fail('nothing to repeat', start);
    }
    if (last.piece.kind === 'repeat') {
      return this.scanner.fail('multiple repeat', start);
    }
    const possessive = !this.scanner.match('?') && this.scanner.match('+');
    const [min, max] = bounds;
    const { width, piece } = last;
    return {
      piece: { kind: 'repeat', min, max, possessive, body: { pieces: [piece], width } },
      width: saturated(width.min * min, width.max === 0 ? 0 : width.max * Math.min(max, MAX_REPEAT)),
    };
  }

  /** The bounds of `{m,n}`, or null where the brace is a literal. @throws PatternSyntaxError */
  private count(start: number): readonly [number, number] | null {
    if (this.scanner.next === '}') {
      return null;
    }
    const begin = this.scanner.position;
    const low = this.scanner.takeWhile(DIGITS);
    const high = this.scanner.match(',') ? this.scanner.takeWhile(DIGITS) : low;
    if (!this.scanner.match('}')) {
      this.scanner.seek(begin);
      return null;
    }
    const min = low === '' ? 0 : Number(low);
    const max = high === '' ? Infinity : Number(high);
    if (min >= MAX_REPEAT || (high !== '' && max >= MAX_REPEAT)) {
      this.scanner.fail('the repetition number is too large', start);
    }
    return max < min ? this.scanner.fail('min repeat greater than max repeat', start) : [min, max];
  }

  private parenthesis(verbose: boolean, depth: number, start: number): Item | null {
    if (!this.scanner.match('?')) {
      return this.capture(null, verbose, depth, start);
    }
    const letter = this.scanner.take() ?? this.scanner.fail('unexpected end of pattern');
    switch (letter) {
      case 'P':
        return this.named(verbose, depth, start);
      case ':':
        return this.plainGroup(NO_FLAGS, NO_FLAGS, verbose, depth, start);
      case '#':
        this.scanComment(start);
        return null;
      case '=':
      case '!':
        this.body(verbose, depth, start);
        return beyond('look-around', NO_WIDTH);
      case '<':
        return this.lookBehind(verbose, depth, start);
      case '(':
        return this.conditional(verbose, depth, start);
      case '>':
        return beyond('an atomic group', this.body(verbose, depth, start).width);
      default:
        return this.flagged(letter, verbose, depth, start);
    }
  }

  private scanComment(start: number): void {
    for (let taken = this.scanner.take(); taken !== ')'; taken = this.scanner.take()) {
      if (taken === undefined) {
        this.scanner.fail('missing ), unterminated comment', start);
      }
    }
  }

  /** What stands up to the closing parenthesis. */
  private body(verbose: boolean, depth: number, start: number): Sequence {
    const body = this.branches(verbose, depth + 1);
    if (!this.scanner.match(')')) {
      this.scanner.fail('missing ), unterminated subpattern', start);
    }
    return body;
  }

  private capture(name: string | null, verbose: boolean, depth: number, start: number): Item {
    const group = this.groups.open(name, this.scanner, start);
    const body = this.body(verbose, depth, start);
    this.groups.close(group, body.width);
    return { piece: { kind: 'group', add: NO_FLAGS, remove: NO_FLAGS, body }, width: body.width };
  }

  private plainGroup(add: Flags, remove: Flags, verbose: boolean, depth: number, start: number): Item {
    const body = this.body(verbose, depth, start);
    return { piece: { kind: 'group', add, remove, body }, width: body.width };
  }

  private named(verbose: boolean, depth: number, start: number): Item {
    if (this.scanner.match('<')) {
      const position = this.scanner.position;
      const name = this.scanner.takeUntil('>', 'group name');
      checkName(name, this.scanner, position);
      return this.capture(name, verbose, depth, start);
    }
    if (this.scanner.match('=')) {
      const position = this.scanner.position;
      const group = this.groups.named(this.scanner.takeUntil(')', 'group name'), this.scanner, position);
      return reference(this.groups.refer(group, this.scanner, position));
    }
    const letter = this.scanner.take();
    return letter === undefined
      ? this.scanner.fail('unexpected end of pattern')
      : this.scanner.fail(`unknown extension ?P${letter}`, start + 1);
  }

  private lookBehind(verbose: boolean, depth: number, start: number): Item {
    const letter = this.scanner.take() ?? this.scanner.fail('unexpected end of pattern');
    if (letter !== '=' && letter !== '!') {
      this.scanner.fail(`unknown extension ?<${letter}`, start + 1);
    }
    const { width } = this.groups.withinLookBehind(() => this.body(verbose, depth, start));
    if (width.min !== width.max) {
      this.scanner.fail('look-behind requires fixed-width pattern', start);
    }
    return beyond('look-around', NO_WIDTH);
  }

  private conditional(verbose: boolean, depth: number, start: number): Item {
    const position = this.scanner.position;
    this.groups.condition(this.scanner.takeUntil(')', 'group name'), this.scanner, position);
    const yes = this.sequence(verbose, depth + 1);
    const options = [yes];
    if (this.scanner.match('|')) {
      options.push(this.sequence(verbose, depth + 1));
      if (this.scanner.next === '|') {
        this.scanner.fail('conditional backref with more than two branches');
      }
    } else {
      options.push({ pieces: [], width: NO_WIDTH });
    }
    if (!this.scanner.match(')')) {
      this.scanner.fail('missing ), unterminated subpattern', start);
    }
    return beyond('a conditional', widthOfBranch(options));
  }

  private flagged(letter: string, verbose: boolean, depth: number, start: number): Item | null {
    if (letter !== '-' && !FLAG_LETTERS.includes(letter)) {
      this.scanner.fail(`unknown extension ?${letter}`, start + 1);
    }
    const { add, remove, global } = readInlineFlags(this.scanner, letter);
    if (!global) {
      const within = (verbose || add.has('x')) && !remove.has('x');
      return this.plainGroup(add, remove, within, depth, start);
    }
    for (const flag of add) {
      this.flags.add(flag);
    }
    if (add.has('x') && !this.startsVerbose) {
      throw new TurnedVerbose();
    }
    return null;
  }
}

const SIMPLE_REPEATS: Readonly<Record<string, readonly [number, number]>> = {
  '*': [0, Infinity],
  '+': [1, Infinity],
  '?': [0, 1],
};

function beyond(what: BeyondRegular, width: Width): Item {
  return { piece: { kind: 'beyond-regular', what }, width };
}

function reference(width: Width): Item {
  return beyond('a back-reference', width);
}
