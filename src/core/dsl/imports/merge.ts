import type { Diagnostics } from '../diagnostics.js';
import { Path } from '../diagnostics.js';
import type { Key } from '../values.js';
import { keyText, kindOf } from '../values.js';
import type { DslVersion } from '../versions.js';
import type { Entry, Node } from '../yaml/tree.js';
import { MappingNode, valueOf } from '../yaml/tree.js';
import { mergeTemplates } from './merge-templates.js';
import { SHARED_NAMES } from './namespace.js';

/** A document that is ready to be merged: its namespace is applied. */
export interface MergePart {
  readonly root: MappingNode;
  /** True: the built-in types file. A set: those of its entries that came from there. */
  readonly builtIn: true | ReadonlySet<Entry>;
}

const IGNORED: ReadonlySet<Key> = new Set([
  'tosca_definitions_version',
  'imports',
  'dsl_definitions',
  'imported_blueprints',
  'namespaces_mapping',
]);
const FIRST_WINS: ReadonlySet<Key> = new Set(['description', 'metadata']);
const BY_ENTRY: ReadonlySet<Key> = new Set([
  'node_types',
  'plugins',
  'workflows',
  'relationships',
  'policy_types',
  'policy_triggers',
  'groups',
  'data_types',
]);
const BY_ENTRY_SINCE_1_3: ReadonlySet<Key> = new Set([
  'inputs',
  'outputs',
  'node_templates',
  'capabilities',
  'labels',
  'blueprint_labels',
  'resource_tags',
]);
const FIRST_ENTRY_WINS: ReadonlySet<Key> = new Set(['labels', 'blueprint_labels', 'resource_tags']);

/** A section while it grows: the first document's own mapping until a second one adds to it, then a copy. */
interface Section {
  readonly entry: Entry;
  merged: Map<Key, Entry> | null;
}

/** Makes one document of many, in the order of `add`: the main file first (dsl.md §5.4). */
export class DocumentMerger {
  private readonly sections = new Map<Key, Section>();
  private readonly builtIn = new Set<Entry>();

  /** @param version of the main file */
  constructor(
    private readonly version: DslVersion,
    private readonly diagnostics: Diagnostics,
  ) {}

  /** Errors 3 and 4 are reported; the entry that was there first stays then. */
  add(part: MergePart): void {
    for (const [key, entry] of part.root.entries) {
      if (!IGNORED.has(key)) {
        this.addSection(key, entry, part.builtIn);
      }
    }
  }

  /** The merged document with the version of `main`, and which of its entries came from the built-in types. */
  finish(main: MappingNode): { readonly root: MappingNode; readonly builtIn: ReadonlySet<Entry> } {
    const entries = new Map<Key, Entry>();
    const version = main.entries.get('tosca_definitions_version');
    if (version !== undefined) {
      entries.set('tosca_definitions_version', version);
    }
    for (const [key, { entry, merged }] of this.sections) {
      const { value } = entry;
      entries.set(
        key,
        merged === null ? entry : { ...entry, value: new MappingNode(merged, value.source, value.offset) },
      );
    }
    return { root: new MappingNode(entries, main.source, main.offset), builtIn: this.builtIn };
  }

  private addSection(key: Key, entry: Entry, builtIn: MergePart['builtIn']): void {
    const section = this.sections.get(key);
    if (section === undefined || isNull(section.entry.value)) {
      this.sections.set(key, { entry, merged: null });
      this.markBuiltIn(entry.value, builtIn);
    } else if (isNull(entry.value) || FIRST_WINS.has(key)) {
      return;
    } else if (BY_ENTRY.has(key) || (BY_ENTRY_SINCE_1_3.has(key) && this.version.minor >= 3)) {
      this.mergeSection(key, section, entry, builtIn);
    } else {
      const message = `section '${keyText(key)}' cannot be merged: ${shownPlace(section.entry.key)} has it already`;
      this.diagnostics.error({ code: 3, at: { node: entry.key, path: Path.ROOT.child(keyText(key)) }, message });
    }
  }

  private mergeSection(key: Key, section: Section, incoming: Entry, builtIn: MergePart['builtIn']): void {
    const existing = this.mappingOf(key, section.entry);
    const added = this.mappingOf(key, incoming);
    if (existing === undefined || added === undefined) {
      return;
    }
    section.merged ??= new Map(existing.entries);
    for (const [name, entry] of added.entries) {
      const spared = builtIn === true || builtIn.has(entry);
      const before = section.merged.get(name);
      const merged = before === undefined ? entry : this.mergeEntry(key, name, before, entry, spared);
      if (merged !== before) {
        section.merged.set(name, merged);
      }
      if (before === undefined ? spared : merged === entry ? spared : this.builtIn.has(before)) {
        this.builtIn.add(merged);
      }
    }
  }

  private mergeEntry(section: Key, name: Key, existing: Entry, incoming: Entry, builtIn: boolean): Entry {
    if (builtIn || (typeof name === 'string' && name.startsWith(SHARED_NAMES))) {
      return incoming;
    }
    if (FIRST_ENTRY_WINS.has(section)) {
      return existing;
    }
    const merged =
      section === 'node_templates'
        ? mergeTemplates(existing.value, incoming.value)
        : section === 'workflows'
          ? fillIn(existing.value, incoming.value)
          : null;
    if (merged !== null) {
      return { key: existing.key, value: merged };
    }
    const shown = keyText(name);
    this.diagnostics.error({
      code: 4,
      at: { node: incoming.key, path: Path.ROOT.child(keyText(section)).child(shown) },
      message: `'${shown}' is defined in '${keyText(section)}' more than once, first in ${shownPlace(existing.key)}`,
    });
    return existing;
  }

  private mappingOf(key: Key, { value }: Entry): MappingNode | undefined {
    if (value.kind === 'mapping') {
      return value;
    }
    const message = `Expected 'dict' type but found '${kindOf(valueOf(value))}' type`;
    this.diagnostics.error({ code: 1, at: { node: value, path: Path.ROOT.child(keyText(key)) }, message });
    return undefined;
  }

  private markBuiltIn(section: Node, builtIn: MergePart['builtIn']): void {
    if (section.kind !== 'mapping') {
      return;
    }
    for (const entry of section.entries.values()) {
      if (builtIn === true || builtIn.has(entry)) {
        this.builtIn.add(entry);
      }
    }
  }
}

/** What the workflow lacks is taken from the other one; null unless both are written as mappings. */
function fillIn(existing: Node, incoming: Node): Node | null {
  if (existing.kind !== 'mapping' || incoming.kind !== 'mapping') {
    return null;
  }
  const entries = new Map(existing.entries);
  for (const [key, entry] of incoming.entries) {
    if (!entries.has(key)) {
      entries.set(key, entry);
    }
  }
  return new MappingNode(entries, existing.source, existing.offset);
}

function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function shownPlace(node: Node): string {
  const { line } = node.source.position(node.offset);
  return `${node.source.name}, line ${String(line)}`;
}
