import type { Path } from '../diagnostics.js';
import { DslError, diagnostic } from '../diagnostics.js';
import { pythonRepr } from '../text/python-text.js';
import type { Value } from '../values.js';
import { measure } from './measure.js';

/** Why a function failed, where somebody makes a difference. */
export type FailureReason = 'evaluation' | 'instance' | 'secret' | 'recursion' | 'limit';

/** A function that could not be evaluated: an error without a number. */
export class FunctionFailure extends DslError {
  constructor(
    readonly reason: FailureReason,
    message: string,
    path: Path,
    /** The message without the function's name. */
    readonly detail: string = message,
  ) {
    super([diagnostic({ code: null, message, path: path.toString() })]);
    this.name = 'FunctionFailure';
  }
}

export interface Limits {
  /** Function calls that may be evaluated. */
  readonly calls: number;
  /** Characters that functions may produce, shared parts counted each time they are reached. */
  readonly weight: number;
}

/** What one request may cost at run time. */
export const REQUEST_LIMITS: Limits = { calls: 200_000, weight: 64 * 1024 * 1024 };

/** How deep function calls may stand in the arguments of others, or in what these lead to (dsl.md §14.5). */
const DEEPEST_CALLS = 50;
/** How deep lists and dictionaries may nest while they are evaluated. */
const DEEPEST_VALUES = 400;

/** What evaluation in place has made of inputs and nodes so far; only creation has it. */
export interface States {
  /** Old list or dictionary → its newest state, for the value of an input. */
  inputStates(name: string): Map<object, Value>;
  /** The same for the properties of a node; null when it is not being evaluated. */
  nodeStates(id: string): ReadonlyMap<object, Value> | null;
}

export interface RunOptions {
  /** `creation`: only functions of class H are evaluated, and an argument of theirs that stays a function is an error. */
  readonly mode: 'creation' | 'run time';
  readonly limits: Limits;
  /** True: where no instance can be told, an attribute becomes the text `<ERROR: …>` (dsl.md §16, outputs). */
  readonly tolerant?: boolean;
  readonly states?: States;
}

/** One evaluation: which functions are active, what it has cost, and what its messages may show. */
export class Run {
  private calls = 0;
  private weight = 0;
  private callDepth = 0;
  private valueDepth = 0;
  /** Whether a secret, or what may hold one, was read since the last `begin`. */
  private concealing = false;

  constructor(private readonly options: RunOptions) {}

  get creation(): boolean {
    return this.options.mode === 'creation';
  }

  get tolerant(): boolean {
    return this.options.tolerant === true;
  }

  get states(): States | undefined {
    return this.options.states;
  }

  get concealed(): boolean {
    return this.concealing;
  }

  /** A value that has nothing to do with the last one. */
  begin(): void {
    this.concealing = false;
  }

  /** From now on messages show nothing but what was written. */
  conceal(): void {
    this.concealing = true;
  }

  /** Always to be followed by `leaveCall`. @throws FunctionFailure at the recursion limit */
  enterCall(path: Path): void {
    if (this.callDepth >= DEEPEST_CALLS) {
      this.fail('recursion', `Functions may lead to functions at most ${String(DEEPEST_CALLS)} deep`, path);
    }
    this.spend(1, path);
    this.callDepth += 1;
  }

  /** Work that is worth as many calls. @throws FunctionFailure when all together is too much */
  spend(calls: number, path: Path): void {
    this.calls += calls;
    if (this.calls > this.options.limits.calls) {
      this.fail('limit', `More than ${String(this.options.limits.calls)} functions to evaluate`, path);
    }
  }

  leaveCall(): void {
    this.callDepth -= 1;
  }

  /** Always to be followed by `leaveValue`. @throws FunctionFailure when values nest too deep */
  enterValue(path: Path): void {
    if (this.valueDepth >= DEEPEST_VALUES) {
      this.fail('limit', `Values may nest at most ${String(DEEPEST_VALUES)} deep`, path);
    }
    this.valueDepth += 1;
  }

  leaveValue(): void {
    this.valueDepth -= 1;
  }

  /** To be called before something of that size is made. @throws FunctionFailure when all together is too much */
  produce(weight: number, path: Path): void {
    this.weight += weight;
    if (this.weight > this.options.limits.weight) {
      this.fail('limit', `Functions may produce at most ${String(this.options.limits.weight)} characters`, path);
    }
  }

  /** @throws FunctionFailure always */
  fail(reason: FailureReason, message: string, path: Path, detail?: string): never {
    throw new FunctionFailure(reason, message, path, detail);
  }
}

/** A value as messages show it: whole, unless it is large. */
export function preview(value: Value): string {
  if (measure(value).weight <= 200) {
    return pythonRepr(value);
  }
  return typeof value === 'string' ? `${pythonRepr(value.slice(0, 100))}…` : '(a large value)';
}
