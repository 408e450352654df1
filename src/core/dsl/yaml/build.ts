import type { Alias, Node as Written, Pair, Scalar as WrittenScalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isScalar } from 'yaml';

import type { DslError } from '../diagnostics.js';
import type { Key, Scalar } from '../values.js';
import { DateValue, Float } from '../values.js';
import { DEFAULT_VALUE, MERGE, plainValue, ScalarFault, shortened } from './scalars.js';
import { isPairsTag, taggedScalar } from './tags.js';
import type { Entry, Node } from './tree.js';
import { MappingNode, ScalarNode, SequenceNode } from './tree.js';
import type { SourceText } from './tree.js';

/** What one document may cost. */
export interface YamlLimits {
  /** UTF-16 units of text. */
  readonly maxLength: number;
  /** Collections within collections, aliases replaced by what they stand for. */
  readonly maxDepth: number;
  /** Scalars and collections, keys too, aliases replaced by what they stand for. */
  readonly maxNodes: number;
}

interface Anchored {
  readonly node: Node;
  readonly size: number;
  readonly height: number;
}

/** What the builder tells of: faults end the reading, warnings do not. */
export interface BuildReport {
  fault(code: -1 | 108, message: string, offset: number): DslError;
  duplicate(key: ScalarNode): void;
}

const CORE = 'tag:yaml.org,2002:';

/** Makes our tree of the parser's: values, merge keys, aliases, tags. One use, one document. */
export class TreeBuilder {
  private readonly anchors = new Map<string, Anchored | undefined>();
  /** Nodes so far, aliases in full. */
  private size = 0;
  /** Collections within the node built last, itself included. */
  private height = 0;

  constructor(
    private readonly source: SourceText,
    private readonly limits: YamlLimits,
    private readonly report: BuildReport,
  ) {}

  build(written: Written | null, depth = 0): Node {
    if (written === null) {
      this.grow(1, 0);
      this.height = 0;
      return new ScalarNode(null, this.source, 0);
    }
    if (isAlias(written)) {
      return this.alias(written, depth);
    }
    const offset = offsetOf(written);
    this.grow(1, offset);
    const { anchor } = written;
    if (anchor === undefined) {
      return this.made(written, offset, depth);
    }
    if (this.anchors.has(anchor)) {
      throw this.report.fault(-1, `anchor '${shortened(anchor)}' is defined twice`, offset);
    }
    this.anchors.set(anchor, undefined);
    const before = this.size - 1;
    const node = this.made(written, offset, depth);
    this.anchors.set(anchor, { node, size: this.size - before, height: this.height });
    return node;
  }

  private made(written: WrittenScalar | YAMLMap | YAMLSeq, offset: number, depth: number): Node {
    if (isScalar(written)) {
      this.height = 0;
      return new ScalarNode(this.scalar(written, offset), this.source, offset);
    }
    if (depth >= this.limits.maxDepth) {
      throw this.tooDeep(offset);
    }
    return isMap(written) ? this.mapping(written, offset, depth) : this.sequence(written, offset, depth);
  }

  private alias(written: Alias, depth: number): Node {
    const offset = offsetOf(written);
    const name = written.source;
    const anchored = this.anchors.get(name);
    if (anchored === undefined) {
      const why = this.anchors.has(name) ? 'stands within what it refers to' : 'has no anchor before it';
      throw this.report.fault(-1, `alias '*${shortened(name)}' ${why}`, offset);
    }
    if (depth + anchored.height > this.limits.maxDepth) {
      throw this.tooDeep(offset);
    }
    this.grow(anchored.size, offset);
    this.height = anchored.height;
    return anchored.node;
  }

  private scalar(written: WrittenScalar, offset: number): Scalar {
    const value = this.scalarOrSign(written, offset);
    if (typeof value === 'symbol') {
      throw this.report.fault(-1, `'${written.source ?? ''}' alone is no value; quote it`, offset);
    }
    return value;
  }

  private scalarOrSign(written: WrittenScalar, offset: number): Scalar | typeof MERGE | typeof DEFAULT_VALUE {
    const text = String(written.value);
    try {
      const value =
        written.tag !== undefined && written.tag !== '!'
          ? taggedScalar(written.tag, text)
          : written.type === 'PLAIN' && written.tag === undefined
            ? plainValue(text)
            : text;
      return typeof value === 'string' ? this.ascii(value, offset) : value;
    } catch (error) {
      throw error instanceof ScalarFault ? this.report.fault(-1, error.message, offset) : error;
    }
  }

  private ascii(text: string, offset: number): string {
    // eslint-disable-next-line no-control-regex -- all that is not ASCII
    if (/[^\x00-\x7f]/.test(text)) {
      throw this.report.fault(108, `illegal text '${shortened(text)}': only ASCII characters are allowed`, offset);
    }
    return text;
  }

  private sequence(written: YAMLSeq, offset: number, depth: number): Node {
    const pairs = written.tag !== undefined && isPairsTag(written.tag);
    if (written.tag !== undefined && written.tag !== `${CORE}seq` && !pairs) {
      throw this.badTag(written.tag, 'list', offset);
    }
    let height = 0;
    const items = (written.items as (Written | null)[]).map((item) => {
      const node = this.build(item, depth + 1);
      height = Math.max(height, this.height);
      return pairs ? this.pair(node, depth) : node;
    });
    this.height = height + 1;
    return new SequenceNode(items, this.source, offset);
  }

  /** An item of an `!!omap`: Python makes it a pair, which is a list. */
  private pair(node: Node, depth: number): Node {
    const [entry, ...rest] = node.kind === 'mapping' ? node.entries.values() : [];
    if (entry === undefined || rest.length > 0) {
      throw this.report.fault(-1, 'an item of an ordered map is a mapping of one entry', node.offset);
    }
    if (depth + 1 >= this.limits.maxDepth) {
      throw this.tooDeep(node.offset);
    }
    return new SequenceNode([entry.key, entry.value], this.source, node.offset);
  }

  private mapping(written: YAMLMap, offset: number, depth: number): Node {
    if (written.tag !== undefined && written.tag !== `${CORE}map` && written.tag !== `${CORE}set`) {
      throw this.badTag(written.tag, 'mapping', offset);
    }
    const entries = new EntryTable();
    const own: Entry[] = [];
    const merged: MappingNode[][] = [];
    let height = 0;
    for (const pair of written.items as Pair<Written | null, Written | null>[]) {
      const key = this.key(pair.key);
      const value = this.build(pair.value, depth + 1);
      height = Math.max(height, this.height);
      if (key === MERGE) {
        merged.push(this.merged(value));
      } else {
        own.push({ key, value });
      }
    }
    for (const mapping of merged.flat()) {
      for (const entry of mapping.entries.values()) {
        entries.put(entry);
      }
    }
    const seen = new Set<Key>();
    for (const entry of own) {
      const key = entries.put(entry);
      if (seen.has(key)) {
        this.report.duplicate(entry.key);
      }
      seen.add(key);
    }
    this.height = height + 1;
    return new MappingNode(entries.map, this.source, offset);
  }

  /** What `<<` merges: of a list the earlier mapping wins, so it comes last. */
  private merged(value: Node): MappingNode[] {
    const mappings = value.kind === 'sequence' ? value.items.toReversed() : [value];
    return mappings.map((mapping) => {
      if (mapping.kind !== 'mapping') {
        throw this.report.fault(-1, "'<<' merges a mapping or a list of mappings", mapping.offset);
      }
      return mapping;
    });
  }

  private key(written: Written | null): ScalarNode | typeof MERGE {
    if (written !== null && isScalar(written) && written.anchor === undefined) {
      this.grow(1, offsetOf(written));
      const value = this.scalarOrSign(written, offsetOf(written));
      return value === MERGE
        ? MERGE
        : new ScalarNode(value === DEFAULT_VALUE ? '=' : value, this.source, offsetOf(written));
    }
    const node = this.build(written);
    if (node.kind !== 'scalar') {
      const hint = node.kind === 'mapping' ? '; a function in double braces must be quoted: "{{ … }}"' : '';
      throw this.report.fault(-1, `a ${node.kind} cannot be a key${hint}`, node.offset);
    }
    return node;
  }

  private grow(nodes: number, offset: number): void {
    this.size += nodes;
    if (this.size > this.limits.maxNodes) {
      throw this.report.fault(
        -1,
        `the document holds more than ${String(this.limits.maxNodes)} nodes when its aliases are replaced`,
        offset,
      );
    }
  }

  private tooDeep(offset: number): DslError {
    return this.report.fault(-1, `nested deeper than ${String(this.limits.maxDepth)} levels`, offset);
  }

  private badTag(tag: string, kind: string, offset: number): DslError {
    return this.report.fault(-1, `tag '${shortened(tag)}' is unknown, or not for a ${kind}`, offset);
  }
}

/** Entries by the identity of Python's keys: `1`, `1.0` and `true` are one, and the first of them stays. */
class EntryTable {
  readonly map = new Map<Key, Entry>();
  private readonly others = new Map<string | number | bigint, Key>();

  /** The later entry wins. Returns the key under which it is stored. */
  put(entry: Entry): Key {
    const key = this.identity(entry.key.value);
    const known = this.map.get(key);
    this.map.set(key, known === undefined ? entry : { key: known.key, value: entry.value });
    return key;
  }

  private identity(key: Key): Key {
    if (typeof key === 'string' || key === null) {
      return key;
    }
    const same =
      typeof key === 'object'
        ? key instanceof Float
          ? key.value
          : key instanceof DateValue
            ? `date ${key.iso}`
            : `bytes ${key.hex}`
        : typeof key === 'boolean'
          ? Number(key)
          : key;
    const known = this.others.get(same);
    if (known === undefined) {
      this.others.set(same, key);
      return key;
    }
    return known;
  }
}

function offsetOf(written: Written): number {
  return written.range?.[0] ?? 0;
}
