import type { LinearPattern } from '../text/linear-pattern.js';
import { SchemaCostError } from './schema-error.js';

/** How often a keyword may meet a value in one judgement; a second of work at the very most. */
const MAX_STEPS = 1_000_000;
/** Pattern instructions × characters in one judgement; a quarter of a second when a pattern's automaton gives up. */
const MAX_PATTERN_WORK = 5_000_000;
/** Schemas within schemas, references included: what a legitimate value of 64 levels needs, many times over. */
const MAX_DEPTH = 400;

/**
 * What one judgement has used up. References make small schemas whose judgement takes exponentially long, or for ever; a
 * budget is what stops them, and no compiled validator has one.
 */
export class Run {
  private steps = 0;
  private patternWork = 0;
  private depth = 0;

  /** @throws SchemaCostError */
  readonly step = (): void => {
    this.steps += 1;
    if (this.steps > MAX_STEPS) throw new SchemaCostError();
  };

  /** @throws SchemaCostError */
  test(pattern: LinearPattern, text: string): boolean {
    this.patternWork += pattern.size * (text.length + 1);
    if (this.patternWork > MAX_PATTERN_WORK) throw new SchemaCostError();
    return pattern.test(text);
  }

  /** @throws SchemaCostError */
  deeper<T>(work: () => T): T {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new SchemaCostError();
    const result = work();
    this.depth -= 1;
    return result;
  }
}
