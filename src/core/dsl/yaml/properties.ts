import {
  AMPERSAND,
  AT,
  BACKTICK,
  BANG,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isBlankOrEnd,
  isSpaceBreakOrEnd,
  isWordCharacter,
  LESS,
  PERCENT,
  QUESTION,
} from './characters.js';
import type { Cursor } from './cursor.js';
import { shortened } from './fault.js';

/** What may stand before a node. */
export interface Properties {
  readonly anchor: string | undefined;
  /** Resolved, `tag:yaml.org,2002:int`; `!` alone is the tag that means "as if it were plain". */
  readonly tag: string | undefined;
  /** Where they begin, if there are any. */
  readonly start: number | undefined;
}

export const NO_PROPERTIES: Properties = { anchor: undefined, tag: undefined, start: undefined };

/** Handles of tags and what they stand for. */
export type TagHandles = ReadonlyMap<string, string>;

export const DEFAULT_HANDLES: TagHandles = new Map([
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
]);

const HEX_PAIR = /^[0-9a-fA-F]{2}$/;

export function atProperty(code: number): boolean {
  return code === AMPERSAND || code === BANG;
}

/** Anchor and tag of one line, in either order. @throws YamlFault */
export function readProperties(cursor: Cursor, handles: TagHandles): Properties {
  const start = cursor.pos;
  let anchor: string | undefined;
  let tag: string | undefined;
  for (;;) {
    const at = cursor.pos;
    if (cursor.code() === AMPERSAND && anchor === undefined) {
      anchor = readName(cursor, 'anchor');
    } else if (cursor.code() === BANG && tag === undefined) {
      tag = readTag(cursor, handles);
    } else if (atProperty(cursor.code())) {
      throw cursor.fault('a node has one anchor and one tag at most', at);
    } else {
      return { anchor, tag, start };
    }
    cursor.skipSpaces();
  }
}

/** Properties of a node of which some stood in an earlier line. @throws YamlFault when both have an anchor or a tag */
export function joined(cursor: Cursor, outer: Properties, own: Properties): Properties {
  if (outer === NO_PROPERTIES || own === NO_PROPERTIES) {
    return outer === NO_PROPERTIES ? own : outer;
  }
  if ((outer.anchor !== undefined && own.anchor !== undefined) || (outer.tag !== undefined && own.tag !== undefined)) {
    throw cursor.fault('a node has one anchor and one tag at most', own.start);
  }
  return { anchor: outer.anchor ?? own.anchor, tag: outer.tag ?? own.tag, start: outer.start };
}

/** The name behind `&` or `*`. @throws YamlFault */
export function readName(cursor: Cursor, kind: 'anchor' | 'alias'): string {
  const start = cursor.pos + 1;
  cursor.pos = start;
  while (isWordCharacter(cursor.code())) {
    cursor.pos += 1;
  }
  if (cursor.pos === start || !mayFollowName(cursor.code())) {
    throw cursor.fault(`the name of an ${kind} is made of letters, digits, '-' and '_'`, start - 1);
  }
  return cursor.text.slice(start, cursor.pos);
}

function mayFollowName(code: number): boolean {
  return (
    isBlankOrEnd(code) ||
    code === QUESTION ||
    code === COLON ||
    code === COMMA ||
    code === CLOSE_BRACKET ||
    code === CLOSE_BRACE ||
    code === PERCENT ||
    code === AT ||
    code === BACKTICK
  );
}

function readTag(cursor: Cursor, handles: TagHandles): string {
  const start = cursor.pos;
  let tag: string;
  if (cursor.code(1) === LESS) {
    cursor.pos += 2;
    tag = readUri(cursor, start);
    if (cursor.code() !== 0x3e) {
      throw cursor.fault("a tag that begins with '!<' ends with '>'", start);
    }
    cursor.pos += 1;
  } else if (isBlankOrEnd(cursor.code(1))) {
    cursor.pos += 1;
    tag = '!';
  } else {
    const handle = readHandle(cursor);
    const prefix = handles.get(handle);
    if (prefix === undefined) {
      throw cursor.fault(`no %TAG line declares '${shortened(handle)}'`, start);
    }
    tag = prefix + readUri(cursor, start);
  }
  if (!isSpaceBreakOrEnd(cursor.code())) {
    throw cursor.fault('a tag is followed by a space', start);
  }
  return tag;
}

/** `!`, `!!` or `!name!`. */
export function readHandle(cursor: Cursor): string {
  const start = cursor.pos;
  let end = start + 1;
  while (isWordCharacter(cursor.text.charCodeAt(end))) {
    end += 1;
  }
  cursor.pos = cursor.text.charCodeAt(end) === BANG ? end + 1 : start + 1;
  return cursor.text.slice(start, cursor.pos);
}

/** A tag's name; `%41` stands for a byte. */
export function readUri(cursor: Cursor, start: number): string {
  const from = cursor.pos;
  let escaped = false;
  while (isUriCharacter(cursor.code())) {
    if (cursor.code() === PERCENT) {
      escaped = true;
      if (!HEX_PAIR.test(cursor.text.slice(cursor.pos + 1, cursor.pos + 3))) {
        throw cursor.fault("'%' in a tag is followed by two hexadecimal digits", cursor.pos);
      }
    }
    cursor.pos += 1;
  }
  const uri = cursor.text.slice(from, cursor.pos);
  try {
    if (uri !== '') {
      return escaped ? decodeURIComponent(uri) : uri;
    }
  } catch {
    throw cursor.fault('the escapes of this tag are no UTF-8', start);
  }
  throw cursor.fault('a tag has a name', start);
}

const URI_SIGNS = "-;/?:@&=+$,_.!~*'()[]%";

function isUriCharacter(code: number): boolean {
  return isWordCharacter(code) || (code < 0x7f && URI_SIGNS.includes(String.fromCharCode(code)));
}
