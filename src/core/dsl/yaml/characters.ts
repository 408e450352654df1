/** Codes of the characters that mean something to YAML. `END` stands behind the text, where it may not hold it. */
export const END = 0x00;
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const BANG = 0x21;
export const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const PERCENT = 0x25;
export const AMPERSAND = 0x26;
export const SINGLE_QUOTE = 0x27;
export const STAR = 0x2a;
export const COMMA = 0x2c;
export const DASH = 0x2d;
export const DOT = 0x2e;
export const COLON = 0x3a;
export const LESS = 0x3c;
export const GREATER = 0x3e;
export const QUESTION = 0x3f;
export const AT = 0x40;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const BACKTICK = 0x60;
export const OPEN_BRACE = 0x7b;
export const PIPE = 0x7c;
export const CLOSE_BRACE = 0x7d;
export const BYTE_ORDER_MARK = 0xfeff;

/** YAML 1.1 ends lines at five characters. */
export function isBreak(code: number): boolean {
  return code === LF || code === CR || code === 0x85 || code === 0x2028 || code === 0x2029;
}

export function isBreakOrEnd(code: number): boolean {
  return isBreak(code) || code === END;
}

export function isBlankOrEnd(code: number): boolean {
  return code === SPACE || code === TAB || isBreakOrEnd(code);
}

export function isSpaceBreakOrEnd(code: number): boolean {
  return code === SPACE || isBreakOrEnd(code);
}

/** Letters, digits, `-` and `_`: what names of anchors and tag handles are made of. */
export function isWordCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === DASH ||
    code === 0x5f
  );
}

const UNPRINTABLE = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const PLAIN_ASCII = /^[\t\n\r\u0020-\u007e]*$/;

/** What a text is made of, found once so that no scalar must be looked at again. */
export function surveyOf(text: string): { readonly ascii: boolean; readonly unprintable: number | null } {
  if (PLAIN_ASCII.test(text)) {
    return { ascii: true, unprintable: null };
  }
  const found = UNPRINTABLE.exec(text);
  return { ascii: false, unprintable: found === null ? null : found.index };
}
