import type { At } from '../diagnostics.js';
import type { InputSchemas, PlanPlugin, PlanWorkflow } from '../plan.js';
import type { Dict } from '../values.js';
import { isList } from '../values.js';
import { valueOf } from '../yaml/tree.js';
import type { Implementations } from './implementations.js';
import { readInputSchemas } from './inputs.js';
import type { KnownTypes } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';
import { dictOf, entriesOf, fieldsOf, isAbsent, itemsOf } from './reading.js';

export interface Workflows {
  readonly workflows: ReadonlyMap<string, PlanWorkflow>;
  /** Each once, in order of first use. */
  readonly plugins: readonly PlanPlugin[];
}

const KEYS = ['mapping', 'parameters', 'is_cascading', 'availability_rules'];

/** Reads the section `workflows` (dsl.md §12): 1, 21, 60, 61, 91, 102, 103. */
export function readWorkflows(
  reading: Reading,
  sections: Fields,
  types: KnownTypes,
  implementations: Implementations,
): Workflows {
  const workflows = new Map<string, PlanWorkflow>();
  const plugins = new Map<string, PlanPlugin>();
  for (const [name, at] of entriesOf(reading, sections.get('workflows'))) {
    const written = readWorkflow(reading, at, types);
    const meaning = written && implementations.resolve(written.mapping, written.parameters, 'workflow', at);
    if (written === undefined || !meaning) {
      continue;
    }
    const { plugin, operation, script } = meaning;
    plugins.set(plugin.name, plugin);
    workflows.set(name, {
      plugin: plugin.name,
      operation,
      parameters:
        script === undefined
          ? written.parameters
          : new Map(written.parameters).set(script.input, {
              default: script.text,
              description: 'Workflow script executed by the script plugin',
            }),
      is_cascading: written.isCascading,
      availability_rules: written.availabilityRules,
    });
  }
  return { workflows, plugins: [...plugins.values()] };
}

interface WrittenWorkflow {
  readonly mapping: string;
  readonly parameters: InputSchemas;
  readonly isCascading: boolean;
  readonly availabilityRules: Dict | null;
}

function readWorkflow(reading: Reading, at: At, types: KnownTypes): WrittenWorkflow | undefined {
  const short = at.node.kind === 'scalar' && typeof at.node.value === 'string' ? at.node.value : undefined;
  const fields = short === undefined && !isAbsent(at) ? fieldsOf(reading, at, KEYS, ['mapping']) : undefined;
  const mapping = short ?? fields?.text('mapping');
  const written = {
    mapping: mapping ?? '',
    parameters: readInputSchemas(reading, fields?.get('parameters'), types, 'parameter'),
    isCascading: fields?.boolean('is_cascading') ?? false,
    availabilityRules: fields === undefined ? null : readAvailabilityRules(reading, fields),
  };
  if (isAbsent(at) || mapping === '') {
    reading.report(null, at, 'A workflow needs a mapping');
  }
  return written.mapping === '' ? undefined : written;
}

const RULES = ['available', 'node_instances_active', 'node_types_required'];
const ACTIVITIES: readonly unknown[] = ['all', 'partial', 'none'];

function readAvailabilityRules(reading: Reading, fields: Fields): Dict | null {
  const at = fields.get('availability_rules');
  if (at === undefined || !reading.gate('availability_rules', 'cloudify_dsl_1_4', at)) {
    return null;
  }
  const rules = fieldsOf(reading, at, RULES);
  if (rules === undefined) {
    return null;
  }
  rules.boolean('available');
  const activities = rules.list('node_instances_active');
  for (const activity of activities === undefined ? [] : itemsOf(activities)) {
    const value = valueOf(activity.node);
    if (!ACTIVITIES.includes(value)) {
      const shown = isList(value) || typeof value === 'object' ? 'a structure' : `'${String(value)}'`;
      reading.report(103, activity, `node_instances_active: ${shown} is none of all, partial, none`);
    }
  }
  rules.list('node_types_required');
  return dictOf(rules.at);
}
