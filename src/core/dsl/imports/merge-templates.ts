import type { Key } from '../values.js';
import type { Entry, Node, ScalarNode } from '../yaml/tree.js';
import { MappingNode, SequenceNode } from '../yaml/tree.js';

/**
 * The one case in which two files may define the same node template: a template of relationships alone adds them to
 * the other (dsl.md §5.4). Null where that does not apply.
 */
export function mergeTemplates(existing: Node, incoming: Node): Node | null {
  if (existing.kind !== 'mapping' || incoming.kind !== 'mapping') {
    return null;
  }
  const own = relationshipsOf(existing);
  const added = relationshipsOf(incoming);
  const onlyAdds = incoming.entries.size === 1 && added !== null;
  const isAddedTo = existing.entries.size === 1 && incoming.entries.has('type');
  const wellFormed = own !== null && (added !== null || !incoming.entries.has('relationships'));
  if (!wellFormed || !(onlyAdds || isAddedTo)) {
    return null;
  }
  const entries = new Map<Key, Entry>(existing.entries);
  for (const [key, entry] of incoming.entries) {
    if (key !== 'relationships' && isCopied(entry.value)) {
      entries.set(key, entry);
    }
  }
  const items = [...own.list.items, ...(added?.list.items ?? [])];
  const { source, offset } = own.list;
  entries.set('relationships', { key: own.key, value: new SequenceNode(items, source, offset) });
  return new MappingNode(entries, existing.source, existing.offset);
}

/** Of the rest, dictionaries and text only: an artefact that is kept. */
function isCopied(node: Node): boolean {
  return node.kind === 'mapping' || (node.kind === 'scalar' && typeof node.value === 'string');
}

function relationshipsOf(template: MappingNode): { readonly key: ScalarNode; readonly list: SequenceNode } | null {
  const entry = template.entries.get('relationships');
  return entry?.value.kind === 'sequence' ? { key: entry.key, list: entry.value } : null;
}
