import { readJson } from '../../../core/dsl/json-values.js';
import type { DeploymentPlan, ScalingGroup } from '../../../core/dsl/plan.js';
import type { Dict, Value } from '../../../core/dsl/values.js';
import { nodeRows } from '../planning/plan-rows.js';
import type { PlannedFacts } from '../planning/planning-messages.js';
import type { NextDeployment, StoredDeployment } from './planned-update.js';
import { countsOf, rowsOf, storedAttributes, storedInstance, storedNode } from './stored-deployment.js';

type Part = 'deployment' | 'nodes' | 'instances';
type ReadPresent = (part: Part, offset: number) => Promise<readonly string[]>;

/** @param read JSON texts of rows from that one on, none after the last */
export async function presentDeployment(read: ReadPresent): Promise<StoredDeployment> {
  const [columns = new Map()] = await presentRows(read, 'deployment');
  const attributes = storedAttributes(columns);
  const nodes = (await presentRows(read, 'nodes')).map(storedNode);
  const instances = (await presentRows(read, 'instances')).map(storedInstance);
  return { ...attributes, nodes, instances, counts: countsOf(nodes, attributes.scaling_groups) };
}

async function presentRows(read: ReadPresent, part: Part): Promise<readonly Dict[]> {
  const rows: Dict[] = [];
  for (;;) {
    const texts = await read(part, rows.length);
    if (texts.length === 0) return rows;
    rows.push(...rowsOf(`[${texts.join()}]`));
  }
}

/** Numbers of instances stay what they are, whatever the new plan begins with. */
export function withCounts(
  groups: ReadonlyMap<string, ScalingGroup>,
  { scaling_groups: before, counts }: StoredDeployment,
): ReadonlyMap<string, ScalingGroup> {
  return new Map(
    [...groups].map(([name, group]) => {
      const count = before.has(name) ? counts.get(name) : undefined;
      const numbers = count === undefined ? {} : { current_instances: count, planned_instances: count };
      return [name, { ...group, properties: { ...group.properties, ...numbers } }];
    }),
  );
}

/** As the rows of this plan would be read back. */
export function nextDeployment(plan: DeploymentPlan, { attributes }: PlannedFacts): NextDeployment {
  const nodes: ReturnType<typeof storedNode>[] = [];
  for (let from: number | null = 0; from !== null;) {
    const batch: { readonly text: string; readonly next: number | null } = nodeRows(plan, from);
    nodes.push(...rowsOf(batch.text).map(storedNode));
    from = batch.next;
  }
  const columns = new Map<string, Value>([
    ['description', plan.description],
    ...(['workflows', 'outputs', 'groups', 'scaling_groups'] as const).map((name): [string, Value] => [
      name,
      readJson(attributes[name]),
    ]),
  ]);
  return { ...storedAttributes(columns), nodes };
}
