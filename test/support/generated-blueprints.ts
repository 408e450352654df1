/** A blueprint that a program wrote: its files by name; `blueprint.yaml` is the main one. */
export type GeneratedBlueprint = ReadonlyMap<string, string>;

const MAIN = 'blueprint.yaml';

/** As little as a blueprint can say. */
export function smallestBlueprint(): GeneratedBlueprint {
  return new Map([
    [
      MAIN,
      `tosca_definitions_version: cloudify_dsl_1_3
imports:
  - cloudify/types/types.yaml
node_templates:
  node:
    type: cloudify.nodes.Root
`,
    ],
  ]);
}

/** 50 nodes, written as people write them: machines, what runs on them, what they connect to, inputs and outputs. */
export function typicalBlueprint(): GeneratedBlueprint {
  const hosts = Array.from({ length: 10 }, (_, index) => index);
  const main = `tosca_definitions_version: cloudify_dsl_1_4

description: A web application on ten machines

imports:
  - cloudify/types/types.yaml
  - types.yaml

inputs:
${hosts.map(typicalInput).join('')}
dsl_definitions:
  agent: &agent
    install_method: remote
    user: { get_input: user_0 }
    key: { get_secret: agent_key }
    port: 22

node_templates:
  network:
    type: cloudify.nodes.Network
    properties:
      resource_id: { get_input: user_1 }
  database_volume:
    type: cloudify.nodes.Volume
  database:
    type: app.nodes.Database
    properties:
      name: orders
      memory: 4096
    relationships:
      - type: cloudify.relationships.contained_in
        target: host_0
      - type: cloudify.relationships.depends_on
        target: database_volume
  balancer:
    type: cloudify.nodes.LoadBalancer
    relationships:
${hosts.map((host) => `      - { type: cloudify.relationships.connected_to, target: web_${host} }\n`).join('')}
  address:
    type: cloudify.nodes.VirtualIP
    relationships:
      - type: cloudify.relationships.connected_to
        target: balancer
${hosts.map(typicalHost).join('')}
groups:
  web_servers:
    members: [${hosts.map((host) => `web_${host}`).join(', ')}]

capabilities:
  endpoint:
    description: Where the application answers
    value: { concat: ['https://', { get_attribute: [address, ip] }, ':', { get_input: port_0 }] }

outputs:
${hosts.map(typicalOutput).join('')}`;
  return new Map([
    [MAIN, main],
    [
      'types.yaml',
      `plugins:
  web:
    executor: central_deployment_agent
    package_name: web-plugin

data_types:
  app.types.Settings:
    properties:
      threads:
        type: integer
        default: 4
      log_level:
        type: string
        default: info

node_types:
  app.nodes.Server:
    derived_from: cloudify.nodes.WebServer
    properties:
      settings:
        type: app.types.Settings
      environment:
        type: dict
        default: {}
    interfaces:
      cloudify.interfaces.lifecycle:
        create: web.server.create
        configure:
          implementation: web.server.configure
          inputs:
            settings:
              type: app.types.Settings
              default: { get_property: [SELF, settings] }
        start: web.server.start
        stop: web.server.stop
        delete: web.server.delete
  app.nodes.Database:
    derived_from: cloudify.nodes.DBMS
    properties:
      name:
        type: string
      memory:
        type: integer
        description: In MiB
        default: 1024
    interfaces:
      cloudify.interfaces.lifecycle:
        create: web.database.create
        delete: web.database.delete
`,
    ],
  ]);
}

function typicalInput(index: number): string {
  return `  user_${index}:
    type: string
    description: Somebody
    display_label: User number ${index}
    default: user${index}
    constraints:
      - pattern: '[a-z][a-z0-9]*'
      - max_length: 32
  port_${index}:
    type: integer
    default: ${8000 + index}
    constraints:
      - in_range: [1, 65535]
`;
}

function typicalHost(host: number): string {
  return `  host_${host}:
    type: cloudify.nodes.Compute
    properties:
      ip: { get_input: user_${host} }
      agent_config: *agent
    relationships:
      - type: cloudify.relationships.connected_to
        target: network
  web_${host}:
    type: app.nodes.Server
    properties:
      port: { get_input: port_${host} }
      settings:
        threads: ${host + 1}
      environment:
        HOST: { get_attribute: [host_${host}, ip] }
        DATABASE: { concat: ['postgresql://', { get_property: [database, name] }] }
    relationships:
      - type: cloudify.relationships.contained_in
        target: host_${host}
      - type: cloudify.relationships.connected_to
        target: database
  files_${host}:
    type: cloudify.nodes.ApplicationModule
    relationships:
      - type: cloudify.relationships.contained_in
        target: web_${host}
  monitor_${host}:
    type: cloudify.nodes.SoftwareComponent
    interfaces:
      cloudify.interfaces.lifecycle:
        start:
          implementation: web.monitor.start
          inputs:
            interval: ${10 * (host + 1)}
            target: { get_attribute: [host_${host}, ip] }
    relationships:
      - type: cloudify.relationships.contained_in
        target: host_${host}
  ${host < 5 ? `port_${host}:\n    type: cloudify.nodes.Port` : `rules_${host}:\n    type: cloudify.nodes.SecurityGroup`}
    relationships:
      - type: cloudify.relationships.depends_on
        target: network
`;
}

function typicalOutput(index: number): string {
  return `  address_${index}:
    description: Address of machine ${index}
    value: { get_attribute: [host_${index}, ip] }
`;
}

/** Levels of inheritance, and files besides the main one, of `largeBlueprint`. */
const LEVELS = 12;
const PARTS = 20;

/** Many nodes of types with few operations that inherit deeply; types and templates lie in many imported files. */
export function largeBlueprint(nodes: number): GeneratedBlueprint {
  const files = new Map<string, string>([
    [
      MAIN,
      `tosca_definitions_version: cloudify_dsl_1_3
imports:
${Array.from({ length: PARTS }, (_, part) => `  - parts/part_${part}.yaml\n`).join('')}
inputs:
  region:
    default: north
plugins:
  p:
    executor: central_deployment_agent
    install: false
relationships:
  cloudify.relationships.depends_on:
    properties:
      connection_type:
        default: all_to_all
  cloudify.relationships.connected_to:
    derived_from: cloudify.relationships.depends_on
  cloudify.relationships.contained_in:
    derived_from: cloudify.relationships.depends_on
`,
    ],
  ]);
  for (let part = 0; part < PARTS; part += 1) {
    const types = Array.from({ length: LEVELS }, (_, level) => largeType(part, level)).join('');
    let templates = '';
    for (let node = part; node < nodes; node += PARTS) templates += largeNode(node, part);
    files.set(`parts/part_${part}.yaml`, `node_types:\n${types}node_templates:\n${templates}`);
  }
  return files;
}

function largeType(part: number, level: number): string {
  return `  t${part}.l${level}:
${level === 0 ? '' : `    derived_from: t${part}.l${level - 1}\n`}    properties:
      p${level}:
        type: ${level % 2 === 0 ? 'string' : 'integer'}
        default: ${level % 2 === 0 ? `text ${level}` : level}
    interfaces:
      life:
        ${level % 3 === 0 ? `create: p.create_${level}` : level % 3 === 1 ? `start: p.start_${level}` : 'stop: {}'}
`;
}

function largeNode(node: number, part: number): string {
  const before = node - PARTS;
  return `  node_${node}:
    type: t${part}.l${LEVELS - 1}
    properties:
      p0: node number ${node}
      p1: ${node}
      p2: { concat: [{ get_input: region }, '-', { get_property: [SELF, p0] }] }
${
  before < 0
    ? ''
    : `    relationships:
      - type: cloudify.relationships.${node % 3 === 0 ? 'contained_in' : 'connected_to'}
        target: node_${node % 3 === 0 ? Math.max(part, before - PARTS * (node % 7)) : before}
`
}`;
}

/** Many machines: the built-in type has dozens of operations, so the plan is much larger than the text. */
export function machinesBlueprint(machines: number): GeneratedBlueprint {
  const templates = Array.from(
    { length: machines },
    (_, machine) => `  vm_${machine}:
    type: cloudify.nodes.Compute
    properties:
      ip: 10.${machine >> 16}.${(machine >> 8) & 255}.${machine & 255}
`,
  );
  return new Map([
    [
      MAIN,
      `tosca_definitions_version: cloudify_dsl_1_4
imports:
  - cloudify/types/types.yaml
node_templates:
${templates.join('')}`,
    ],
  ]);
}
