/** A type before inheritance. */
export interface OwnType {
  readonly derivedFrom: string | null;
}

/** How far apart on a line of descent results are kept. */
const STRIDE = 64;

/**
 * Types that descend from each other, without circles. What a type inherits is worked out when it is asked for, and
 * kept; of long lines only every so many, so that a long chain of types does not take the square of its length.
 */
export class TypeTree<O extends OwnType, R> {
  private readonly resolved = new Map<string, R>();

  /**
   * @param inherit makes a type of its nearest known ancestor and of those between, oldest first; the last one is
   * the type itself
   */
  constructor(
    readonly own: ReadonlyMap<string, O>,
    private readonly inherit: (ancestor: R | undefined, line: readonly (readonly [string, O])[]) => R,
  ) {}

  get(name: string): R | undefined {
    const known = this.resolved.get(name);
    return known ?? (this.own.has(name) ? this.resolve(name) : undefined);
  }

  private resolve(name: string): R | undefined {
    const line: (readonly [string, O])[] = [];
    let ancestor: R | undefined;
    for (let next: string | null = name; next !== null && ancestor === undefined;) {
      const type: O | undefined = this.own.get(next);
      ancestor = this.resolved.get(next);
      if (ancestor === undefined && type !== undefined) {
        line.push([next, type]);
      }
      next = type?.derivedFrom ?? null;
    }
    line.reverse();
    // Near the root everything is kept: most types are there, and share their ancestors.
    for (let from = 0; from < line.length;) {
      const to = from < STRIDE ? from + 1 : Math.min(from + STRIDE, line.length);
      ancestor = this.inherit(ancestor, line.slice(from, to));
      this.resolved.set(line[to - 1]?.[0] ?? name, ancestor);
      from = to;
    }
    return ancestor;
  }
}
