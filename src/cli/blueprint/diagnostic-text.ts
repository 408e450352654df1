import type { Diagnostic } from '../../core/dsl/diagnostics.js';
import type { Texts } from './read-blueprint.js';

/** How much of a line is shown, in characters. */
const SHOWN = 120;

export interface DiagnosticContext {
  readonly texts: Texts;
  /** How the user calls a file of the blueprint. */
  readonly nameOf: (file: string) => string;
  /** Named where a diagnostic has no place. */
  readonly mainFile: string;
}

/**
 * As compilers write it: `file:line:col: error 105: message (path)`, then the line and a caret. Nothing that a blueprint
 * holds can steer the terminal.
 */
export function* diagnosticText(diagnostic: Diagnostic, context: DiagnosticContext): Generator<string> {
  const { severity, code, line, column, path } = diagnostic;
  const file = context.nameOf(diagnostic.file ?? context.mainFile);
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  const kind = code === null ? severity : `${severity} ${code}`;
  yield visible(`${place}: ${kind}: ${diagnostic.message}${path === '' ? '' : ` (${path})`}`);
  const text = diagnostic.file === null ? undefined : context.texts.get(diagnostic.file);
  if (text !== undefined && line !== null) yield* excerpt(text, line, column ?? 1);
}

function* excerpt(text: string, line: number, column: number): Generator<string> {
  const whole = text.split('\n', line)[line - 1]?.replace(/\r$/, '');
  if (whole === undefined) return;
  const from = Math.max(0, column - 1 - SHOWN / 2);
  const shown = whole.slice(from, from + SHOWN);
  const margin = `${' '.repeat(Math.max(0, 5 - String(line).length))}${line}`;
  // Each character takes one place, whatever it is, so that the caret stands right.
  yield `${margin} | ${shown.replaceAll(/\p{C}|\p{Zl}|\p{Zp}/gu, (found) => (found === '\t' ? ' ' : '?'))}`;
  yield `${' '.repeat(margin.length)} | ${' '.repeat(column - 1 - from)}^`;
}

/** One line, in which what is not visible is escaped. */
function visible(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? '\\n' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
