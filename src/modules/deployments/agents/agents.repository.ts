import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../../core/access/visibility.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';

/** The node instance that an agent is of. */
export interface AgentHost {
  readonly storageId: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
}

export interface NewAgent {
  readonly name: string;
  readonly instance: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly ip: string | null;
  readonly installMethod: string | null;
  readonly system: string | null;
  readonly version: string | null;
  readonly state: string;
  readonly exchange: string | null;
  readonly username: string | null;
  readonly createdAt: Date;
}

export interface AgentChanges {
  readonly state?: string;
  readonly system?: string;
  readonly version?: string;
}

@Injectable()
export class AgentsRepository {
  /** The tenant's own visible instance. */
  async host(ctx: TenantCtx, id: string): Promise<AgentHost | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<AgentHost>(
      ctx,
      `SELECT r.storage_id::text AS "storageId", r.creator_id AS "creatorId", r.visibility FROM node_instance r WHERE ${where}`,
      parameters.values,
    );
    return row ?? null;
  }

  /** The internal number of the tenant's own visible one, held until the end of the transaction. */
  async lockOwn(ctx: TenantCtx, name: string): Promise<string | null> {
    const parameters = new Parameters();
    const where = `r.name = ${parameters.add(name)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<{ storageId: string }>(
      ctx,
      `SELECT r.storage_id::text AS "storageId" FROM agent r WHERE ${where} FOR UPDATE`,
      parameters.values,
    );
    return row?.storageId ?? null;
  }

  /** Answers the internal number, or null when the tenant has one of this name. */
  async insert(ctx: TenantCtx, agent: NewAgent): Promise<string | null> {
    const [row] = await queryRows<{ storageId: string }>(
      ctx,
      `INSERT INTO agent (name, node_instance_id, tenant_id, creator_id, visibility, ip, install_method, system, version,
         state, rabbitmq_exchange, rabbitmq_username, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
       ON CONFLICT ON CONSTRAINT agent_tenant_name_uq DO NOTHING RETURNING storage_id::text AS "storageId"`,
      [
        agent.name,
        agent.instance,
        ctx.tenantId,
        agent.creatorId,
        agent.visibility,
        agent.ip,
        agent.installMethod,
        agent.system,
        agent.version,
        agent.state,
        agent.exchange,
        agent.username,
        agent.createdAt,
      ],
    );
    return row?.storageId ?? null;
  }

  async update(ctx: TenantCtx, storageId: string, changes: AgentChanges, now: Date): Promise<void> {
    const parameters = new Parameters();
    const sets = Object.entries(changes).map(([column, value]) => `${column} = ${parameters.add(value)}`);
    await execute(
      ctx,
      `UPDATE agent SET ${[...sets, `updated_at = ${parameters.add(now)}`].join(', ')}
        WHERE tenant_id = ${parameters.add(ctx.tenantId)} AND storage_id = ${parameters.add(storageId)}`,
      parameters.values,
    );
  }
}
