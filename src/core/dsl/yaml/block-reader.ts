import type { OpenMapping, TreeBuilder } from './builder.js';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DOUBLE_QUOTE,
  GREATER,
  OPEN_BRACE,
  OPEN_BRACKET,
  PIPE,
  QUESTION,
  SINGLE_QUOTE,
  STAR,
} from './characters.js';
import type { Cursor } from './cursor.js';
import { FlowReader } from './flow-reader.js';
import { MAX_KEY_LENGTH } from './limits.js';
import { readBlockScalar } from './literal.js';
import { readPlain } from './plain.js';
import type { Properties, TagHandles } from './properties.js';
import { atProperty, joined, NO_PROPERTIES, readName, readProperties } from './properties.js';
import { readQuoted } from './quoted.js';
import { refuseStart, unexpected } from './unexpected.js';
import type { Node } from './tree.js';

/** What an entry belongs to: only in a mapping may the dashes of a sequence stand right below the key. */
type Parent = 'mapping' | 'sequence';

/**
 * Reads what indentation structures. `indent` is always the column of the innermost block collection, −1 for none;
 * `startable` tells that a key or a dash may stand here: first in its line, or behind `- ` or `? `.
 */
export class BlockReader {
  private readonly flow: FlowReader;

  constructor(
    private readonly cursor: Cursor,
    private readonly builder: TreeBuilder,
    private readonly handles: TagHandles,
  ) {
    this.flow = new FlowReader(cursor, builder, handles);
  }

  /** The node behind an indicator, which may be nothing. @throws YamlFault */
  entry(indent: number, startable: boolean, parent: Parent): Node {
    const at = this.cursor.pos;
    const fresh = this.cursor.skipToToken();
    return this.content(indent, startable || fresh, parent, NO_PROPERTIES, at);
  }

  private content(indent: number, startable: boolean, parent: Parent, outer: Properties, at: number): Node {
    const { cursor } = this;
    const column = cursor.blockColumn;
    if (column > indent) {
      return this.node(indent, startable, parent, outer);
    }
    const code = cursor.code();
    if (column === indent && column >= 0) {
      if (parent === 'mapping' && cursor.atIndicator(DASH)) {
        return this.sequence(indent, outer, parent);
      }
      if (code === PIPE || code === GREATER) {
        return this.blockScalar(indent, outer);
      }
    }
    return this.builder.empty(outer, at);
  }

  /** A node that begins at the cursor, deeper than `indent`. */
  private node(indent: number, startable: boolean, parent: Parent, outer: Properties): Node {
    const { cursor } = this;
    const code = cursor.code();
    if (code === DASH && cursor.atIndicator(DASH)) {
      return this.sequence(this.collectionColumn(startable, 'a list'), outer, 'sequence');
    }
    if (code === QUESTION && cursor.atIndicator(QUESTION)) {
      return this.mapping(this.collectionColumn(startable, 'a key'), outer, cursor.pos, undefined);
    }
    if (code === PIPE || code === GREATER) {
      return this.blockScalar(indent, outer);
    }
    if (!atProperty(code)) {
      return this.leaf(indent, startable, outer, NO_PROPERTIES, cursor.pos);
    }
    const start = cursor.pos;
    const own = readProperties(cursor, this.handles);
    const at = cursor.pos;
    if (cursor.skipToToken() || cursor.atDocumentEnd()) {
      return this.content(indent, true, parent, joined(cursor, outer, own), at);
    }
    if (cursor.code() === PIPE || cursor.code() === GREATER) {
      return this.blockScalar(indent, joined(cursor, outer, own));
    }
    return this.leaf(indent, startable, outer, own, start);
  }

  /** A scalar, an alias or a flow collection; or the mapping whose first key it is. */
  private leaf(indent: number, startable: boolean, outer: Properties, own: Properties, start: number): Node {
    const { cursor } = this;
    const column = start - cursor.lineStart;
    const key = this.simple(indent, outer, own, start);
    if (!this.isKey) {
      return key;
    }
    if (!startable) {
      throw unexpected(cursor);
    }
    return this.mapping(column, outer, outer.start ?? start, key);
  }

  /** Whether a colon follows the node that `simple` read last, in the line where it began. */
  private isKey = false;

  private simple(indent: number, outer: Properties, own: Properties, start: number): Node {
    const { cursor, builder } = this;
    const line = cursor.lineStart;
    switch (cursor.code()) {
      case STAR: {
        const name = readName(cursor, 'alias');
        this.isKey = this.atColon(start, line);
        if (own !== NO_PROPERTIES || (outer !== NO_PROPERTIES && !this.isKey)) {
          throw cursor.fault('an alias has no anchor and no tag', start);
        }
        return builder.alias(name, start);
      }
      case OPEN_BRACE:
      case OPEN_BRACKET: {
        const properties = joined(cursor, outer, own);
        const node = this.flow.read(properties, properties.start ?? start);
        this.isKey = this.atColon(start, line);
        return node;
      }
      case DOUBLE_QUOTE:
      case SINGLE_QUOTE:
        return this.scalar(readQuoted(cursor), false, outer, own, start, line);
      default:
        if (cursor.atIndicator(COLON) && own !== NO_PROPERTIES) {
          return this.scalar('', true, outer, own, start, line);
        }
        this.refuse();
        return this.scalar(readPlain(cursor, indent), true, outer, own, start, line);
    }
  }

  private scalar(text: string, plain: boolean, outer: Properties, own: Properties, start: number, line: number): Node {
    this.isKey = this.atColon(start, line);
    const properties = this.isKey ? own : joined(this.cursor, outer, own);
    return this.builder.scalar(text, plain, properties, properties.start ?? start);
  }

  private atColon(start: number, line: number): boolean {
    const { cursor } = this;
    if (cursor.lineStart !== line) {
      return false;
    }
    cursor.skipSpaces();
    if (!cursor.atIndicator(COLON)) {
      return false;
    }
    if (cursor.pos - start > MAX_KEY_LENGTH) {
      throw cursor.fault(`a key is longer than ${String(MAX_KEY_LENGTH)} characters`, start);
    }
    return true;
  }

  private blockScalar(indent: number, properties: Properties): Node {
    const start = properties.start ?? this.cursor.pos;
    return this.builder.scalar(readBlockScalar(this.cursor, indent), false, properties, start);
  }

  /** Keys of a block mapping all begin at `indent`; `first` was read already, unless a `?` begins it. */
  private mapping(indent: number, properties: Properties, offset: number, first: Node | undefined): Node {
    const { cursor, builder } = this;
    const mapping = builder.openMapping(properties, offset);
    if (first === undefined) {
      this.explicitEntry(mapping, indent);
    } else {
      this.value(mapping, indent, first);
    }
    while (this.hasMore(indent)) {
      if (cursor.atIndicator(QUESTION)) {
        this.explicitEntry(mapping, indent);
      } else {
        this.value(mapping, indent, this.key(indent));
      }
    }
    return builder.closeMapping(mapping);
  }

  private key(indent: number): Node {
    const { cursor } = this;
    const start = cursor.pos;
    const own = atProperty(cursor.code()) ? readProperties(cursor, this.handles) : NO_PROPERTIES;
    const key = this.simple(indent, NO_PROPERTIES, own, start);
    if (!this.isKey) {
      throw cursor.fault("a key and ':' are expected here", start);
    }
    return key;
  }

  private value(mapping: OpenMapping, indent: number, key: Node): void {
    this.cursor.pos += 1;
    this.builder.addEntry(mapping, key, this.entry(indent, false, 'mapping'));
  }

  private explicitEntry(mapping: OpenMapping, indent: number): void {
    const { cursor, builder } = this;
    cursor.pos += 1;
    const key = this.entry(indent, true, 'mapping');
    cursor.skipToToken();
    if (cursor.blockColumn === indent && cursor.atIndicator(COLON)) {
      cursor.pos += 1;
      builder.addEntry(mapping, key, this.entry(indent, true, 'mapping'));
    } else {
      builder.addEntry(mapping, key, builder.empty(NO_PROPERTIES, cursor.pos));
    }
  }

  /** Items of a block sequence all begin at `indent`, which may be that of the mapping around it. */
  private sequence(indent: number, properties: Properties, parent: Parent): Node {
    const { cursor, builder } = this;
    const sequence = builder.openSequence(properties, properties.start ?? cursor.pos);
    do {
      cursor.pos += 1;
      builder.addItem(sequence, this.entry(indent, true, 'sequence'));
    } while (this.hasMore(indent) && this.atItem(parent));
    return builder.closeSequence(sequence);
  }

  private atItem(parent: Parent): boolean {
    if (this.cursor.atIndicator(DASH)) {
      return true;
    }
    if (parent === 'sequence') {
      throw this.cursor.fault("a further item of the list, with '- ', is expected here");
    }
    return false;
  }

  /** Whether the collection at that column goes on. @throws YamlFault when something stands deeper */
  private hasMore(indent: number): boolean {
    const { cursor } = this;
    cursor.skipToToken();
    const column = cursor.blockColumn;
    if (column > indent) {
      throw unexpected(cursor);
    }
    return column === indent;
  }

  private collectionColumn(startable: boolean, what: string): number {
    if (!startable) {
      throw this.cursor.fault(`${what} may not begin in the same line behind a key or a tag`);
    }
    return this.cursor.column;
  }

  private refuse(): void {
    const { cursor } = this;
    const code = cursor.code();
    if (cursor.atIndicator(DASH)) {
      throw cursor.fault("an item of a list ('- ') is not allowed here");
    }
    if (cursor.atIndicator(QUESTION) || cursor.atIndicator(COLON)) {
      throw cursor.fault(`'${cursor.text.charAt(cursor.pos)}' is not allowed here; a key goes before it`);
    }
    if (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      throw cursor.fault(`'${cursor.text.charAt(cursor.pos)}' is not allowed here; quote it`);
    }
    refuseStart(cursor);
  }
}
