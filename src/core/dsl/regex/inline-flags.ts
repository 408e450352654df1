import type { Scanner } from './scanner.js';
import type { Flag } from './syntax.js';

const FLAGS: ReadonlySet<string> = new Set('iLmsxatu');

export interface InlineFlags {
  readonly add: ReadonlySet<Flag>;
  readonly remove: ReadonlySet<Flag>;
  /** `(?i)`: for the whole pattern; otherwise `(?i:`, for a group. */
  readonly global: boolean;
}

/** Reads the flags behind `(?`, the first of which was taken, and what ends them. @throws PatternSyntaxError */
export function readInlineFlags(scanner: Scanner, first: string): InlineFlags {
  const add = new Set<Flag>();
  const remove = new Set<Flag>();
  let letter = first;
  let templated = false;
  while (letter !== '-' && letter !== ')' && letter !== ':') {
    if (letter === 't') {
      templated = true;
    } else {
      addFlag(scanner, add, letter);
    }
    letter = nextFlag(scanner, 'missing -, : or )', '-:)');
  }
  if (letter === ')') {
    return { add, remove, global: true };
  }
  if (templated) {
    scanner.fail('bad inline flags: cannot turn on global flag');
  }
  if (letter === '-') {
    readRemoved(scanner, remove);
  }
  for (const flag of add) {
    if (remove.has(flag)) {
      scanner.fail('bad inline flags: flag turned on and off');
    }
  }
  return { add, remove, global: false };
}

function addFlag(scanner: Scanner, add: Set<Flag>, letter: string): void {
  if (letter === 'L') {
    scanner.fail("bad inline flags: cannot use 'L' flag with a str pattern");
  }
  add.add(letter as Flag);
  if (add.has('a') && add.has('u')) {
    scanner.fail("bad inline flags: flags 'a', 'u' and 'L' are incompatible");
  }
}

function readRemoved(scanner: Scanner, remove: Set<Flag>): void {
  for (
    let letter = nextFlag(scanner, 'missing flag', '');
    letter !== ':';
    letter = nextFlag(scanner, 'missing :', ':')
  ) {
    if ('auL'.includes(letter)) {
      scanner.fail("bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
    }
    if (letter === 't') {
      scanner.fail('bad inline flags: cannot turn off global flag');
    }
    remove.add(letter as Flag);
  }
}

function nextFlag(scanner: Scanner, missing: string, ends: string): string {
  const letter = scanner.take() ?? scanner.fail(missing);
  if (ends.includes(letter) || FLAGS.has(letter)) {
    return letter;
  }
  return scanner.fail(/^\p{L}$/u.test(letter) ? 'unknown flag' : missing);
}
