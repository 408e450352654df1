import type { Node } from './yaml/tree.js';

/** The classes of dsl.md §17. `general` are the failures that the original leaves without a number. */
type DiagnosticClass = 'format' | 'logic' | 'input-type' | 'import' | 'general';

/** One thing that is wrong, or (a warning) unwise, in a blueprint. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** dsl.md §17; null for failures without a number. */
  readonly code: number | null;
  readonly class: DiagnosticClass;
  readonly message: string;
  /** The file as its user knows it, or null where no place is known. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  /** From 1. */
  readonly column: number | null;
  /** `node_templates.vm.properties.ip`; empty for the whole document. */
  readonly path: string;
}

/** Where in the merged document something stands: a chain of keys and indexes, cheap to extend. */
export class Path {
  static readonly ROOT = new Path(null, '');
  private constructor(
    private readonly parent: Path | null,
    readonly key: string | number,
  ) {}

  child(key: string | number): Path {
    return new Path(this, key);
  }

  toString(): string {
    if (this.parent === null) {
      return '';
    }
    const before = this.parent.toString();
    return typeof this.key === 'number'
      ? `${before}[${String(this.key)}]`
      : before === ''
        ? this.key
        : `${before}.${this.key}`;
  }
}

/** An element of the document: what is written, and where. */
export interface At<N extends Node = Node> {
  readonly node: N;
  readonly path: Path;
}

/** What stops a stage: it carries at least one error, in the order of the original. */
export class DslError extends Error {
  constructor(readonly diagnostics: readonly [Diagnostic, ...Diagnostic[]]) {
    super(diagnostics[0].message);
    this.name = 'DslError';
  }

  get code(): number | null {
    return this.diagnostics[0].code;
  }
}

export interface Fault {
  readonly code: number | null;
  readonly class?: DiagnosticClass;
  readonly message: string;
  readonly at?: At | undefined;
  /** Where the place is known as a path only. */
  readonly path?: string;
}

/** Faults of a blueprint; the class follows from the number unless it is given. */
export function diagnostic(fault: Fault, severity: Diagnostic['severity'] = 'error'): Diagnostic {
  const place = fault.at?.node.source.position(fault.at.node.offset);
  return {
    severity,
    code: fault.code,
    class: fault.class ?? classOf(fault.code),
    message: shortened(fault.message),
    file: fault.at?.node.source.name ?? null,
    line: place?.line ?? null,
    column: place?.column ?? null,
    path: shortened(fault.path ?? fault.at?.path.toString() ?? ''),
  };
}

/** Messages and paths show what users wrote, however long that is; nobody reads more. */
const LONGEST_TEXT = 2_000;

function shortened(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
}

export function dslError(fault: Fault): DslError {
  return new DslError([diagnostic(fault)]);
}

const FORMAT_CODES: ReadonlySet<number> = new Set([-1, 1, 2, 220]);

function classOf(code: number | null): DiagnosticClass {
  return code === null ? 'general' : FORMAT_CODES.has(code) ? 'format' : code === 108 ? 'input-type' : 'logic';
}

/** Nobody reads more at once, and a mapping of a million unknown keys has a million faults. */
const MOST_KEPT = 1_000;

/** Collects what is found, the first thousand of each severity, so that independent faults are reported together. */
export class Diagnostics {
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];

  error(fault: Fault): void {
    if (this.errors.length < MOST_KEPT) {
      this.errors.push(diagnostic(fault));
    }
  }

  warn(fault: Omit<Fault, 'code'>): void {
    if (this.warnings.length < MOST_KEPT) {
      this.warnings.push(diagnostic({ ...fault, code: null }, 'warning'));
    }
  }

  /** Ends a stage. @throws DslError when there are errors */
  throwIfAny(): void {
    const [first, ...rest] = this.errors;
    if (first !== undefined) {
      throw new DslError([first, ...rest]);
    }
  }
}
