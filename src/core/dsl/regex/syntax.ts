/** The pieces of a Python regular expression, as far as it matters what they match. */
export type Piece =
  | { readonly kind: 'literal'; readonly code: number }
  /** `\N{NAME}`: a character whose code only Python's tables know. */
  | { readonly kind: 'named-character' }
  | { readonly kind: 'any' }
  | { readonly kind: 'set'; readonly negated: boolean; readonly items: readonly SetItem[] }
  | { readonly kind: 'at'; readonly place: Place }
  | {
      readonly kind: 'repeat';
      readonly min: number;
      /** Infinity: no bound. */
      readonly max: number;
      readonly possessive: boolean;
      readonly body: Sequence;
    }
  | { readonly kind: 'branch'; readonly options: readonly Sequence[] }
  | { readonly kind: 'group'; readonly add: Flags; readonly remove: Flags; readonly body: Sequence }
  | { readonly kind: 'beyond-regular'; readonly what: BeyondRegular };

/** What no engine can match in linear time; Python compiles it all the same. */
export type BeyondRegular = 'look-around' | 'a back-reference' | 'a conditional' | 'an atomic group';

export type Place = 'line-start' | 'line-end' | 'text-start' | 'text-end' | 'word-boundary' | 'no-word-boundary';

export type SetItem =
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'category'; readonly category: Category; readonly negated: boolean }
  | { readonly kind: 'named-character' };
export type Category = 'digit' | 'space' | 'word';

/** The flags that change what is matched: `i`, `m`, `s`, `a`; `u` takes `a` back. */
export type Flag = 'i' | 'm' | 's' | 'x' | 'a' | 'u';
export type Flags = ReadonlySet<Flag>;
export const NO_FLAGS: Flags = new Set();

/** How many characters a piece takes. Python computes with these bounds, and so decides what look-behind may hold. */
export interface Width {
  readonly min: number;
  readonly max: number;
}

/** Python's MAXREPEAT: counts from here on are refused, widths saturate. */
export const MAX_REPEAT = 4_294_967_295;
export const NO_WIDTH: Width = { min: 0, max: 0 };
export const ONE_WIDE: Width = { min: 1, max: 1 };

export interface Sequence {
  readonly pieces: readonly Piece[];
  readonly width: Width;
}

export function saturated(min: number, max: number): Width {
  return { min: Math.min(min, MAX_REPEAT - 1), max: Math.min(max, MAX_REPEAT) };
}

/** As wide as either. */
export function widthOfBranch(options: readonly { readonly width: Width }[]): Width {
  return saturated(
    Math.min(...options.map(({ width }) => width.min)),
    Math.max(...options.map(({ width }) => width.max)),
  );
}

/** Why the text is no regular expression in Python. */
export class PatternSyntaxError extends Error {
  /** @param position from 0, in characters of the pattern */
  constructor(
    reason: string,
    readonly position: number,
  ) {
    super(`${reason} at position ${String(position)}`);
    this.name = 'PatternSyntaxError';
  }
}
