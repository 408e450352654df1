import { asCall } from '../functions/call.js';
import type { At, Diagnostics } from '../diagnostics.js';
import type { Dict, Key, Value } from '../values.js';
import { isInteger, isList, isNumeric, keyText, kindOf } from '../values.js';
import type { Entry, Node, SourceText } from '../yaml/tree.js';
import { MappingNode, ScalarNode, SequenceNode, valueOf } from '../yaml/tree.js';
import type { ImportItem } from './import-item.js';
import { withoutPassword } from './locate.js';
import type { InstalledPlugin } from './resolver.js';

/** What a plugin's stored labels replace in its YAML (dsl.md §5.3). */
const STORED_SECTIONS: ReadonlySet<Key> = new Set(['labels', 'blueprint_labels', 'resource_tags']);

/** The plugin's YAML with the labels and tags that are stored with the plugin instead of its own. */
export function withStoredLabels(root: MappingNode, plugin: InstalledPlugin): MappingNode {
  const source: SourceText = { name: root.source.name, position: () => ({ line: 1, column: 1 }) };
  const stored: readonly (readonly [string, Dict | null])[] = [
    ['labels', plugin.labels && labelSection(plugin.labels)],
    ['blueprint_labels', plugin.blueprintLabels && labelSection(plugin.blueprintLabels)],
    ['resource_tags', plugin.resourceTags],
  ];
  const entries = new Map([...root.entries].filter(([key]) => !STORED_SECTIONS.has(key)));
  for (const [key, value] of stored) {
    if (value !== null && value.size > 0) {
      entries.set(key, { key: new ScalarNode(key, source, 0), value: nodeOf(value, source) });
    }
  }
  return new MappingNode(entries, root.source, root.offset);
}

/**
 * The imported file with the import's properties as values of the plugins' own (dsl.md §5.3). Error 221 lists all that
 * do not fit, 220 is a declared type that properties cannot have.
 */
export function withProperties(root: MappingNode, item: ImportItem, diagnostics: Diagnostics): MappingNode {
  const given = item.properties;
  const plugins = root.entries.get('plugins');
  if (given === null || given.size === 0) {
    return root;
  }
  const misfits: string[] = [];
  let taken = false;
  const changed =
    plugins?.value.kind === 'mapping'
      ? changeValues(plugins.value, (plugin, name) => {
          const properties = plugin.kind === 'mapping' ? plugin.entries.get('properties')?.value : undefined;
          if (plugin.kind !== 'mapping' || properties?.kind !== 'mapping') {
            return plugin;
          }
          taken = true;
          misfits.push(...misfitsOf(properties, given, { at: item.at, plugin: keyText(name), diagnostics }));
          return withEntry(plugin, 'properties', withValues(properties, given));
        })
      : undefined;
  if (misfits.length > 0) {
    diagnostics.error({ code: 221, at: item.at, message: `Invalid import properties: ${misfits.join('; ')}` });
  } else if (!taken) {
    diagnostics.warn({
      at: item.at,
      message: `no plugin in '${withoutPassword(item.text)}' declares properties: those given have no effect`,
    });
  }
  return changed === undefined ? root : withEntry(root, 'plugins', changed);
}

function misfitsOf(
  declared: MappingNode,
  given: ReadonlyMap<string, Entry>,
  { at, plugin, diagnostics }: { readonly at: At; readonly plugin: string; readonly diagnostics: Diagnostics },
): readonly string[] {
  const misfits: string[] = [];
  for (const [name, entry] of given) {
    const schema = declared.entries.get(name)?.value;
    if (schema === undefined) {
      misfits.push(`'${name}' is not declared by plugin ${plugin}`);
      continue;
    }
    const type = schema.kind === 'mapping' ? typeOf(schema) : null;
    const value = valueOf(entry.value);
    const fit = type === null || asCall(value) !== null ? true : fitsType(value, type);
    if (fit === null) {
      const place = { node: entry.value, path: at.path.child(name) };
      diagnostics.error({
        code: 220,
        at: place,
        message: `property '${name}' of plugin ${plugin} has the type '${kindOrText(type)}', which import properties cannot have`,
      });
    } else if (!fit) {
      misfits.push(`'${name}' must be of type ${kindOrText(type)}, found ${kindOf(value)}`);
    }
  }
  return misfits;
}

/** Null for a type that import properties cannot have. */
function fitsType(value: Value, type: Value): boolean | null {
  switch (type) {
    case 'string':
      return typeof value === 'string' || isInteger(value);
    case 'integer':
      return isInteger(value);
    case 'float':
      return isNumeric(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return isList(value);
    default:
      return null;
  }
}

function typeOf(schema: MappingNode): Value {
  const type = schema.entries.get('type')?.value;
  return type === undefined ? null : valueOf(type);
}

function kindOrText(value: Value): string {
  return typeof value === 'string' ? value : kindOf(value);
}

function withValues(declared: MappingNode, given: ReadonlyMap<string, Entry>): MappingNode {
  return changeValues(declared, (schema, name) => {
    const entry = typeof name === 'string' ? given.get(name) : undefined;
    if (entry === undefined) {
      return schema;
    }
    const written = schema.kind === 'mapping' ? schema : new MappingNode(new Map(), schema.source, schema.offset);
    return withEntry(written, 'value', entry.value);
  });
}

function withEntry(mapping: MappingNode, name: string, value: Node): MappingNode {
  const key = mapping.entries.get(name)?.key ?? new ScalarNode(name, value.source, value.offset);
  return new MappingNode(new Map([...mapping.entries, [name, { key, value }]]), mapping.source, mapping.offset);
}

function changeValues(mapping: MappingNode, change: (value: Node, key: Key) => Node): MappingNode {
  const entries = new Map<Key, Entry>();
  for (const [key, entry] of mapping.entries) {
    const value = change(entry.value, key);
    entries.set(key, value === entry.value ? entry : { key: entry.key, value });
  }
  return new MappingNode(entries, mapping.source, mapping.offset);
}

/** `{key: [values]}` → `{key: {values: [values]}}` */
function labelSection(labels: Dict): Dict {
  return new Map([...labels].map(([key, values]) => [key, new Map([['values', values]])]));
}

function nodeOf(value: Value, source: SourceText): Node {
  if (isList(value)) {
    return new SequenceNode(
      value.map((item) => nodeOf(item, source)),
      source,
      0,
    );
  }
  if (value instanceof Map) {
    const entries = new Map<Key, Entry>();
    for (const [key, item] of value as Dict) {
      entries.set(key, { key: new ScalarNode(key, source, 0), value: nodeOf(item, source) });
    }
    return new MappingNode(entries, source, 0);
  }
  return new ScalarNode(value as Exclude<Value, readonly Value[] | Dict>, source, 0);
}
