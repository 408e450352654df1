import { AT, BACKTICK, GREATER, PERCENT, PIPE } from './characters.js';
import type { Cursor } from './cursor.js';

/** Characters from the start of a key without `?` to its colon, at most. */
export const MAX_KEY_LENGTH = 1024;

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
