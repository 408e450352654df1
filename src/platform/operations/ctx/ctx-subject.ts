import type { Json } from '../../../core/graph/task.js';
import type { OperationHost, OperationInstance, OperationRequest } from '../operation-dispatch.js';
import type { CtxNode } from './resolve.js';
import { call, object, readOnly, value } from './resolve.js';
import { RuntimeProperties } from './runtime-properties.js';

export type Side = 'instance' | 'source' | 'target';

/** The instances an operation is about: its own, or both ends of a relationship. Only their properties can be changed. */
export class CtxSubject {
  readonly sides: ReadonlyMap<Side, { readonly instance: OperationInstance; readonly runtime: RuntimeProperties }>;

  constructor(
    request: OperationRequest,
    private readonly host: OperationHost,
  ) {
    const { subject } = request;
    const ends: [Side, OperationInstance][] =
      subject.kind === 'node-instance'
        ? [['instance', subject.instance]]
        : [
            ['source', subject.source],
            ['target', subject.target],
          ];
    // Both ends may be the same instance.
    const known = new Map<string, RuntimeProperties>();
    this.sides = new Map(
      ends.map(([side, instance]) => {
        const runtime = known.get(instance.id) ?? new RuntimeProperties(host, instance.id);
        known.set(instance.id, runtime);
        return [side, { instance, runtime }];
      }),
    );
  }

  /** @throws Error in the words of the original when the operation is of the other kind */
  side(side: Side): { readonly instance: OperationInstance; readonly runtime: RuntimeProperties } {
    const found = this.sides.get(side);
    if (found !== undefined) return found;
    const [is, wants] =
      side === 'instance' ? ['relationship-instance', 'node-instance'] : ['node-instance', 'relationship-instance'];
    const name = side === 'instance' ? 'ctx.node/ctx.instance' : `ctx.${side}`;
    throw new Error(`${name} can only be used in a ${wants} context but used in a ${is} context`);
  }

  async flush(): Promise<void> {
    for (const { runtime } of this.sides.values()) await runtime.flush();
  }

  node(side: Side): CtxNode {
    const { instance } = this.side(side);
    return nodeOf(instance);
  }

  instance(side: Side): CtxNode {
    const { instance, runtime } = this.side(side);
    return object('instance', {
      ...this.facts(instance, async () => runtime.now()),
      runtime_properties: async () => ({ kind: 'map', map: await runtime.now(), isWritable: true }),
      update: () =>
        call(['on_conflict'], 0, async () => {
          await runtime.flush();
          return null;
        }),
      refresh: () =>
        call(['force'], 0, () => {
          runtime.refresh();
          return null;
        }),
    });
  }

  /** Runtime property `ip` of the host, else that of its node. */
  async hostIp(instance: OperationInstance): Promise<Json> {
    const { hostId } = instance;
    if (hostId === null) throw new Error(`${instance.id} is not contained in a host: it has no host_ip`);
    const own = [...this.sides.values()].find((side) => side.instance.id === hostId);
    const host = own?.instance ?? (await this.host.instance(hostId));
    if (host === null) throw new Error(`the host ${hostId} is not there`);
    const runtime =
      own === undefined ? (await this.host.runtimeProperties(hostId)).properties : await own.runtime.now();
    return runtime['ip'] ?? host.properties['ip'] ?? null;
  }

  /** Another instance, to look at. */
  private async related(id: string): Promise<CtxNode> {
    const instance = await this.host.instance(id);
    if (instance === null) throw new Error(`the node instance ${id} is not there`);
    const runtime = async (): Promise<Readonly<Record<string, Json>>> =>
      (await this.host.runtimeProperties(id)).properties;
    return object('target', {
      node: () => nodeOf(instance),
      instance: () =>
        object('instance', {
          ...this.facts(instance, runtime),
          runtime_properties: async () => readOnly(await runtime()),
        }),
    });
  }

  private facts(
    instance: OperationInstance,
    runtime: () => Promise<Readonly<Record<string, Json>>>,
  ): Record<string, () => CtxNode | Promise<CtxNode>> {
    const relationships = instance.relationships;
    return {
      id: () => value(instance.id),
      index: () => value(instance.index),
      host_ip: async () => value(await this.hostIp(instance)),
      scaling_groups: () => value(instance.scalingGroups.map(({ name, id }) => ({ name, id }))),
      drift: async () => value((await runtime())['drift'] ?? null),
      relationships: () =>
        relationshipList(
          relationships.map(({ type, typeHierarchy, targetId, targetNodeId }) => ({
            type,
            type_hierarchy: typeHierarchy,
            target_id: targetId,
            target_node_id: targetNodeId,
          })),
          async (at) => {
            const relationship = relationships[at];
            if (relationship === undefined) throw new Error(`there is no relationship ${at}`);
            return object('relationship', {
              type: () => value(relationship.type),
              type_hierarchy: () => value(relationship.typeHierarchy),
              target: () => this.related(relationship.targetId),
            });
          },
        ),
    };
  }
}

function nodeOf(instance: OperationInstance): CtxNode {
  return object('node', {
    id: () => value(instance.nodeId),
    name: () => value(instance.nodeId),
    type: () => value(instance.nodeType),
    type_hierarchy: () => value(instance.typeHierarchy),
    properties: () => readOnly(instance.properties),
  });
}

/** `relationships` alone is a description of all; `relationships N …` goes on with one of them. */
function relationshipList(described: Json, item: (at: number) => Promise<CtxNode>): CtxNode {
  return { kind: 'list', described, item };
}
