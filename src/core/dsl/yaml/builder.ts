import type { Scalar } from '../values.js';
import { Entries } from './entries.js';
import { shortened, YamlFault } from './fault.js';
import type { YamlLimits } from './limits.js';
import type { Properties } from './properties.js';
import { DEFAULT_VALUE, MERGE, Misfit, plainValue } from './scalars.js';
import { isMappingTag, isPairsTag, isSequenceTag, isSetTag, taggedScalar } from './tags.js';
import type { Node, SourceText } from './tree.js';
import { MappingNode, ScalarNode, SequenceNode } from './tree.js';

const MAX_FAULTS = 20;
const MAX_WARNINGS = 100;
/** One for all, since a map takes some two hundred bytes. */
const NO_ENTRIES: MappingNode['entries'] = new Map();

interface Anchored {
  readonly node: Node;
  /** Nodes within, itself included, aliases in full. */
  readonly size: number;
  /** Collections within each other, itself included. */
  readonly height: number;
}

type Sign = typeof MERGE | typeof DEFAULT_VALUE;

/** A collection that is being read. */
interface Open {
  readonly properties: Properties;
  readonly offset: number;
  readonly sizeBefore: number;
  height: number;
}
export interface OpenSequence extends Open {
  readonly items: Node[];
}
export interface OpenMapping extends Open {
  readonly own: Entries;
  /** What `<<` names, in the order of precedence. */
  merged: MappingNode[] | undefined;
}

/**
 * Makes the tree of one document: values, aliases, tags, merge keys, limits. Faults of meaning are gathered, since the
 * text goes on being readable; a faulty structure ends the reading.
 */
export class TreeBuilder {
  readonly faults: YamlFault[] = [];
  /** Keys written again. */
  readonly duplicates: ScalarNode[] = [];
  private readonly anchors = new Map<string, Anchored | undefined>();
  private readonly signs = new Map<Node, Sign>();
  private size = 0;
  private depth = 0;
  /** Of the node made last. */
  private height = 0;

  /** @param ascii whether the whole text is, so that only escapes can make other characters */
  constructor(
    private readonly source: SourceText,
    private readonly limits: YamlLimits,
    private readonly ascii: boolean,
  ) {}

  scalar(text: string, plain: boolean, properties: Properties, offset: number): ScalarNode {
    this.grow(1, offset);
    this.height = 0;
    const value = this.scalarValue(text, plain, properties.tag, offset);
    const node = new ScalarNode(typeof value === 'symbol' ? text : value, this.source, offset);
    if (typeof value === 'symbol') {
      this.signs.set(node, value);
    }
    if (properties.anchor !== undefined) {
      this.announce(properties.anchor, offset);
      this.anchors.set(properties.anchor, { node, size: 1, height: 0 });
    }
    return node;
  }

  /** What stands where nothing was written: null, unless a tag says otherwise. */
  empty(properties: Properties, offset: number): ScalarNode {
    return this.scalar('', true, properties, properties.start ?? offset);
  }

  /** The node of an alias. @throws YamlFault */
  alias(name: string, offset: number): Node {
    const anchored = this.anchors.get(name);
    if (anchored === undefined) {
      const why = this.anchors.has(name) ? 'is part of what it stands for' : 'has no anchor before it';
      throw new YamlFault(`alias '*${shortened(name)}' ${why}`, offset);
    }
    if (this.depth + anchored.height > this.limits.maxDepth) {
      throw this.tooDeep(offset);
    }
    this.grow(anchored.size, offset);
    this.height = anchored.height;
    return anchored.node;
  }

  openSequence(properties: Properties, offset: number): OpenSequence {
    const sizeBefore = this.open(properties, offset);
    return { properties, offset, sizeBefore, height: 0, items: [] };
  }

  openMapping(properties: Properties, offset: number): OpenMapping {
    const sizeBefore = this.open(properties, offset);
    return { properties, offset, sizeBefore, height: 0, own: new Entries(), merged: undefined };
  }

  /** Appends the node made last. */
  addItem(sequence: OpenSequence, item: Node): void {
    sequence.height = Math.max(sequence.height, this.height);
    this.refuseSign(item);
    sequence.items.push(item);
  }

  /** Puts an entry whose value is the node made last. */
  addEntry(mapping: OpenMapping, key: Node, value: Node): void {
    mapping.height = Math.max(mapping.height, this.height);
    this.refuseSign(value);
    if (key.kind !== 'scalar') {
      this.report(`a ${key.kind} cannot be a key`, key.offset);
    } else if (this.signs.get(key) === MERGE) {
      this.merge(mapping, value);
    } else if (mapping.own.put({ key, value }) && this.duplicates.length < MAX_WARNINGS) {
      this.duplicates.push(key);
    }
  }

  closeSequence(sequence: OpenSequence): Node {
    const { tag } = sequence.properties;
    const pairs = isPairsTag(tag);
    if (!pairs && !isSequenceTag(tag)) {
      this.report(`tag '${shortened(tag ?? '')}' is unknown, or not for a sequence`, sequence.offset);
    }
    const items = pairs ? sequence.items.map((item) => this.pairOf(item)) : sequence.items;
    return this.close(sequence, new SequenceNode(items, this.source, sequence.offset));
  }

  closeMapping(mapping: OpenMapping): Node {
    const { tag } = mapping.properties;
    if (!isMappingTag(tag)) {
      this.report(`tag '${shortened(tag ?? '')}' is unknown, or not for a mapping`, mapping.offset);
    }
    const entries = this.entriesOf(mapping);
    if (isSetTag(tag)) {
      for (const [key, { key: written }] of entries.byKey) {
        entries.byKey.set(key, { key: written, value: new ScalarNode(null, this.source, written.offset) });
      }
    }
    const byKey = entries.byKey.size === 0 ? NO_ENTRIES : entries.byKey;
    return this.close(mapping, new MappingNode(byKey, this.source, mapping.offset));
  }

  /** The document's node, once it is whole. @throws YamlFault */
  root(node: Node): Node {
    this.refuseSign(node);
    return node;
  }

  private scalarValue(text: string, plain: boolean, tag: string | undefined, offset: number): Scalar | Sign {
    const value = tag === '!' || (tag === undefined && plain) ? plainValue(text) : taggedScalar(tag, text);
    if (value instanceof Misfit) {
      this.report(value.message, offset);
      return null;
    }
    if (typeof value === 'string' && !(this.ascii && plain) && !isAscii(value)) {
      const shown = shortened(value);
      this.report(`illegal text '${shown}': only ASCII characters are allowed`, offset, 108);
    }
    return value;
  }

  /** Returns the number of nodes before this one. */
  private open(properties: Properties, offset: number): number {
    this.grow(1, offset);
    this.depth += 1;
    if (this.depth > this.limits.maxDepth) {
      throw this.tooDeep(offset);
    }
    if (properties.anchor !== undefined) {
      this.announce(properties.anchor, offset);
    }
    return this.size - 1;
  }

  private close(open: Open, node: Node): Node {
    this.depth -= 1;
    this.height = open.height + 1;
    if (open.properties.anchor !== undefined) {
      this.anchors.set(open.properties.anchor, { node, size: this.size - open.sizeBefore, height: this.height });
    }
    return node;
  }

  private announce(anchor: string, offset: number): void {
    if (this.anchors.has(anchor)) {
      throw new YamlFault(`anchor '&${shortened(anchor)}' is defined twice`, offset);
    }
    this.anchors.set(anchor, undefined);
  }

  /** Merged entries come first, the later mapping of `<<` wins over the earlier, and what is written over both. */
  private entriesOf(mapping: OpenMapping): Entries {
    if (mapping.merged === undefined) {
      return mapping.own;
    }
    const entries = new Entries();
    for (const other of mapping.merged) {
      entries.putAll(other);
    }
    for (const entry of mapping.own.byKey.values()) {
      entries.put(entry);
    }
    return entries;
  }

  /** Notes the mappings of a `<<`. Of a list the first wins, so it is merged last. */
  private merge(mapping: OpenMapping, value: Node): void {
    mapping.merged ??= [];
    for (const other of value.kind === 'sequence' ? value.items.toReversed() : [value]) {
      if (other.kind === 'mapping') {
        mapping.merged.push(other);
      } else {
        this.report("'<<' merges a mapping or a list of mappings", other.offset);
      }
    }
  }

  /** An item of an `!!omap`, which Python makes a pair: a list of two. */
  private pairOf(node: Node): Node {
    const entry = node.kind === 'mapping' && node.entries.size === 1 ? node.entries.values().next().value : undefined;
    if (entry === undefined) {
      this.report('an item of an ordered map is a mapping with one entry', node.offset);
      return node;
    }
    return new SequenceNode([entry.key, entry.value], this.source, node.offset);
  }

  private refuseSign(node: Node): void {
    if (this.signs.size > 0 && this.signs.has(node)) {
      const sign = this.signs.get(node) === MERGE ? '<<' : '=';
      this.report(`'${sign}' alone is no value; quote it`, node.offset);
    }
  }

  private grow(nodes: number, offset: number): void {
    this.size += nodes;
    if (this.size > this.limits.maxNodes) {
      const most = String(this.limits.maxNodes);
      throw new YamlFault(`more than ${most} values, aliases counted as what they stand for`, offset);
    }
  }

  private tooDeep(offset: number): YamlFault {
    return new YamlFault(`nested deeper than ${String(this.limits.maxDepth)} levels`, offset);
  }

  private report(message: string, offset: number, code: -1 | 108 = -1): void {
    if (this.faults.length < MAX_FAULTS) {
      this.faults.push(new YamlFault(message, offset, code));
    }
  }
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) > 0x7f) {
      return false;
    }
  }
  return true;
}
