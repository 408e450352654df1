import { blueprintOf } from '../../test/support/blueprints.js';

/** Two nodes each: a host, and what is contained in it, with as many instances each; every instance has one operation. */
export function pairsBlueprint(nodes: number, instancesEach: number): Buffer {
  const templates = Array.from({ length: nodes / 2 }, (_, index) => pair(index + 1, instancesEach));
  return blueprintOf({
    'blueprint.yaml': `tosca_definitions_version: cloudify_dsl_1_4
imports:
  - cloudify/types/types.yaml
node_templates:
${templates.join('')}`,
    'scripts/nothing.sh': '#!/bin/sh\nexit 0\n',
  });
}

function pair(number: number, instances: number): string {
  const operation = `    interfaces:
      cloudify.interfaces.lifecycle:
        create: scripts/nothing.sh
`;
  return `  host_${number}:
    type: cloudify.nodes.Root
    capabilities:
      scalable:
        properties:
          default_instances: ${instances}
${operation}  app_${number}:
    type: cloudify.nodes.Root
    relationships:
      - type: cloudify.relationships.contained_in
        target: host_${number}
${operation}`;
}
