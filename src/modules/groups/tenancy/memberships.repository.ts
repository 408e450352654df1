import { Injectable } from '@nestjs/common';
import { ConflictError, ForbiddenError } from '../../../core/errors/app-error.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';

/** Who may be associated with a tenant. */
export interface Member {
  readonly kind: 'user' | 'group';
  readonly id: number;
  readonly name: string;
}

const TABLES = {
  user: { table: 'tenant_user', column: 'user_id' },
  group: { table: 'tenant_group', column: 'group_id' },
} as const;

/** Associations of users and groups with tenants, each with a tenant role. */
@Injectable()
export class MembershipsRepository {
  /** The role held, or null where there is no association. */
  async roleOf(ctx: Ctx, tenantId: number, member: Member): Promise<string | null> {
    const { table, column } = TABLES[member.kind];
    const [row] = await queryRows<{ role: string }>(
      ctx,
      `SELECT o.name AS role FROM ${table} x JOIN role o ON o.id = x.role_id WHERE x.tenant_id = $1 AND x.${column} = $2`,
      [tenantId, member.id],
    );
    return row?.role ?? null;
  }

  /**
   * @throws ConflictError when they are associated already
   * @throws ForbiddenError when the tenant was deleted since the request came in
   */
  async add(ctx: Ctx, tenantId: number, member: Member, roleId: number): Promise<void> {
    const { table, column } = TABLES[member.kind];
    try {
      await execute(ctx, `INSERT INTO ${table} (tenant_id, ${column}, role_id) VALUES ($1, $2, $3)`, [
        tenantId,
        member.id,
        roleId,
      ]);
    } catch (error) {
      const constraint = violatedConstraint(error);
      if (constraint === `${table}_pk`) {
        throw new ConflictError(`The ${member.kind} \`${member.name}\` is already associated with the tenant`, {
          cause: error,
        });
      }
      if (constraint === `${table}_tenant_fk`) {
        throw new ForbiddenError('Authorization failed: the tenant does not exist any more', { cause: error });
      }
      throw error;
    }
  }

  async changeRole(ctx: Ctx, tenantId: number, member: Member, roleId: number): Promise<void> {
    const { table, column } = TABLES[member.kind];
    await execute(ctx, `UPDATE ${table} SET role_id = $3 WHERE tenant_id = $1 AND ${column} = $2`, [
      tenantId,
      member.id,
      roleId,
    ]);
  }

  async remove(ctx: Ctx, tenantId: number, member: Member): Promise<void> {
    const { table, column } = TABLES[member.kind];
    await execute(ctx, `DELETE FROM ${table} WHERE tenant_id = $1 AND ${column} = $2`, [tenantId, member.id]);
  }
}
