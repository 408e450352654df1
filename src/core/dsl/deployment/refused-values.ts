import type { Diagnostic } from '../diagnostics.js';
import { DslError, diagnostic } from '../diagnostics.js';

/** Why given values are refused; what callers answer depends on it. */
export type RefusalReason = 'missing' | 'unknown' | 'constraint' | 'type' | 'evaluation';

/** Inputs or parameters that are refused: all faults, the reason is that of the first. */
export class RefusedValues extends DslError {
  constructor(
    readonly reason: RefusalReason,
    diagnostics: readonly [Diagnostic, ...Diagnostic[]],
  ) {
    super(diagnostics);
    this.name = 'RefusedValues';
  }
}

/** Collects what is wrong with given values. */
export class Refusals {
  private readonly found: { readonly reason: RefusalReason; readonly diagnostics: readonly Diagnostic[] }[] = [];

  /** @param section `inputs` or `parameters` */
  constructor(private readonly section: string) {}

  add(reason: RefusalReason, name: string | null, code: number | null, message: string): void {
    const path = name === null ? this.section : `${this.section}.${name}`;
    this.found.push({ reason, diagnostics: [diagnostic({ code, class: 'general', message, path })] });
  }

  /** Runs what may fail to evaluate a function, and takes the failure down. */
  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof DslError)) {
        throw error;
      }
      this.found.push({ reason: 'evaluation', diagnostics: error.diagnostics });
    }
  }

  /** @throws RefusedValues when anything was found */
  throwIfAny(): void {
    const [first, ...rest] = this.found.flatMap(({ diagnostics }) => diagnostics);
    const reason = this.found[0]?.reason;
    if (first !== undefined && reason !== undefined) {
      throw new RefusedValues(reason, [first, ...rest]);
    }
  }
}
