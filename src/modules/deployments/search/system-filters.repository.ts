import { Injectable } from '@nestjs/common';
import type { FilterRule } from '../../../core/filters/filter-rules.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute } from '../../../platform/database/tx.js';

@Injectable()
export class SystemFiltersRepository {
  /** Global ones, of the caller; those whose id the tenant has are left out. */
  async add(ctx: TenantCtx, filters: ReadonlyMap<string, readonly FilterRule[]>, now: Date): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO deployment_filter (id, tenant_id, creator_id, visibility, rules, is_system_filter, created_at, updated_at)
       SELECT f.id, $1, $2, 'global', f.rules::jsonb, true, $3, $3 FROM unnest($4::text[], $5::text[]) AS f (id, rules)
       ON CONFLICT ON CONSTRAINT deployment_filter_tenant_id_uq DO NOTHING`,
      [
        ctx.tenantId,
        ctx.actor.userId,
        now,
        [...filters.keys()],
        [...filters.values()].map((rules) => JSON.stringify(rules)),
      ],
    );
  }
}
