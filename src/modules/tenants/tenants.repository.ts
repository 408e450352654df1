import { Injectable } from '@nestjs/common';
import { ConflictError } from '../../core/errors/app-error.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { managerOf, queryRows } from '../../platform/database/tx.js';
import { isStillReferenced } from '../../platform/database/still-referenced.js';
import { violatedConstraint } from '../../platform/database/unit-of-work.js';
import { Tenant } from './tenant.entity.js';

/** The number can only be taken when it is the default tenant's. */
const TAKEN = new Set(['tenant_name_uq', 'tenant_pk']);

export type NewTenant = Pick<
  Tenant,
  'id' | 'name' | 'rabbitmqUsername' | 'rabbitmqVhost' | 'rabbitmqPasswordSealed' | 'createdAt'
>;

@Injectable()
export class TenantsRepository {
  /** Names of tenants are exact (rest-api §1.5). */
  byName(ctx: Ctx, name: string): Promise<Tenant | null> {
    return managerOf(ctx).findOneBy(Tenant, { name });
  }

  byId(ctx: Ctx, id: number): Promise<Tenant | null> {
    return managerOf(ctx).findOneBy(Tenant, { id });
  }

  /** Takes the next number: a password is sealed for its row before the row is there. */
  async nextId(ctx: Ctx): Promise<number> {
    const [row] = await queryRows<{ id: number }>(ctx, `SELECT nextval('tenant_id_seq')::int AS id`);
    if (!row) throw new Error('The sequence of tenants gave nothing.');
    return row.id;
  }

  /** @throws ConflictError when the name is taken */
  async insert(ctx: Ctx, tenant: NewTenant): Promise<void> {
    try {
      await managerOf(ctx).insert(Tenant, tenant);
    } catch (error) {
      if (!TAKEN.has(violatedConstraint(error) ?? '')) throw error;
      throw new ConflictError(`The tenant \`${tenant.name}\` already exists`, { cause: error });
    }
  }

  /**
   * The tenant's associations go with it; whatever else belongs to a tenant refers to it by a foreign key that refuses.
   * @throws ConflictError when it still has resources of any kind
   */
  async delete(ctx: Ctx, tenant: Tenant): Promise<void> {
    try {
      await managerOf(ctx).delete(Tenant, { id: tenant.id });
    } catch (error) {
      if (!isStillReferenced(error)) throw error;
      throw new ConflictError(`The tenant \`${tenant.name}\` still has resources and cannot be deleted`, {
        cause: error,
      });
    }
  }
}
