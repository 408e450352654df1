import { PatternUnusableError } from './translate.js';

/** Units of work; the engine's slowest way takes about 400 ns for one. */
const LIMIT = 5_000_000;

/**
 * Bounds the time that patterns from strangers take together. A unit is one part of a pattern at one character of a
 * text: matching is linear in the text, but the factor is the size of the pattern.
 */
export class PatternWork {
  private spent = 0;

  constructor(private readonly limit = LIMIT) {}

  /** @throws PatternUnusableError when all that may be spent is spent */
  charge(units: number): void {
    this.spent += units;
    if (this.spent > this.limit) {
      throw new PatternUnusableError('takes too long to match');
    }
  }
}
