import { isPrimitive } from '../schema/value-types.js';
import type { Key } from '../values.js';
import type { Entry, Node } from '../yaml/tree.js';
import { MappingNode, ScalarNode, SequenceNode } from '../yaml/tree.js';
import { NAMESPACE_SEPARATOR } from './import-item.js';
import type { Shape } from './namespaced-shapes.js';
import { NAMESPACED_SECTIONS } from './namespaced-shapes.js';

/** Names that begin so are the same in every namespace. */
export const SHARED_NAMES = 'cloudify.';

const NODE_KEYWORDS: ReadonlySet<unknown> = new Set(['SELF', 'SOURCE', 'TARGET']);

/** Counts the nodes that are made, so that nested namespaces cannot multiply a document without bounds. */
export interface Meter {
  /** @throws DslError when there were too many */
  spend(): void;
}

/**
 * A document as it reads under a namespace (dsl.md §6, with its artefacts and its holes). Trees are never changed:
 * what takes no prefix is shared with the original, and what was one node under several aliases stays one.
 * @param spared entries that come from the built-in types: neither they nor what is in them is touched
 */
export function applyNamespace(
  root: MappingNode,
  namespace: string,
  spared: ReadonlySet<Entry>,
  meter: Meter,
): MappingNode {
  const writer = new NamespaceWriter(`${namespace}${NAMESPACE_SEPARATOR}`, spared, meter);
  return changeEntries(root, (entry, key) => {
    const shape = typeof key === 'string' ? NAMESPACED_SECTIONS.get(key) : undefined;
    return shape === undefined ? entry : withValue(entry, writer.write(entry.value, shape));
  });
}

class NamespaceWriter {
  private readonly written = new Map<Shape, Map<Node, Node>>();
  private readonly writtenCalls = new Map<Node, Node>();

  constructor(
    private readonly prefix: string,
    private readonly spared: ReadonlySet<Entry>,
    private readonly meter: Meter,
  ) {}

  write(node: Node, shape: Shape): Node {
    if (node.kind === 'scalar') {
      return this.writeScalar(node, shape);
    }
    let done = this.written.get(shape);
    if (done === undefined) {
      done = new Map();
      this.written.set(shape, done);
    }
    let made = done.get(node);
    if (made === undefined) {
      this.meter.spend();
      made = node.kind === 'mapping' ? this.writeMapping(node, shape) : this.writeSequence(node, shape);
      done.set(node, made);
    }
    return made;
  }

  private writeScalar(node: ScalarNode, shape: Shape): Node {
    switch (shape.kind) {
      case 'name':
      case 'literal':
        return this.prefixed(node);
      case 'type':
        return typeof node.value === 'string' && isPrimitive(node.value) ? node : this.prefixed(node);
      case 'either':
        return this.writeScalar(node, shape.text);
      case 'calls':
      case 'fields':
      case 'entries':
      case 'items':
      case 'kept':
        return node;
    }
  }

  private writeMapping(node: MappingNode, shape: Shape): Node {
    switch (shape.kind) {
      case 'fields':
        return changeEntries(node, (entry, key) => {
          const field = typeof key === 'string' ? shape.fields.get(key) : undefined;
          return field === undefined ? entry : withValue(entry, this.write(entry.value, field));
        });
      case 'entries':
        return changeEntries(node, (entry) => (this.spared.has(entry) ? entry : this.writeEntry(entry, shape)));
      case 'either':
        return this.writeMapping(node, shape.mapping);
      case 'calls':
      case 'literal':
        return this.writeCalls(node);
      case 'name':
      case 'type':
      case 'items':
      case 'kept':
        return node;
    }
  }

  private writeSequence(node: SequenceNode, shape: Shape): Node {
    return shape.kind === 'items' ? changeItems(node, (item) => this.write(item, shape.item)) : node;
  }

  private writeEntry(entry: Entry, { named, item }: Shape & { readonly kind: 'entries' }): Entry {
    this.meter.spend();
    const key = named ? this.prefixed(entry.key) : entry.key;
    const value = this.write(entry.value, item);
    return key === entry.key && value === entry.value ? entry : { key, value };
  }

  /** Functions by their keys, whatever else stands beside them. */
  private writeCalls(node: Node): Node {
    if (node.kind === 'scalar') {
      return node;
    }
    let made = this.writtenCalls.get(node);
    if (made === undefined) {
      this.meter.spend();
      made =
        node.kind === 'sequence'
          ? changeItems(node, (item) => this.writeCalls(item))
          : changeEntries(node, (entry, key) => withValue(entry, this.writeArgument(key, entry.value)));
      this.writtenCalls.set(node, made);
    }
    return made;
  }

  private writeArgument(key: Key, argument: Node): Node {
    if (key === 'get_property' || key === 'get_attribute') {
      return this.writeNodePath(argument);
    }
    if (key !== 'get_input') {
      return this.writeCalls(argument);
    }
    return argument.kind === 'scalar' ? this.prefixed(argument) : this.writeInputPath(argument);
  }

  /** `[input, part…]`: the name takes the prefix; the rest may hold functions. */
  private writeInputPath(argument: Node): Node {
    if (argument.kind !== 'sequence') {
      return this.writeCalls(argument);
    }
    return changeItems(argument, (item, index) =>
      index === 0 && item.kind === 'scalar' ? this.prefixed(item) : this.writeCalls(item),
    );
  }

  /** `[node, part…]`: the name takes the prefix. Functions among the arguments are not reached: another hole. */
  private writeNodePath(argument: Node): Node {
    if (argument.kind !== 'sequence') {
      return argument;
    }
    return changeItems(argument, (item, index) =>
      index === 0 && item.kind === 'scalar' && !NODE_KEYWORDS.has(item.value) ? this.prefixed(item) : item,
    );
  }

  private prefixed(node: ScalarNode): ScalarNode {
    if (typeof node.value !== 'string' || node.value.startsWith(SHARED_NAMES)) {
      return node;
    }
    this.meter.spend();
    return new ScalarNode(`${this.prefix}${node.value}`, node.source, node.offset);
  }
}

function withValue(entry: Entry, value: Node): Entry {
  return value === entry.value ? entry : { key: entry.key, value };
}

/** The mapping with its entries replaced; itself when all stay. */
function changeEntries(node: MappingNode, change: (entry: Entry, key: Key) => Entry): MappingNode {
  let entries: Map<Key, Entry> | null = null;
  let kept = 0;
  for (const [key, entry] of node.entries) {
    const made = change(entry, key);
    if (entries === null) {
      if (made === entry) {
        kept++;
        continue;
      }
      entries = new Map([...node.entries].slice(0, kept));
    }
    entries.set(made.key === entry.key ? key : made.key.value, made);
  }
  return entries === null ? node : new MappingNode(entries, node.source, node.offset);
}

function changeItems(node: SequenceNode, change: (item: Node, index: number) => Node): SequenceNode {
  let items: Node[] | null = null;
  for (const [index, item] of node.items.entries()) {
    const made = change(item, index);
    if (items === null && made !== item) {
      items = node.items.slice(0, index);
    }
    items?.push(made);
  }
  return items === null ? node : new SequenceNode(items, node.source, node.offset);
}
