import { readSetEscape } from './escapes.js';
import type { Scanner } from './scanner.js';
import type { Piece, SetItem } from './syntax.js';

/** Reads a set of characters; its opening bracket was taken at `start`. @throws PatternSyntaxError */
export function readSet(scanner: Scanner, start: number): Piece {
  const items: SetItem[] = [];
  const negated = scanner.match('^');
  for (;;) {
    const character = scanner.take() ?? unterminated(scanner, start);
    if (character === ']' && items.length > 0) {
      return { kind: 'set', negated, items };
    }
    const item = itemOf(scanner, character);
    if (!scanner.match('-')) {
      items.push(item);
      continue;
    }
    const second = scanner.take() ?? unterminated(scanner, start);
    if (second === ']') {
      items.push(item, { kind: 'range', from: 0x2d, to: 0x2d });
      return { kind: 'set', negated, items };
    }
    items.push(rangeOf(scanner, item, itemOf(scanner, second)));
  }
}

function unterminated(scanner: Scanner, start: number): never {
  return scanner.fail('unterminated character set', start);
}

function itemOf(scanner: Scanner, character: string): SetItem {
  if (character === '\\') {
    return readSetEscape(scanner);
  }
  const code = character.codePointAt(0) ?? 0;
  return { kind: 'range', from: code, to: code };
}

function rangeOf(scanner: Scanner, low: SetItem, high: SetItem): SetItem {
  if (low.kind === 'category' || high.kind === 'category') {
    return scanner.fail('bad character range');
  }
  if (low.kind === 'named-character' || high.kind === 'named-character') {
    return { kind: 'named-character' };
  }
  return high.to < low.from ? scanner.fail('bad character range') : { kind: 'range', from: low.from, to: high.to };
}
