import type { OpenMapping, TreeBuilder } from './builder.js';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DOUBLE_QUOTE,
  isBlankOrEnd,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUESTION,
  SINGLE_QUOTE,
  STAR,
} from './characters.js';
import type { Cursor } from './cursor.js';
import type { YamlFault } from './fault.js';
import { MAX_KEY_LENGTH } from './limits.js';
import { readPlain } from './plain.js';
import type { Properties, TagHandles } from './properties.js';
import { atProperty, joined, NO_PROPERTIES, readName, readProperties } from './properties.js';
import { readQuoted } from './quoted.js';
import type { Node } from './tree.js';
import { refuseStart } from './unexpected.js';

/** Reads collections in brackets and braces; indentation means nothing within (dsl.md §2). */
export class FlowReader {
  /** Where the collection begins that block structure holds; of what the text's end cuts off, it is the surest. */
  private outermost = 0;

  constructor(
    private readonly cursor: Cursor,
    private readonly builder: TreeBuilder,
    private readonly handles: TagHandles,
  ) {}

  /** The collection whose bracket the cursor is at. @throws YamlFault */
  read(properties: Properties, offset: number): Node {
    this.outermost = this.cursor.pos;
    return this.collection(properties, offset);
  }

  private collection(properties: Properties, offset: number): Node {
    return this.cursor.code() === OPEN_BRACE ? this.mapping(properties, offset) : this.sequence(properties, offset);
  }

  private sequence(properties: Properties, offset: number): Node {
    const sequence = this.builder.openSequence(properties, offset);
    while (this.more(CLOSE_BRACKET, sequence.items.length === 0)) {
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
    const mapping = this.builder.openMapping(properties, offset);
    let isFirst = true;
    while (this.more(CLOSE_BRACE, isFirst)) {
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
  private more(close: typeof CLOSE_BRACE | typeof CLOSE_BRACKET, isFirst: boolean): boolean {
    const { cursor } = this;
    if (isFirst) {
      cursor.pos += 1;
    }
    cursor.skipToToken();
    if (!isFirst && cursor.code() === COMMA) {
      cursor.pos += 1;
      cursor.skipToToken();
    } else if (!isFirst && cursor.code() !== close) {
      throw this.unfinished(`',' or '${String.fromCharCode(close)}' is expected here, within a flow collection`);
    }
    if (cursor.code() === close) {
      cursor.pos += 1;
      return false;
    }
    return true;
  }

  private unfinished(message: string): YamlFault {
    const { cursor, outermost } = this;
    return cursor.atDocumentEnd()
      ? cursor.fault(`a '${cursor.text.charAt(outermost)}' that begins here has no end`, outermost)
      : cursor.fault(message);
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
      code === COLON ||
      code === QUESTION ||
      this.atEntryEnd() ||
      (code === DASH && isBlankOrEnd(cursor.code(1)))
    ) {
      throw this.unfinished(`a value is expected here, not '${cursor.text.charAt(cursor.pos)}'`);
    }
    refuseStart(cursor);
    return this.builder.scalar(readPlain(cursor, null), true, properties, properties.start ?? start);
  }
}
