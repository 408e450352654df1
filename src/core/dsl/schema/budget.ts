import { dslError } from '../diagnostics.js';

/** About 500 MB of dictionaries. */
const LIMIT = 50_000_000;

/** What an entry of a dictionary costs, beside a name in a list. */
const ENTRY = 5;

/**
 * Bounds how large a plan may grow: inheritance and templates multiply what little text declares, so a limit on the
 * text alone bounds nothing.
 */
export class Budget {
  private spent = 0;

  constructor(private readonly limit = LIMIT) {}

  /** @throws DslError when the plan would become too large */
  charge(entries: number, names = 0): void {
    this.spent += entries * ENTRY + names;
    if (this.spent > this.limit) {
      throw dslError({ code: null, message: 'The plan of this blueprint would be too large' });
    }
  }
}
