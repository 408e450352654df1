import type { Scanner } from './scanner.js';
import type { Width } from './syntax.js';

const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
/** What Python's `int` takes, as far as it can be in a pattern. */
const GROUP_NUMBER = /^\s*\+?\d+(?:_\d+)*\s*$/;
/** Python's MAXGROUPS. */
const MAX_GROUPS = 1_073_741_823;

/** The groups that a pattern has opened so far, and who refers to them. */
export class Groups {
  /** Of closed groups; undefined while a group is open. */
  private readonly widths: (Width | undefined)[] = [];
  private readonly names = new Map<string, number>();
  /** Groups from this one on were opened within the look-behind that is being read. */
  private lookBehindFrom: number | null = null;
  private readonly promised: { readonly group: number; readonly position: number }[] = [];

  open(name: string | null, scanner: Scanner, position: number): number {
    this.widths.push(undefined);
    const group = this.widths.length;
    if (name !== null) {
      if (this.names.has(name)) {
        scanner.fail(`redefinition of group name '${name}'`, position);
      }
      this.names.set(name, group);
    }
    return group;
  }

  close(group: number, width: Width): void {
    this.widths[group - 1] = width;
  }

  /** Runs a reading of what stands in a look-behind. */
  withinLookBehind<T>(read: () => T): T {
    const before = this.lookBehindFrom;
    this.lookBehindFrom ??= this.widths.length + 1;
    const result = read();
    this.lookBehindFrom = before;
    return result;
  }

  /** The width of a group that is referred to. @throws PatternSyntaxError */
  refer(group: number, scanner: Scanner, position: number): Width {
    if (group > this.widths.length) {
      scanner.fail(`invalid group reference ${String(group)}`, position);
    }
    const width = this.widths[group - 1];
    if (width === undefined) {
      return scanner.fail('cannot refer to an open group', position);
    }
    this.checkLookBehind(group, scanner, position);
    return width;
  }

  /** The group of `(?P=name)`. @throws PatternSyntaxError */
  named(name: string, scanner: Scanner, position: number): number {
    checkName(name, scanner, position);
    return this.names.get(name) ?? scanner.fail(`unknown group name '${name}'`, position);
  }

  /** The group that a conditional asks about; it may be opened later. @throws PatternSyntaxError */
  condition(text: string, scanner: Scanner, position: number): void {
    let group: number;
    if (IDENTIFIER.test(text)) {
      group = this.names.get(text) ?? scanner.fail(`unknown group name '${text}'`, position);
    } else {
      group = GROUP_NUMBER.test(text) ? Number(text.replaceAll(/[\s_+]/g, '')) : NaN;
      if (Number.isNaN(group)) {
        scanner.fail(`bad character in group name '${text}'`, position);
      }
      if (group === 0) {
        scanner.fail('bad group number', position);
      }
      if (group >= MAX_GROUPS) {
        scanner.fail(`invalid group reference ${String(group)}`, position);
      }
      this.promised.push({ group, position });
    }
    this.checkLookBehind(group, scanner, position);
  }

  /** At the end: conditionals ask about groups that exist. @throws PatternSyntaxError */
  keepPromises(scanner: Scanner): void {
    for (const { group, position } of this.promised) {
      if (group > this.widths.length) {
        scanner.fail(`invalid group reference ${String(group)}`, position);
      }
    }
  }

  private checkLookBehind(group: number, scanner: Scanner, position: number): void {
    if (this.lookBehindFrom === null) {
      return;
    }
    if (this.widths[group - 1] === undefined) {
      scanner.fail('cannot refer to an open group', position);
    }
    if (group >= this.lookBehindFrom) {
      scanner.fail('cannot refer to group defined in the same lookbehind subpattern', position);
    }
  }
}

export function checkName(name: string, scanner: Scanner, position: number): void {
  if (!IDENTIFIER.test(name)) {
    scanner.fail(`bad character in group name '${name}'`, position);
  }
}
