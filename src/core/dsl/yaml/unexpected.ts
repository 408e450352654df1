import { AT, BACKTICK, COLON, GREATER, PERCENT, PIPE } from './characters.js';
import type { Cursor } from './cursor.js';
import type { YamlFault } from './fault.js';

/** Refuses characters with which no plain scalar begins; those that begin something else are taken care of before. */
export function refuseStart(cursor: Cursor): void {
  switch (cursor.code()) {
    case AT:
    case BACKTICK:
    case PERCENT:
    case PIPE:
    case GREATER:
      throw cursor.fault(`no value begins with '${cursor.text.charAt(cursor.pos)}' here; quote it`);
    default:
  }
}

/** What follows a value that was complete. */
export function unexpected(cursor: Cursor): YamlFault {
  return cursor.fault(
    cursor.atIndicator(COLON)
      ? "':' is not allowed here; check the indentation, and quote a value that holds ': '"
      : 'this does not belong to the value before it; check the indentation, or quote the whole value',
  );
}
