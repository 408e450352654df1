import type { Diagnostic } from '../../../core/dsl/diagnostics.js';

/** What of a long list of faults is told. */
const MAX_DIAGNOSTICS = 20;
/** A message may quote what the blueprint says, which may be long. */
const MAX_MESSAGE_LENGTH = 2_000;
/**
 * A user name or password in a URL: a rule of the manager may have put it there. Only the scheme's last character is looked
 * at: to look for its first one takes quadratic time in a long text of letters and dots, and this is the event loop.
 */
const CREDENTIALS = /(?<=[a-z0-9+.-]:\/\/)[^/?#\s@'"`]*@/gi;

/**
 * The faults of a blueprint, the first one first, each with its place:
 *
 *     Could not locate node type: 'no.such.Type'
 *       in: blueprint.yaml, line 7, column 11
 *       path: node_templates.host.type
 */
export function faultsText(errors: readonly Diagnostic[]): string {
  const told = errors.slice(0, MAX_DIAGNOSTICS).map(faultText);
  const untold = errors.length - told.length;
  return [...told, ...(untold > 0 ? [`… and ${untold} more`] : [])].join('\n');
}

function faultText(diagnostic: Diagnostic): string {
  const place = placeOf(diagnostic);
  return [
    shown(diagnostic.message),
    ...(place === null ? [] : [`  in: ${place}`]),
    ...(diagnostic.path === '' ? [] : [`  path: ${shown(diagnostic.path)}`]),
  ].join('\n');
}

/** For the log of the upload: a line each. */
export function warningTexts(warnings: readonly Diagnostic[]): readonly string[] {
  const told = warnings.slice(0, MAX_DIAGNOSTICS).map((warning) => {
    const place = placeOf(warning);
    return place === null ? shown(warning.message) : `${place}: ${shown(warning.message)}`;
  });
  const untold = warnings.length - told.length;
  return untold > 0 ? [...told, `… and ${untold} more warnings`] : told;
}

function placeOf({ file, line, column }: Diagnostic): string | null {
  if (file === null) return null;
  return line === null ? shown(file) : `${shown(file)}, line ${line}, column ${column ?? 1}`;
}

function shown(text: string): string {
  const safe = text.replaceAll(CREDENTIALS, '').replaceAll('\0', '\u{FFFD}').toWellFormed();
  return safe.length > MAX_MESSAGE_LENGTH ? `${safe.slice(0, MAX_MESSAGE_LENGTH)}…` : safe;
}
