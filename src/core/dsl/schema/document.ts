import type { At } from '../diagnostics.js';
import { Path } from '../diagnostics.js';
import type { Plan } from '../plan.js';
import type { Dict } from '../values.js';
import type { MappingNode } from '../yaml/tree.js';
import { readDataTypes } from './data-types.js';
import { readGroups } from './groups.js';
import { Implementations } from './implementations.js';
import { readInputSchemas } from './inputs.js';
import { readBlueprintLabels, readLabels, readResourceTags } from './labels.js';
import { readNodeTemplates } from './node-templates.js';
import { readNodeTypes } from './node-types.js';
import { readOutputs } from './outputs.js';
import { readPlugins } from './plugins.js';
import { readPolicies, readPolicyTriggers, readPolicyTypes } from './policies.js';
import type { Reading } from './reading.js';
import { dictOf, Fields, fieldsOf } from './reading.js';
import type { RelationshipTypes } from './relationship-types.js';
import { checkRelationshipTypes, readRelationshipTypes, relationshipTypePlans } from './relationship-types.js';
import { OperationBinder } from './resolved-operations.js';
import { scalingGroups } from './scaling-groups.js';
import type { ScheduleClock } from './schedules.js';
import { readSettings } from './settings.js';
import { readWorkflows } from './workflows.js';

/** What the sections of a merged document mean, before defaults and functions are checked. */
export interface DocumentSections extends Omit<
  Plan,
  'version' | 'imported_blueprints' | 'namespaces_mapping' | 'requirements'
> {
  /** The section `inputs`. */
  readonly inputsAt: At | undefined;
}

/** The sections of dsl.md §3; the last two are made by import resolution. */
const SECTIONS = [
  'tosca_definitions_version',
  'description',
  'metadata',
  'imports',
  'dsl_definitions',
  'inputs',
  'data_types',
  'node_types',
  'relationships',
  'node_templates',
  'plugins',
  'workflows',
  'groups',
  'policies',
  'policy_types',
  'policy_triggers',
  'outputs',
  'capabilities',
  'labels',
  'blueprint_labels',
  'resource_tags',
  'deployment_settings',
  'imported_blueprints',
  'namespaces_mapping',
];

/**
 * Stage 4 of dsl.md §1: checks the whole document, in an order that meets the original's first fault first: what
 * depends on nothing else, then what others depend on before them, the document itself last.
 */
export function readDocument(reading: Reading, root: MappingNode, clock: ScheduleClock | undefined): DocumentSections {
  const at: At<MappingNode> = { node: root, path: Path.ROOT };
  const sections = new Fields(at, reading);
  const independent = readIndependent(reading, sections, clock);
  const types = readDataTypes(reading, sections);
  const plugins = readPlugins(reading, sections);
  const implementations = new Implementations(reading, plugins);
  const binder = new OperationBinder(implementations, plugins, reading.budget);
  const nodeTypes = readNodeTypes(reading, sections, types);
  const declared = readRelationshipTypes(reading, sections, types);
  let isChecked = false;
  const relationshipTypes = (): RelationshipTypes => {
    if (!isChecked) {
      isChecked = true;
      checkRelationshipTypes(declared, binder);
    }
    return declared;
  };
  const inputsAt = sections.get('inputs');
  const inputs = readInputSchemas(reading, inputsAt, types, 'input');
  const templates = readNodeTemplates(reading, sections, { types, nodeTypes, relationshipTypes, binder });
  const relationships = relationshipTypePlans(relationshipTypes());
  const policyTypes = readPolicyTypes(reading, sections, types);
  const policyTriggers = readPolicyTriggers(reading, sections, types);
  const groups = readGroups(reading, sections, templates.names, policyTypes, policyTriggers, types);
  const policies = readPolicies(reading, sections, groups);
  const workflows = readWorkflows(reading, sections, types, implementations);
  const read: DocumentSections = {
    ...independent,
    inputsAt,
    description: readDescription(reading, sections),
    inputs,
    nodes: templates.nodes,
    relationships,
    workflows: workflows.workflows,
    policy_types: policyTypes,
    policy_triggers: policyTriggers,
    policies,
    groups,
    scaling_groups: scalingGroups(reading, sections, groups, policies, templates.containedIn),
    data_types: types.plan(),
    deployment_plugins_to_install: templates.deploymentPlugins,
    host_agent_plugins_to_install: templates.hostAgentPlugins,
    workflow_plugins_to_install: workflows.plugins,
  };
  fieldsOf(reading, at, SECTIONS);
  return read;
}

/** The sections that no other one is needed for. */
function readIndependent(
  reading: Reading,
  sections: Fields,
  clock: ScheduleClock | undefined,
): Pick<
  DocumentSections,
  'metadata' | 'outputs' | 'capabilities' | 'labels' | 'blueprint_labels' | 'resource_tags' | 'deployment_settings'
> {
  return {
    metadata: readMetadata(sections),
    outputs: readOutputs(reading, sections, 'outputs'),
    capabilities: readOutputs(reading, sections, 'capabilities'),
    labels: readLabels(reading, sections),
    blueprint_labels: readBlueprintLabels(reading, sections),
    resource_tags: readResourceTags(reading, sections),
    deployment_settings: readSettings(reading, sections, clock),
  };
}

function readDescription(reading: Reading, sections: Fields): string | null {
  const at = sections.get('description');
  return at !== undefined && reading.gate('description', 'cloudify_dsl_1_2', at)
    ? (sections.text('description') ?? null)
    : null;
}

function readMetadata(sections: Fields): Dict | null {
  const at = sections.mapping('metadata');
  return at === undefined ? null : dictOf(at);
}
