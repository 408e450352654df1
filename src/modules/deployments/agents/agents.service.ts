import { Injectable } from '@nestjs/common';
import { isWider, type Visibility } from '../../../core/access/visibility.js';
import { AppError, BadParametersError, IllegalActionError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import { assertName } from '../../../core/text/names.js';
import { isStorable } from '../../../core/text/storable.js';
import { readVisibility } from '../../../core/uploads/upload-values.js';
import { requirePermission } from '../../../platform/access/require-permission.js';
import { AuditSink, type AuditOperation } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { assertIdIsFree, lockIds } from '../../../platform/database/global-ids.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import { notOwn } from '../ownership/own-deployments.js';
import { restoredDate, restoredOwner } from '../ownership/restored.js';
import { AGENT_IDS, AGENT_LIST, AGENT_SHOWN } from './agent-list.js';
import { AGENT_STATES, type PutAgent, type UpdateAgent } from './agent.dto.js';
import { AgentsRepository, type AgentChanges, type NewAgent } from './agents.repository.js';

/** Agents on hosts (rest-api §3.11). No broker serves them yet: what it would be told is not kept. */
@Injectable()
export class AgentsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly agents: AgentsRepository,
    private readonly lists: ListQueries,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, AGENT_LIST, listing, { toItem: listing.getData ? (item) => item : withoutCredentials });
  }

  /** @throws NotFoundError */
  get(ctx: TenantCtx, name: string): Promise<Item> {
    return this.unitOfWork.run(ctx, (ctx) => this.view(ctx, name));
  }

  /**
   * One that is there already stays as it is, and the answer is empty (rest-api §3.11).
   * @throws BadParametersError, NotFoundError for the node instance, IllegalActionError for what is wider than that,
   *   ConflictError for the name of a global one, ForbiddenError
   */
  async create(ctx: TenantCtx, name: string, input: PutAgent): Promise<Item> {
    assertName('name', name);
    assertStorable(input);
    const state = assertState(input.state);
    const asked = typeof input.visibility === 'string' ? readVisibility(input.visibility) : null;
    const createdAt = restoredDate(ctx, input) ?? this.clock.now();
    return this.unitOfWork.run(ctx, async (ctx) => {
      const creatorId = await restoredOwner(ctx, input);
      const host = await this.agents.host(ctx, input.node_instance_id);
      if (!host) throw new NotFoundError('NodeInstance', printable(input.node_instance_id));
      const visibility = asked ?? host.visibility;
      if (isWider(visibility, host.visibility)) {
        throw new IllegalActionError(
          `An agent cannot be more widely visible than its node instance, \`${host.visibility}\``,
        );
      }
      if (asked === 'global') requirePermission(ctx, 'create_global_resource');
      if ((await lockIds(ctx, AGENT_IDS, [name])).get(name)?.here === true) return {};
      await assertIdIsFree(ctx, AGENT_IDS, name, visibility);
      const owner = creatorId ?? (visibility === 'private' ? host.creatorId : ctx.actor.userId);
      const storageId = await this.agents.insert(
        ctx,
        newAgent(name, input, { instance: host.storageId, state, visibility, owner, createdAt }),
      );
      if (storageId === null) return {};
      await this.record(ctx, 'create', { storageId, name }, { node_instance: input.node_instance_id, state });
      return this.view(ctx, name);
    });
  }

  /** @throws BadParametersError, NotFoundError, IllegalActionError for an empty body and global ones of other tenants */
  async update(ctx: TenantCtx, name: string, input: UpdateAgent): Promise<Item> {
    assertStorable(input);
    const { state, system, version } = input;
    const changes: AgentChanges = {
      ...(typeof state === 'string' ? { state: assertState(state) } : {}),
      ...(typeof system === 'string' ? { system } : {}),
      ...(typeof version === 'string' ? { version } : {}),
    };
    if (Object.keys(changes).length === 0) throw new IllegalActionError('Must supply at least one field to update');
    return this.unitOfWork.run(ctx, async (ctx) => {
      const storageId = await this.agents.lockOwn(ctx, name);
      if (storageId === null) {
        await this.view(ctx, name);
        throw notOwn(ctx, AGENT_IDS.kind, name);
      }
      await this.agents.update(ctx, storageId, changes, this.clock.now());
      await this.record(ctx, 'update', { storageId, name }, { ...changes });
      return this.view(ctx, name);
    });
  }

  /** @throws AppError method_not_allowed_error: there is no way to reach an agent */
  replaceCertificates(): never {
    throw new AppError(
      'method_not_allowed_error',
      'No broker serves agents here, so their certificates cannot be replaced',
    );
  }

  private async view(ctx: TenantCtx, name: string): Promise<Item> {
    const item = await this.lists.single(ctx, AGENT_SHOWN, 'r.name', name);
    if (!item) throw new NotFoundError(AGENT_IDS.kind, printable(name));
    return item;
  }

  private record(
    ctx: TenantCtx,
    operation: AuditOperation,
    { storageId, name }: { readonly storageId: string; readonly name: string },
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return this.audit.record(ctx, {
      action: `agent.${operation}`,
      operation,
      outcome: 'success',
      refTable: 'agents',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id: name },
      details,
    });
  }
}

function newAgent(
  name: string,
  input: PutAgent,
  {
    instance,
    state,
    visibility,
    owner,
    createdAt,
  }: {
    readonly instance: string;
    readonly state: string;
    readonly visibility: Visibility;
    readonly owner: number;
    readonly createdAt: Date;
  },
): NewAgent {
  return {
    name,
    instance,
    creatorId: owner,
    visibility,
    ip: input.ip ?? null,
    installMethod: input.install_method ?? null,
    system: input.system ?? null,
    version: input.version ?? null,
    state,
    exchange: input.rabbitmq_exchange ?? null,
    username: input.rabbitmq_username ?? null,
    createdAt,
  };
}

function withoutCredentials(item: Item): Item {
  return 'rabbitmq_username' in item ? { ...item, rabbitmq_username: null } : item;
}

function assertState(raw: string): string {
  const state = AGENT_STATES.find((one) => one === raw);
  if (state !== undefined) return state;
  throw new BadParametersError(`Invalid agent state: \`${printable(raw)}\`. Allowed are: ${AGENT_STATES.join(', ')}`);
}

function assertStorable(input: object): void {
  if (!isStorable(input)) {
    throw new BadParametersError('A text in the request contains a character that cannot be stored');
  }
}
