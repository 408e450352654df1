import type { DeploymentPlan, Plan, PlanNode, PlanRelationship } from './plan.js';

type Drawn = Pick<Plan | DeploymentPlan, 'nodes'>;

const CONTAINED_IN = 'cloudify.relationships.contained_in';

/** Nodes and relationships as a Mermaid flowchart, line by line. */
export function* mermaidGraph(plan: Drawn): Generator<string> {
  const ids = idsOf(plan);
  yield 'flowchart LR';
  for (const node of plan.nodes) {
    yield `  ${ids.get(node.name) ?? ''}["${mermaidText(node.name)}<br/>${mermaidText(node.type)}"]`;
  }
  for (const [from, to, relationship] of edgesOf(plan, ids)) {
    const arrow = isContainment(relationship) ? '==>' : '-->';
    yield `  ${from} ${arrow}|"${mermaidText(shortName(relationship.type))}"| ${to}`;
  }
}

/** The same for Graphviz. */
export function* dotGraph(plan: Drawn): Generator<string> {
  const ids = idsOf(plan);
  yield 'digraph blueprint {';
  yield '  rankdir=LR;';
  yield '  node [shape=box];';
  for (const node of plan.nodes) {
    yield `  ${ids.get(node.name) ?? ''} [label="${dotText(node.name)}\\n${dotText(node.type)}"];`;
  }
  for (const [from, to, relationship] of edgesOf(plan, ids)) {
    const style = isContainment(relationship) ? ', style=bold' : '';
    yield `  ${from} -> ${to} [label="${dotText(shortName(relationship.type))}"${style}];`;
  }
  yield '}';
}

/** Names may hold anything; ids of drawings may not. */
function idsOf({ nodes }: Drawn): ReadonlyMap<string, string> {
  return new Map(nodes.map((node: PlanNode, index) => [node.name, `n${String(index)}`]));
}

function* edgesOf(
  { nodes }: Drawn,
  ids: ReadonlyMap<string, string>,
): Generator<readonly [from: string, to: string, relationship: PlanRelationship]> {
  for (const node of nodes) {
    for (const relationship of node.relationships) {
      yield [ids.get(node.name) ?? '', ids.get(relationship.target_id) ?? '', relationship];
    }
  }
}

function isContainment({ type_hierarchy }: PlanRelationship): boolean {
  return type_hierarchy.includes(CONTAINED_IN);
}

/** `cloudify.relationships.connected_to` → `connected_to`. */
function shortName(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

/** Everything but plain characters as an entity, which Mermaid spells with `#`. */
function mermaidText(text: string): string {
  return text.replaceAll(/[^\w .:/-]/gu, (character) => `#${String(character.codePointAt(0))};`);
}

function dotText(text: string): string {
  return text.replaceAll(/["\\]/g, (character) => `\\${character}`).replaceAll(/\p{Cc}/gu, ' ');
}
