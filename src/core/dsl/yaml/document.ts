import { BlockReader } from './block-reader.js';
import type { TreeBuilder } from './builder.js';
import { DASH, DOT, END, PERCENT } from './characters.js';
import type { Cursor } from './cursor.js';
import { readDirectives } from './directives.js';
import { DEFAULT_HANDLES } from './properties.js';
import type { Node } from './tree.js';
import { unexpected } from './unexpected.js';

/** Reads a text of one document at most; null for a text without one. @throws YamlFault */
export function readDocument(cursor: Cursor, builder: TreeBuilder): Node | null {
  cursor.skipToToken();
  const directed = cursor.code() === PERCENT && cursor.column === 0;
  const handles = directed ? readDirectives(cursor) : DEFAULT_HANDLES;
  const marked = cursor.atDocumentEnd() && cursor.atMark(DASH);
  if (marked) {
    cursor.pos += 3;
  } else if (directed) {
    throw cursor.fault("directives are followed by '---'");
  } else if (cursor.code() === END) {
    return null;
  } else if (cursor.atDocumentEnd()) {
    throw cursor.fault("'...' ends a document, but none began");
  }
  // Behind `---` a mapping or list begins in the next line.
  const root = builder.root(new BlockReader(cursor, builder, handles).entry(-1, !marked, 'mapping'));
  end(cursor);
  return root;
}

function end(cursor: Cursor): void {
  cursor.skipToToken();
  while (cursor.atDocumentEnd() && cursor.atMark(DOT)) {
    cursor.pos += 3;
    cursor.skipToToken();
  }
  if (cursor.code() === END) {
    return;
  }
  if (cursor.atDocumentEnd()) {
    throw cursor.fault('the file holds more than one document');
  }
  throw unexpected(cursor);
}
