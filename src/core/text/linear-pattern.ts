import { RE2JS, RE2JSException } from 're2js';

/** Longer patterns are nobody's hand-writing. In characters. */
const MAX_PATTERN_LENGTH = 1_000;
/** Instructions of a compiled pattern; `[a-z]{1,1000}` has 2,000. */
const MAX_SIZE = 10_000;
/** Characters after every repetition was written out; compiling this many takes about 100 ms. */
const MAX_WRITTEN_OUT = 100_000;
/** The largest count that RE2 takes, nested counts multiplied. */
const MAX_REPETITIONS = 1_000;

/** A pattern that cannot be run in linear time, or is no pattern at all. */
export class PatternError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = new.target.name;
  }
}

/**
 * A regular expression from a stranger, run in time linear in the text, whatever it looks like (security-design §8). The
 * syntax is RE2's: look-around and back-references do not exist there and are refused. It is searched for, not
 * anchored.
 */
export class LinearPattern {
  /** Instructions of the compiled pattern; the time of a test is at most in proportion to `size` × length of the text. */
  readonly size: number;
  private readonly compiled: RE2JS;

  /** @throws PatternError */
  constructor(pattern: string) {
    if (pattern.length > MAX_PATTERN_LENGTH) {
      throw new PatternError(`a pattern has at most ${MAX_PATTERN_LENGTH} characters`);
    }
    if (pattern.length * repetitionsIn(pattern) > MAX_WRITTEN_OUT)
      throw new PatternError('the pattern repeats too much');
    try {
      this.compiled = RE2JS.compile(withoutJsonEscapes(pattern));
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error;
      throw new PatternError(
        'the pattern is malformed or uses what cannot be run in linear time (look-around, back-references)',
        { cause: error },
      );
    }
    this.size = this.compiled.programSize();
    if (this.size > MAX_SIZE) throw new PatternError('the pattern repeats too much');
  }

  /** Does the text contain a match? `test` is the library's automaton; its matchers are a thousand times slower. */
  test(text: string): boolean {
    return this.compiled.test(text);
  }
}

/** `\u0041` is how JSON writers spell what is `\x{41}` for RE2. Other escapes are RE2's to take or refuse. */
function withoutJsonEscapes(pattern: string): string {
  return pattern.replaceAll(/\\(?:u([0-9a-fA-F]{4})|.)/gs, (escape: string, hex: string | undefined) =>
    hex === undefined ? escape : `\\x{${hex}}`,
  );
}

/** An upper bound of how many times a part of the pattern is written out when it is compiled. */
function repetitionsIn(pattern: string): number {
  let product = 1;
  for (const [, low = '', high = ''] of pattern.matchAll(/\{(\d{0,4})(?:,(\d{0,4}))?\}/g)) {
    product *= Math.max(1, Number(low), Number(high));
  }
  return Math.min(product, MAX_REPETITIONS);
}
