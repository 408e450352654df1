import type { NodeInstance, PlanPlugin } from '../../../core/dsl/plan.js';
import type { Dict, Key, Value } from '../../../core/dsl/values.js';
import type { IdSource } from '../../../core/dsl/instances/topology.js';
import { planUpdate, type PresentDeployment, type UpdatePlan } from '../../../core/graph/update/plan-update.js';
import type { UpdateStep } from '../../../core/graph/update/steps.js';
import { mergedRelationships } from '../modifications/merged-relationships.js';
import { batchOf, jsonText, type RowBatch } from '../planning/plan-rows.js';
import type { PlannedPart, PlannedUpdateFacts } from '../planning/planning-messages.js';
import type { StoredAttributes, StoredNode } from './stored-deployment.js';

type Relationship = StoredNode['relationships'][number];

/** A deployment as an update finds it. */
export interface StoredDeployment extends PresentDeployment, StoredAttributes {
  readonly nodes: readonly StoredNode[];
  readonly scaling_groups: StoredAttributes['scaling_groups'];
}

/** What a deployment is to become, read back from the rows that it would have. */
export interface NextDeployment extends StoredAttributes {
  readonly nodes: readonly StoredNode[];
}

/** An update that was planned, with the rows that its later steps write. */
export class PlannedRows {
  private readonly plan: UpdatePlan;
  private readonly parts: Readonly<Record<PlannedPart, readonly (() => unknown)[]>>;

  /** @throws UnsupportedUpdateError, DslError */
  constructor(
    private readonly present: StoredDeployment,
    private readonly next: NextDeployment,
    ids: IdSource,
  ) {
    this.plan = planUpdate(present, next, ids);
    const before = new Map(present.nodes.map((node) => [node.id, node]));
    this.parts = {
      nodes: next.nodes.map((node) => () => withKept(node, before.get(node.id))),
      instances: this.added().map((instance) => () => instanceRow(instance)),
      relationships: this.relationships().map((row) => () => row),
    };
  }

  added(): readonly NodeInstance[] {
    return this.plan.instances.added_and_related.filter(({ modification }) => modification === 'added');
  }

  rows(part: PlannedPart, from: number): RowBatch {
    const rows = this.parts[part];
    return batchOf(rows.length, from, (at) => jsonText(rows[at]?.()));
  }

  facts(): Pick<
    PlannedUpdateFacts,
    'steps' | 'nodeChanges' | 'instanceChanges' | 'modified' | 'pluginsToInstall' | 'pluginsToUninstall' | 'changes'
  > {
    const { steps, nodes, instances, changes } = this.plan;
    const [old, now] = [centralPlugins(this.present.nodes), centralPlugins(this.next.nodes)];
    return {
      steps: jsonText(steps.map((step, place) => ({ ...step, topology_order: place }))),
      nodeChanges: jsonText(nodes),
      instanceChanges: jsonText(instances),
      modified: jsonText(modifiedOf(steps)),
      pluginsToInstall: jsonText([...now].filter(([name]) => !old.has(name)).map(([, plugin]) => plugin)),
      pluginsToUninstall: jsonText([...old].filter(([name]) => !now.has(name)).map(([, plugin]) => plugin)),
      changes: jsonText(changes),
    };
  }

  /** Of instances that stay: what they have as long as the update runs, with what they are to lose. */
  private relationships(): readonly { readonly id: string; readonly relationships: NodeInstance['relationships'] }[] {
    const { extended_and_related: extended, relationships_changed: changed } = this.plan.instances;
    const gained = new Map(
      extended.flatMap((each) => (each.modification === 'extended' ? [[each.id, each.relationships] as const] : [])),
    );
    const touched = new Set([...gained.keys(), ...changed]);
    const orders = new Map(
      this.next.nodes.map(({ id, relationships }) => [id, relationships.map((each) => each.target_id)]),
    );
    return this.present.instances.flatMap((instance) => {
      if (!touched.has(instance.id)) return [];
      const order = orders.get(instance.node_id) ?? [];
      const relationships = mergedRelationships(instance.relationships, gained.get(instance.id) ?? [], order);
      return isSameList(relationships, instance.relationships) ? [] : [{ id: instance.id, relationships }];
    });
  }
}

/** A node's new row; relationships that it is to lose stay beside the new ones until they were undone. */
function withKept(node: StoredNode, before: StoredNode | undefined): Dict {
  const lost = before === undefined ? [] : lostRelationships(before, node);
  const kept = lost.length === 0 ? null : [...node.relationshipRows, ...lost];
  return new Map<Key, Value>([...node.row, ['kept_relationships', kept]]);
}

function lostRelationships(before: StoredNode, now: StoredNode): readonly Dict[] {
  const left = new Map<string, number>();
  for (const each of now.relationships) left.set(keyOf(each), (left.get(keyOf(each)) ?? 0) + 1);
  return before.relationshipRows.filter((_, place) => {
    const key = keyOf(before.relationships[place] as Relationship);
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
}

function keyOf({ type, target_id: target }: Pick<Relationship, 'type' | 'target_id'>): string {
  return `${type}\0${target}`;
}

function instanceRow(instance: NodeInstance): unknown {
  return {
    id: instance.id,
    node_name: instance.node_id,
    host_id: instance.host_id ?? null,
    relationships: instance.relationships,
    scaling_groups: instance.scaling_groups ?? [],
  };
}

function isSameList(some: NodeInstance['relationships'], others: NodeInstance['relationships']): boolean {
  return some.length === others.length && some.every((each, place) => keyOf(each) === keyOf(others[place] ?? each));
}

function modifiedOf(steps: readonly UpdateStep[]): Readonly<Record<string, readonly string[]>> {
  const modified: Record<string, string[]> = {};
  for (const { entity_type: type, entity_id: path } of steps) (modified[type] ??= []).push(path.join(':'));
  return modified;
}

/** Plugins that run on the manager, by name. */
function centralPlugins(nodes: readonly StoredNode[]): ReadonlyMap<string, PlanPlugin> {
  const all = nodes.flatMap(({ plugins }) => plugins);
  return new Map(
    all
      .filter(({ executor, install }) => executor === 'central_deployment_agent' && install)
      .map((each) => [each.name, each]),
  );
}
