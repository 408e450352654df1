import { HASH, isBreak, isBreakOrEnd, isSpaceBreakOrEnd, isWordCharacter, PERCENT, BANG } from './characters.js';
import type { Cursor } from './cursor.js';
import { shortened } from './fault.js';
import type { TagHandles } from './properties.js';
import { DEFAULT_HANDLES, readHandle, readUri } from './properties.js';

/** Reads the lines that begin with `%`; unknown ones mean nothing. @throws YamlFault */
export function readDirectives(cursor: Cursor): TagHandles {
  const handles = new Map<string, string>();
  let hasVersion = false;
  while (cursor.code() === PERCENT && cursor.column === 0) {
    const start = cursor.pos;
    const name = readWord(cursor);
    if (name === 'YAML') {
      if (hasVersion) {
        throw cursor.fault('the version of YAML is given twice', start);
      }
      hasVersion = true;
      readVersion(cursor, start);
    } else if (name === 'TAG') {
      const [handle, prefix] = readTagDirective(cursor, start);
      if (handles.has(handle)) {
        throw cursor.fault(`'${shortened(handle)}' is declared twice`, start);
      }
      handles.set(handle, prefix);
    } else {
      cursor.skipLine();
    }
    endLine(cursor);
    cursor.skipToToken();
  }
  return new Map([...DEFAULT_HANDLES, ...handles]);
}

function readWord(cursor: Cursor): string {
  const start = cursor.pos + 1;
  cursor.pos = start;
  while (isWordCharacter(cursor.code())) {
    cursor.pos += 1;
  }
  if (cursor.pos === start || !isSpaceBreakOrEnd(cursor.code())) {
    throw cursor.fault("a line that begins with '%' is a directive, such as %YAML or %TAG; quote a value", start - 1);
  }
  return cursor.text.slice(start, cursor.pos);
}

function readVersion(cursor: Cursor, start: number): void {
  cursor.skipSpaces();
  const match = /^([0-9]{1,9})\.[0-9]{1,9}/.exec(cursor.text.slice(cursor.pos, cursor.pos + 20));
  cursor.pos += match?.[0].length ?? 0;
  if (match === null || Number(match[1]) !== 1 || !isSpaceBreakOrEnd(cursor.code())) {
    throw cursor.fault('only versions 1.x of YAML are known', start);
  }
}

function readTagDirective(cursor: Cursor, start: number): readonly [string, string] {
  cursor.skipSpaces();
  const handle = cursor.code() === BANG ? readHandle(cursor) : '';
  if (handle === '' || cursor.code() !== 0x20) {
    throw cursor.fault("%TAG is followed by a handle ('!name!') and a prefix", start);
  }
  cursor.skipSpaces();
  return [handle, readUri(cursor, start)];
}

function endLine(cursor: Cursor): void {
  cursor.skipSpaces();
  if (cursor.code() === HASH) {
    cursor.skipLine();
  }
  if (!isBreakOrEnd(cursor.code())) {
    throw cursor.fault('nothing more is expected in this line');
  }
  if (isBreak(cursor.code())) {
    cursor.takeBreak();
  }
}
