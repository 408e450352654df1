import type { Path } from '../diagnostics.js';
import type { Dict, Value } from '../values.js';
import type { FunctionCall, FunctionName } from './call.js';
import type { FailureReason, Run } from './run.js';
import { preview } from './run.js';
import type { Steps } from './steps.js';
import type { EvaluationStore } from './store.js';

export type Keyword = 'SELF' | 'SOURCE' | 'TARGET';

/** What a keyword stands for: a node, or one instance of it. */
export type Meaning =
  { readonly kind: 'node'; readonly node: string } | { readonly kind: 'instance'; readonly instance: string };

/** Where a value that is being evaluated stands, and what functions see from there. */
export interface Frame {
  readonly run: Run;
  readonly store: EvaluationStore;
  /** Evaluates a value that a function came upon, where it needs it whole at once. */
  readonly evaluate: (value: Value, frame: Frame) => Steps<Value>;
  readonly keywords: ReadonlyMap<Keyword, Meaning>;
  /** Instances in whose name is asked: they decide between several instances of a node (dsl.md §16). */
  readonly asking: { readonly self?: string; readonly source?: string; readonly target?: string };
  /** An instance that stands for its node. */
  readonly hint: string | null;
  /** A call that stays and names SELF names this from now on, because it was found in another node. */
  readonly selfBecomes: string | null;
  /** Newest states of what is evaluated in place; null: nobody will look at it again. */
  readonly copies: Map<object, Value> | null;
  /** Whether values stand here as somebody wrote them into a blueprint or request: messages may show them, and paths their keys. */
  readonly written: boolean;
  readonly path: Path;
}

/** A call whose arguments were evaluated. */
export interface ReadyCall extends FunctionCall {
  /** Whether messages may show its arguments. */
  readonly literal: boolean;
}

/** What a function found. Unless it is final its own functions are evaluated, there where it was found. */
interface Found {
  readonly value: Value;
  readonly frame: Frame;
  readonly final?: true;
}

/** The outcome of a function that cannot be evaluated yet: its call stays, with evaluated arguments. */
export const LEFT = Symbol('left for later');
export type Outcome = Found | typeof LEFT;

/** What parse-time checks may refer to (dsl.md §14.3, §14.4). */
export interface CheckedPlace {
  /** Nodes that keywords mean; a keyword that is absent is illegal here. */
  readonly keywords: ReadonlyMap<Keyword, string>;
  hasInput(name: string): boolean;
  properties(node: string): Dict | undefined;
}

/** One intrinsic function (dsl.md §14.2). */
export interface FunctionDefinition {
  readonly name: FunctionName;
  /** `creation`: evaluated when a deployment is created, and again at run time. */
  readonly evaluated: 'creation' | 'run time';
  /** The minor version of the language that brought it, where that is checked. */
  readonly since?: number;
  /** What is wrong with the shape of an argument as it was written. */
  argument(argument: Value): string | null;
  /** What is wrong with what a well-shaped argument refers to. */
  check?(argument: Value, place: CheckedPlace): string | null;
  /** Evaluates a call, in steps when it asks the store. */
  evaluate(call: ReadyCall, frame: Frame): Steps<Outcome> | Outcome;
}

/** @throws FunctionFailure */
export function fail(call: FunctionCall, frame: Frame, text: string, reason: FailureReason = 'evaluation'): never {
  frame.run.fail(reason, `${call.name}: ${text}`, frame.path, text);
}

/** An argument as a message may show it: not when it might have come from a secret. */
export function shown(value: Value, call: ReadyCall, frame: Frame): string {
  return frame.run.concealed && !call.literal ? '(not shown)' : preview(value);
}
