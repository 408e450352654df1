import type { At } from '../diagnostics.js';
import type { PlanPlugin } from '../plan.js';
import type { Key, Value } from '../values.js';
import { valueOf } from '../yaml/tree.js';
import type { Fields, Reading } from './reading.js';
import { entriesOf, fieldsOf, isAbsent } from './reading.js';

export const CENTRAL = 'central_deployment_agent';
export const HOST = 'host_agent';
const EXECUTORS: readonly string[] = [CENTRAL, HOST];

/** The plugins of a blueprint, in the order of the merged document (dsl.md §11). */
export class Plugins {
  /** The plugin that runs scripts: the first whose name ends so (dsl.md §9.5). */
  readonly script: PlanPlugin | undefined;
  private readonly uses = new Map<string, PlanPlugin>();
  private readonly lengths: ReadonlySet<number>;

  constructor(private readonly declared: ReadonlyMap<string, PlanPlugin>) {
    this.lengths = new Set([...declared.keys()].map(({ length }) => length));
    this.script = [...declared.values()].find((plugin) => plugin.name.endsWith('script'));
  }

  /** The plugins that an implementation `PLUGIN.operation` may mean: those whose name and a dot begin it. */
  owners(implementation: string): readonly PlanPlugin[] {
    const found: PlanPlugin[] = [];
    for (let dot = implementation.indexOf('.'); dot >= 0; dot = implementation.indexOf('.', dot + 1)) {
      // An implementation of a million dots is not looked up a million times.
      const plugin = this.lengths.has(dot) ? this.declared.get(implementation.slice(0, dot)) : undefined;
      if (plugin !== undefined) {
        found.push(plugin);
      }
    }
    return found;
  }

  /** A plugin as it is listed for operations with that executor; the same object for every such use. */
  use(name: string, executor: string | null): PlanPlugin | undefined {
    const plugin = this.declared.get(name);
    if (plugin === undefined || plugin.executor === executor) {
      return plugin;
    }
    const key = `${executor ?? ''} ${name}`;
    const known = this.uses.get(key) ?? { ...plugin, executor };
    this.uses.set(key, known);
    return known;
  }
}

const TEXTS = [
  ['install_arguments', 'cloudify_dsl_1_1'],
  ['package_name', 'cloudify_dsl_1_2'],
  ['package_version', 'cloudify_dsl_1_2'],
  ['supported_platform', 'cloudify_dsl_1_2'],
  ['distribution', 'cloudify_dsl_1_2'],
  ['distribution_version', 'cloudify_dsl_1_2'],
  ['distribution_release', 'cloudify_dsl_1_2'],
  ['properties_description', 'cloudify_dsl_1_5'],
] as const;
type TextKey = (typeof TEXTS)[number][0];

const KEYS = ['source', 'executor', 'install', 'properties', ...TEXTS.map(([key]) => key)];

/** Reads the section `plugins` (dsl.md §11): 1, 18, 50, 102. */
export function readPlugins(reading: Reading, sections: Fields): Plugins {
  const declared = new Map<string, PlanPlugin>();
  for (const [name, at] of entriesOf(reading, sections.get('plugins'))) {
    declared.set(name, readPlugin(reading, name, at));
  }
  return new Plugins(declared);
}

function readPlugin(reading: Reading, name: string, at: At): PlanPlugin {
  if (isAbsent(at)) {
    reading.report(null, at, `Plugin '${name}' has no definition`);
    return planPlugin(name, {});
  }
  const fields = fieldsOf(reading, at, KEYS, ['executor']);
  if (fields === undefined) {
    return planPlugin(name, {});
  }
  const install = fields.boolean('install') ?? true;
  const plugin = planPlugin(name, {
    executor: pluginExecutor(reading, fields) ?? null,
    source: fields.text('source') ?? null,
    install,
    ...textsOf(reading, fields),
    properties: pluginProperties(reading, fields),
  });
  if (install && !plugin.source && !plugin.package_name) {
    reading.report(50, at, `Plugin '${name}' needs to be installed, but has neither 'source' nor 'package_name'`);
  }
  return plugin;
}

function planPlugin(name: string, written: Partial<PlanPlugin>): PlanPlugin {
  return {
    name,
    executor: null,
    source: null,
    install: true,
    install_arguments: null,
    package_name: null,
    package_version: null,
    supported_platform: null,
    distribution: null,
    distribution_version: null,
    distribution_release: null,
    properties_description: null,
    properties: new Map(),
    ...written,
  };
}

function textsOf(reading: Reading, fields: Fields): Partial<Record<TextKey, string>> {
  const texts: Partial<Record<TextKey, string>> = {};
  for (const [key, since] of TEXTS) {
    const at = fields.get(key);
    const text = fields.text(key);
    if (at !== undefined && text !== undefined && reading.gate(key, since, at)) {
      texts[key] = text;
    }
  }
  return texts;
}

function pluginExecutor(reading: Reading, fields: Fields): string | undefined {
  const at = fields.get('executor');
  const executor = fields.text('executor');
  if (at !== undefined && executor !== undefined && !EXECUTORS.includes(executor)) {
    reading.report(18, at, `Plugin executor '${executor}' is illegal; valid values are ${EXECUTORS.join(', ')}`);
  }
  return executor;
}

/** The executor that an operation asks for; error 28 when there is no such. */
export function operationExecutor(reading: Reading, fields: Fields): string | null {
  const at = fields.get('executor');
  const executor = fields.text('executor');
  if (at === undefined || executor === undefined) {
    return null;
  }
  if (!EXECUTORS.includes(executor)) {
    reading.report(28, at, `Operation executor '${executor}' is illegal; valid values are ${EXECUTORS.join(', ')}`);
  }
  return executor;
}

const PROPERTY_TEXTS = ['description', 'type', 'display_label'];

/** Property → its written keys. Values come from import properties (dsl.md §5.3) and are checked there. */
function pluginProperties(reading: Reading, fields: Fields): ReadonlyMap<Key, Value> {
  const properties = new Map<Key, Value>();
  const at = fields.get('properties');
  if (at === undefined || !reading.gate('properties', 'cloudify_dsl_1_5', at)) {
    return properties;
  }
  for (const [name, property] of entriesOf(reading, at)) {
    const written = isAbsent(property) ? undefined : fieldsOf(reading, property, [...PROPERTY_TEXTS, 'value']);
    for (const key of written === undefined ? [] : PROPERTY_TEXTS) {
      written?.text(key);
    }
    properties.set(name, written === undefined ? new Map<Key, Value>() : valueOf(written.at.node));
  }
  return properties;
}
