import type { Scanner } from './scanner.js';
import type { Category, Piece, Place, SetItem } from './syntax.js';

export const DIGITS = '0123456789';
const OCTAL_DIGITS = '01234567';
const HEX_DIGITS = '0123456789abcdefABCDEF';
const MAX_OCTAL_ESCAPE = 0o377;
const MAX_CODE_POINT = 0x10_ff_ff;

const PLACES: ReadonlyMap<string, Place> = new Map([
  ['A', 'text-start'],
  ['Z', 'text-end'],
  ['b', 'word-boundary'],
  ['B', 'no-word-boundary'],
]);
const CATEGORIES: ReadonlyMap<string, Category> = new Map([
  ['d', 'digit'],
  ['s', 'space'],
  ['w', 'word'],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
  ['\\', 92],
]);

/** What a backslash outside a set begins: a piece, or the number of a group. */
export function readEscape(scanner: Scanner): Piece | { readonly group: number; readonly position: number } {
  const start = scanner.position - 1;
  const letter = takeLetter(scanner, start);
  const place = PLACES.get(letter);
  if (place !== undefined) {
    return { kind: 'at', place };
  }
  const category = categoryItem(letter);
  if (category !== undefined) {
    return { kind: 'set', negated: false, items: [category] };
  }
  if (letter === '0') {
    return { kind: 'literal', code: parseInt(`0${scanner.takeWhile(OCTAL_DIGITS, 2)}`, 8) };
  }
  if (DIGITS.includes(letter)) {
    return groupOrOctal(scanner, letter, start);
  }
  const code = readCharacter(scanner, letter, start);
  return code === null ? { kind: 'named-character' } : { kind: 'literal', code };
}

/** What a backslash within a set begins. */
export function readSetEscape(scanner: Scanner): SetItem {
  const start = scanner.position - 1;
  const letter = takeLetter(scanner, start);
  const category = categoryItem(letter);
  if (category !== undefined) {
    return category;
  }
  if (OCTAL_DIGITS.includes(letter)) {
    return single(octal(scanner, `${letter}${scanner.takeWhile(OCTAL_DIGITS, 2)}`, start));
  }
  const code = readCharacter(scanner, letter, start);
  return code === null ? { kind: 'named-character' } : single(code);
}

function single(code: number): SetItem {
  return { kind: 'range', from: code, to: code };
}

function takeLetter(scanner: Scanner, start: number): string {
  return scanner.take() ?? scanner.fail('bad escape (end of pattern)', start);
}

function categoryItem(letter: string): SetItem | undefined {
  const category = CATEGORIES.get(letter.toLowerCase());
  return category && { kind: 'category', category, negated: letter !== letter.toLowerCase() };
}

/** The code of an escaped character, or null for a named one. */
function readCharacter(scanner: Scanner, letter: string, start: number): number | null {
  const control = CONTROLS.get(letter);
  if (control !== undefined) {
    return control;
  }
  switch (letter) {
    case 'x':
      return hexadecimal(scanner, 2, start);
    case 'u':
      return hexadecimal(scanner, 4, start);
    case 'U':
      return hexadecimal(scanner, 8, start);
    case 'N':
      if (!scanner.match('{')) {
        scanner.fail('missing {');
      }
      scanner.takeUntil('}', 'character name');
      return null;
    default:
      if (/^[a-zA-Z0-9]$/.test(letter)) {
        scanner.fail(`bad escape \\${letter}`, start);
      }
      return letter.codePointAt(0) ?? 0;
  }
}

function hexadecimal(scanner: Scanner, length: number, start: number): number {
  const digits = scanner.takeWhile(HEX_DIGITS, length);
  if (digits.length !== length) {
    scanner.fail('incomplete escape', start);
  }
  const code = parseInt(digits, 16);
  return code <= MAX_CODE_POINT ? code : scanner.fail('bad escape', start);
}

function octal(scanner: Scanner, digits: string, start: number): number {
  const code = parseInt(digits, 8);
  return code <= MAX_OCTAL_ESCAPE ? code : scanner.fail('octal escape value outside of range 0-0o377', start);
}

/** Three octal digits are a character, one or two digits a group. */
function groupOrOctal(
  scanner: Scanner,
  first: string,
  start: number,
): Piece | { readonly group: number; readonly position: number } {
  const digits = `${first}${scanner.takeWhile(DIGITS, 1)}`;
  const isOctal = /^[0-7]{2}$/.test(digits);
  if (isOctal && scanner.next !== undefined && OCTAL_DIGITS.includes(scanner.next)) {
    return { kind: 'literal', code: octal(scanner, `${digits}${scanner.takeWhile(OCTAL_DIGITS, 1)}`, start) };
  }
  return { group: Number(digits), position: start + 1 };
}
