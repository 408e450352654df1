import { parseBlueprint } from '../../core/dsl/parse.js';
import type { Plan } from '../../core/dsl/plan.js';
import { isDict, type Dict, type Value } from '../../core/dsl/values.js';
import { loadYaml } from '../../core/dsl/yaml/load.js';
import { valueOf } from '../../core/dsl/yaml/tree.js';
import { readBuiltInResource } from './built-in-resources.js';

/** Required properties, for a template of each type. */
const PROPERTIES: Readonly<Record<string, string>> = {
  'cloudify.nodes.FileSystem': '{ fs_type: ext4, fs_mount_path: /data }',
  'cloudify.nodes.CloudifyManager': '{ cloudify_packages: {} }',
  'cloudify.nodes.SharedResource': '{ resource_config: { deployment: { id: d } } }',
};

async function parse(
  text: string,
): Promise<{ readonly plan: Plan | null; readonly codes: readonly (number | null)[] }> {
  const { plan, errors } = await parseBlueprint(
    { mainFile: 'main.yaml', validateVersions: true, hasFile: () => false, rules: [] },
    {
      open: async (location) => {
        const found = location.kind === 'resource' ? readBuiltInResource(location.path) : null;
        if (location.kind === 'archive' && location.path === 'main.yaml') return { kind: 'text', text };
        return found === null ? { kind: 'absent', reason: 'not here' } : { kind: 'text', text: found };
      },
      plugins: async () => [],
      blueprint: async () => null,
    },
  );
  return { plan, codes: errors.map(({ code }) => code) };
}

function header(version: string): string {
  return `tosca_definitions_version: cloudify_dsl_${version}\nimports: [cloudify/types/types.yaml]\n`;
}

async function planOf(version: string, text: string): Promise<Plan> {
  const { plan, codes } = await parse(header(version) + text);
  expect(codes).toEqual([]);
  if (plan === null) throw new Error('no plan');
  return plan;
}

/** The file that a version of the language is given. */
function fileOf(version: string): Dict {
  const name = version === '1_5' ? 'types.yaml' : `types_${version}.yaml`;
  const root = loadYaml(readBuiltInResource(`cloudify/types/${name}`) ?? '', name);
  const value = root === null ? null : valueOf(root);
  if (!isDict(value)) throw new Error('no types');
  return value;
}

function at(value: Value | undefined, ...keys: readonly string[]): Value | undefined {
  return keys.reduce<Value | undefined>((found, key) => (isDict(found) ? found.get(key) : undefined), value);
}

function namesIn(value: Value | undefined): readonly string[] {
  return isDict(value) ? [...value.keys()].map(String) : [];
}

describe.each(['1_3', '1_4', '1_5'])('the built-in types of version %s', (version) => {
  it('let a node of every type be planned, hosted where it must be [§5.1]', async () => {
    const types = namesIn(fileOf(version).get('node_types'));
    const templates = types.map(
      (type, index) => `  n${index}:
    type: ${type}
    properties: ${PROPERTIES[type] ?? '{}'}
    relationships: [{ type: cloudify.relationships.contained_in, target: host }]
`,
    );
    const plan = await planOf(
      version,
      `node_templates:\n  host: { type: cloudify.nodes.Compute }\n${templates.join('')}`,
    );
    expect(plan.nodes).toHaveLength(types.length + 1);
    expect(plan.nodes.every((node) => node.type_hierarchy[0] === 'cloudify.nodes.Root')).toBe(true);
    expect(plan.metadata).toEqual(new Map([['cloudify_types', true]]));
    expect(plan.workflow_plugins_to_install.map(({ name }) => name)).toEqual(['default_workflows']);
    expect(plan.nodes[0]?.plugins_to_install?.map(({ name }) => name)).toEqual(['agent', 'script']);
  });

  it('let two nodes be related in every way', async () => {
    const given: Readonly<Record<string, string>> = {
      'cloudify.relationships.depends_on_lifecycle_operation': 'properties: { operation: create }',
    };
    const execute = '{ inputs: { workflow_id: w } }';
    const operations = `{ cloudify.interfaces.relationship_lifecycle: { establish: ${execute}, unlink: ${execute} } }`;
    const relationships = namesIn(fileOf(version).get('relationships')).map((type, index) => {
      const more = type.endsWith('shared_resource') ? `target_interfaces: ${operations}` : (given[type] ?? '');
      return `  n${index}: { type: cloudify.nodes.Compute, relationships: [{ type: ${type}, target: host, ${more} }] }\n`;
    });
    const created = '{ cloudify.interfaces.lifecycle: { create: {} } }';
    const host = `host: { type: cloudify.nodes.Compute, interfaces: ${created} }`;
    const plan = await planOf(version, `node_templates:\n  ${host}\n${relationships.join('')}`);
    expect([...plan.relationships.values()].every((type) => type.properties.has('connection_type'))).toBe(true);
    expect(plan.nodes).toHaveLength(9);
  });

  it('declare what only lower versions have, and nothing that only higher ones do', async () => {
    const plan = await planOf(version, '');
    const file = fileOf(version);
    const has14 = version !== '1_3';
    expect(plan.workflows.size).toBe(15);
    expect(plan.workflows.get('install')?.availability_rules === null).toBe(!has14);
    expect(plan.workflows.get('check_status')?.is_cascading).toBe(!has14);
    expect(plan.workflows.get('check_drift')?.parameters.get('run_by_dependency_order')?.default).toBe(
      version === '1_5',
    );
    expect(plan.workflows.get('uninstall')?.parameters.has('recursive')).toBe(version === '1_5');
    expect(plan.workflows.get('execute_operation')?.parameters.get('operation')).toEqual({
      ...(version === '1_5' ? { type: 'operation_name' } : {}),
      description: expect.any(String),
    });
    expect(plan.workflows.get('install')?.parameters.get('node_ids')).toEqual({
      ...(has14 ? { type: 'list', item_type: 'node_id' } : {}),
      default: [],
      description: expect.any(String),
    });
    expect(plan.workflows.get('heal')?.parameters.size).toBe(has14 ? 6 : 3);
    expect(namesIn(file.get('node_types')).includes('cloudify.nodes.PasswordSecret')).toBe(has14);
    const lifecycle = at(
      file.get('node_types'),
      'cloudify.nodes.Component',
      'interfaces',
      'cloudify.interfaces.lifecycle',
    );
    expect(namesIn(lifecycle).includes('heal')).toBe(has14);
    const related = plan.relationships.get('cloudify.relationships.depends_on')?.source_interfaces;
    const operations = [...(related?.get('cloudify.interfaces.relationship_lifecycle')?.keys() ?? [])];
    expect(operations.includes('update')).toBe(has14);
    expect(operations.includes('update_establish')).toBe(!has14);
    expect(plan.data_types.get('cloudify.datatypes.SharedResourceDeployment')?.properties.get('id')?.type).toBe(
      has14 ? 'deployment_id' : 'string',
    );
  });
});

describe('blueprints of older versions', () => {
  it.each(['1_0', '1_1', '1_2'])('of version %s cannot import the built-in types [error 28]', async (version) => {
    expect((await parse(header(version))).codes).toEqual([28]);
  });
});
