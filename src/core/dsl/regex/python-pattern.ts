import { RE2JS, RE2JSException } from 're2js';

import type { ParsedPattern } from './parse.js';
import { parsePattern } from './parse.js';
import type { PatternWork } from './pattern-work.js';
import { PatternSyntaxError } from './syntax.js';
import type { Target, Translated } from './translate.js';
import { PatternUnusableError, translate } from './translate.js';

/** What compiling a part of a pattern costs, in units of work. */
const COMPILING = 50;
const MAX_KEPT = 256;
/** Longer patterns are rare, and not worth the memory. In characters. */
const MAX_KEPT_LENGTH = 1_000;
const ASCII_TEXT = /^[\0-\x7f]*$/;

interface Compiled extends Translated {
  readonly engine: RE2JS;
}

/**
 * A regular expression in Python's syntax (dsl.md §18.3), matched in time linear in the text: RE2 does the matching.
 * Whatever Python compiles can be made; what RE2 cannot express fails when it is used.
 */
export class PythonPattern {
  private readonly compiled = new Map<string, Compiled>();

  private constructor(private readonly parsed: ParsedPattern) {}

  /** @throws PatternSyntaxError */
  static of(pattern: string): PythonPattern {
    const known = kept.get(pattern);
    if (known !== undefined) {
      return known;
    }
    const made = new PythonPattern(parsePattern(pattern));
    if (pattern.length <= MAX_KEPT_LENGTH) {
      keep(pattern, made);
    }
    return made;
  }

  /**
   * Python's `re.match`: whether a match begins at the start of the text; it need not reach the end. One thing is not
   * found: a `$` followed by the text's final newline.
   * @throws PatternUnusableError
   */
  matchesStart(text: string, work: PatternWork): boolean {
    const target = { asciiText: ASCII_TEXT.test(text), empty: text === '', cut: false };
    const whole = this.compile(target, work);
    if (run(whole, text, work)) {
      return true;
    }
    if (!whole.hasEnd || !text.endsWith('\n')) {
      return false;
    }
    return run(this.compile({ ...target, cut: true }, work), text.slice(0, -1), work);
  }

  private compile(target: Target, work: PatternWork): Compiled {
    const key = `${String(target.asciiText)} ${String(target.empty)} ${String(target.cut)}`;
    let compiled = this.compiled.get(key);
    if (compiled === undefined) {
      const translated = translate(this.parsed, target);
      work.charge(translated.size * COMPILING);
      compiled = { ...translated, engine: engineOf(translated.text) };
      this.compiled.set(key, compiled);
    }
    return compiled;
  }
}

function run({ engine, size }: Compiled, text: string, work: PatternWork): boolean {
  work.charge(size * text.length);
  return engine.test(text);
}

const kept = new Map<string, PythonPattern>();

function keep(pattern: string, made: PythonPattern): void {
  if (kept.size >= MAX_KEPT) {
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      break;
    }
  }
  kept.set(pattern, made);
}

function engineOf(text: string): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    if (error instanceof RE2JSException) {
      throw new PatternUnusableError('is too large');
    }
    throw error;
  }
}

/** Whether the text is a regular expression that Python's `re.compile` takes (dsl.md §7.1, §18.3). */
export function compilesInPython(pattern: string): boolean {
  try {
    PythonPattern.of(pattern);
    return true;
  } catch (error) {
    if (error instanceof PatternSyntaxError) {
      return false;
    }
    throw error;
  }
}
