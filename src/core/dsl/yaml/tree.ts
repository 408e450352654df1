import type { Dict, Key, Scalar, Value } from '../values.js';

/** The text that nodes were read from. */
export interface SourceText {
  /** As its user knows it: a path in the archive, or a URL. */
  readonly name: string;
  /** Line and column (both from 1) of an offset into the original text. */
  position(offset: number): { readonly line: number; readonly column: number };
}

/**
 * What was written, with its place. Trees are never changed after they were made: an alias is the very node of its
 * anchor, and whoever rewrites (namespaces) makes new nodes.
 */
export type Node = ScalarNode | SequenceNode | MappingNode;

export class ScalarNode {
  readonly kind = 'scalar';
  constructor(
    readonly value: Scalar,
    readonly source: SourceText,
    readonly offset: number,
  ) {}
}

export class SequenceNode {
  readonly kind = 'sequence';
  /** @internal what `valueOf` made */
  made: readonly Value[] | undefined;
  constructor(
    readonly items: readonly Node[],
    readonly source: SourceText,
    readonly offset: number,
  ) {}
}

export interface Entry {
  readonly key: ScalarNode;
  readonly value: Node;
}

export class MappingNode {
  readonly kind = 'mapping';
  /** @internal what `valueOf` made */
  made: Dict | undefined;
  /** Keys in their order; merge keys (`<<`) are resolved, of equal keys the last was taken. */
  constructor(
    readonly entries: ReadonlyMap<Key, Entry>,
    readonly source: SourceText,
    readonly offset: number,
  ) {}
}

const origins = new WeakMap<object, Node>();

/** The plain value of a node, made once per node. */
export function valueOf(node: Node): Value {
  if (node.kind === 'scalar') {
    return node.value;
  }
  if (node.made === undefined) {
    if (node.kind === 'sequence') {
      node.made = node.items.map((item) => valueOf(item));
    } else {
      const dict = new Map<Key, Value>();
      for (const [key, entry] of node.entries) {
        dict.set(key, valueOf(entry.value));
      }
      node.made = dict;
    }
    origins.set(node.made, node);
  }
  return node.made;
}

/** Where a list or dictionary was written, if it came from a document unchanged. */
export function originOf(value: Value): Node | undefined {
  return typeof value === 'object' && value !== null ? origins.get(value) : undefined;
}
