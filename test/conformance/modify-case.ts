import { DslError } from '../../src/core/dsl/diagnostics.js';
import type { WantedInstances } from '../../src/core/dsl/instances/scaling.js';
import { planModification } from '../../src/core/dsl/instances/modification.js';
import type { TopologyGroup } from '../../src/core/dsl/instances/topology.js';
import type { Value } from '../../src/core/dsl/values.js';
import type { Outcome } from './blueprint-case.js';
import { failure, randomId } from './blueprint-case.js';
import type { CaseFile } from './case-file.js';
import { dictOf, entriesOf, listOf, textOf } from './case-file.js';
import { nodeInstanceOf, planNodeOf } from './json-nodes.js';

/** `modify`: plan.md §4. */
export function runModifyCase(given: CaseFile): Outcome {
  try {
    const result = planModification(
      {
        nodes: given.list('nodes').map(planNodeOf),
        scalingGroups: new Map(
          [...entriesOf(given.get('scaling_groups'))].map(([name, group]) => [name, groupOf(group)]),
        ),
        previousNodes: given.list('previous_nodes').map(planNodeOf),
        previousInstances: given.list('previous_node_instances').map(nodeInstanceOf),
        modified: new Map(
          [...entriesOf(given.get('modified_nodes'))].map(([name, wanted]) => [name, wantedOf(wanted)]),
        ),
      },
      randomId,
    );
    return { ok: true, result };
  } catch (error) {
    if (!(error instanceof DslError)) throw error;
    return { ok: false, error: failure(error.diagnostics[0]) };
  }
}

function groupOf(group: Value): TopologyGroup {
  const fields = dictOf(group);
  const current = dictOf(fields.get('properties')).get('current_instances') ?? 1;
  return {
    members: listOf(fields.get('members')).map((member) => textOf(member, 'a member')),
    properties: { current_instances: current },
  };
}

function wantedOf(wanted: Value): WantedInstances {
  const fields = dictOf(wanted);
  const hint = (key: string): readonly string[] => listOf(fields.get(key)).map((id) => textOf(id, 'an id'));
  return {
    instances: Number(fields.get('instances')),
    removed_ids_include_hint: hint('removed_ids_include_hint'),
    removed_ids_exclude_hint: hint('removed_ids_exclude_hint'),
  };
}
