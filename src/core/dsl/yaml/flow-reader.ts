import type { OpenMapping, TreeBuilder } from './builder.js';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DOUBLE_QUOTE,
  END,
  isBlankOrEnd,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUESTION,
  SINGLE_QUOTE,
  STAR,
} from './characters.js';
import type { Cursor } from './cursor.js';
import { readPlain } from './plain.js';
import type { Properties, TagHandles } from './properties.js';
import { atProperty, joined, NO_PROPERTIES, readName, readProperties } from './properties.js';
import { readQuoted } from './quoted.js';
import { MAX_KEY_LENGTH, refuseStart } from './starts.js';
import type { Node } from './tree.js';

/** Reads collections in brackets and braces; indentation means nothing within (dsl.md §2). */
export class FlowReader {
  constructor(
    private readonly cursor: Cursor,
    private readonly builder: TreeBuilder,
    private readonly handles: TagHandles,
  ) {}

  /** The collection whose bracket the cursor is at. @throws YamlFault */
  collection(properties: Properties, offset: number): Node {
    return this.cursor.code() === OPEN_BRACE ? this.mapping(properties, offset) : this.sequence(properties, offset);
  }

  private sequence(properties: Properties, offset: number): Node {
    const open = this.cursor.pos;
    const sequence = this.builder.openSequence(properties, offset);
    while (this.more(open, CLOSE_BRACKET, sequence.items.length === 0)) {
      const start = this.cursor.pos;
      const explicit = this.atExplicitKey();
      const first = explicit ? this.explicitKey() : this.node(NO_PROPERTIES);
      const isKey = explicit ? this.atValue() : this.atImplicitValue(start);
      this.builder.addItem(sequence, explicit || isKey ? this.pair(start, first, isKey) : first);
    }
    return this.builder.closeSequence(sequence);
  }

  /** `[a: b]` holds a mapping of one entry. */
  private pair(start: number, key: Node, hasValue: boolean): Node {
    const mapping = this.builder.openMapping(NO_PROPERTIES, start);
    this.entry(mapping, key, hasValue);
    return this.builder.closeMapping(mapping);
  }

  private mapping(properties: Properties, offset: number): Node {
    const open = this.cursor.pos;
    const mapping = this.builder.openMapping(properties, offset);
    let isFirst = true;
    while (this.more(open, CLOSE_BRACE, isFirst)) {
      isFirst = false;
      const start = this.cursor.pos;
      const explicit = this.atExplicitKey();
      const key = explicit ? this.explicitKey() : this.node(NO_PROPERTIES);
      this.entry(mapping, key, explicit ? this.atValue() : this.atImplicitValue(start));
    }
    return this.builder.closeMapping(mapping);
  }

  private entry(mapping: OpenMapping, key: Node, hasValue: boolean): void {
    const { cursor } = this;
    if (hasValue) {
      cursor.pos += 1;
    }
    const at = cursor.pos;
    cursor.skipToToken();
    const value = hasValue && !this.atEntryEnd() ? this.node(NO_PROPERTIES) : this.builder.empty(NO_PROPERTIES, at);
    this.builder.addEntry(mapping, key, value);
  }

  /** Over the comma before an entry. False, and over the bracket, where the collection ends. */
  private more(open: number, close: typeof CLOSE_BRACE | typeof CLOSE_BRACKET, isFirst: boolean): boolean {
    const { cursor } = this;
    if (isFirst) {
      cursor.pos += 1;
    }
    cursor.skipToToken();
    if (!isFirst && cursor.code() === COMMA) {
      cursor.pos += 1;
      cursor.skipToToken();
    } else if (!isFirst && cursor.code() !== close) {
      throw this.unfinished(open, `',' or '${String.fromCharCode(close)}' is expected here`);
    }
    if (cursor.code() === close) {
      cursor.pos += 1;
      return false;
    }
    return true;
  }

  private unfinished(open: number, message: string): Error {
    const { cursor } = this;
    const bracket = cursor.text.charAt(open);
    return cursor.atDocumentEnd()
      ? cursor.fault(`a '${bracket}' that begins here has no end`, open)
      : cursor.fault(`${message}, in the collection that '${bracket}' began`);
  }

  private atExplicitKey(): boolean {
    return this.cursor.code() === QUESTION;
  }

  private explicitKey(): Node {
    this.cursor.pos += 1;
    const at = this.cursor.pos;
    this.cursor.skipToToken();
    return this.atEntryEnd() || this.cursor.code() === COLON
      ? this.builder.empty(NO_PROPERTIES, at)
      : this.node(NO_PROPERTIES);
  }

  private atEntryEnd(): boolean {
    const code = this.cursor.code();
    return code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET;
  }

  private atValue(): boolean {
    this.cursor.skipToToken();
    return this.cursor.code() === COLON;
  }

  /** A key without `?` ends in the line where it began. */
  private atImplicitValue(start: number): boolean {
    const line = this.cursor.lineStart;
    return (
      this.atValue() && line === this.cursor.lineStart && line <= start && this.cursor.pos - start <= MAX_KEY_LENGTH
    );
  }

  private node(outer: Properties): Node {
    const { cursor } = this;
    const start = cursor.pos;
    const code = cursor.code();
    switch (code) {
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return this.collection(outer, outer.start ?? start);
      case DOUBLE_QUOTE:
      case SINGLE_QUOTE:
        return this.builder.scalar(readQuoted(cursor), false, outer, outer.start ?? start);
      case STAR:
        if (outer !== NO_PROPERTIES) {
          throw cursor.fault('an alias has no anchor and no tag');
        }
        return this.builder.alias(readName(cursor, 'alias'), start);
      default:
        return atProperty(code) ? this.propertied(outer) : this.plain(outer);
    }
  }

  private propertied(outer: Properties): Node {
    const properties = joined(this.cursor, outer, readProperties(this.cursor, this.handles));
    this.cursor.skipToToken();
    const code = this.cursor.code();
    return code === COLON || code === QUESTION || this.atEntryEnd()
      ? this.builder.empty(properties, this.cursor.pos)
      : this.node(properties);
  }

  private plain(properties: Properties): Node {
    const { cursor } = this;
    const start = cursor.pos;
    const code = cursor.code();
    if (
      cursor.atDocumentEnd() ||
      code === END ||
      code === COLON ||
      code === QUESTION ||
      this.atEntryEnd() ||
      (code === DASH && isBlankOrEnd(cursor.code(1)))
    ) {
      throw this.unexpected();
    }
    refuseStart(cursor);
    return this.builder.scalar(readPlain(cursor, null), true, properties, properties.start ?? start);
  }

  private unexpected(): Error {
    const { cursor } = this;
    return cursor.atDocumentEnd()
      ? cursor.fault("the text ends within '[' or '{'")
      : cursor.fault(`a value is expected here, in a flow collection, not '${cursor.text.charAt(cursor.pos)}'`);
  }
}
