import { Injectable } from '@nestjs/common';
import type { InstallationState } from '../../core/plugins/installation-state.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { queryRows } from '../../platform/database/tx.js';

/** Where a plugin is, or shall be, installed. */
export interface Place {
  readonly kind: 'manager' | 'agent';
  readonly name: string;
}

/** A row that was made, or is not what it was. */
export interface ChangedState extends Place {
  readonly storageId: string;
  readonly isNew: boolean;
}

@Injectable()
export class PluginStatesRepository {
  /**
   * Sets one state for all these places, which differ. Answers the changed ones only: saying again what is known already
   * changes nothing. Rows are taken in a fixed order, so that calls at the same time wait for each other and do not lock
   * each other out.
   */
  async set(
    ctx: TenantCtx,
    pluginId: string,
    places: readonly Place[],
    { state, error }: { readonly state: InstallationState; readonly error: string | null },
  ): Promise<readonly ChangedState[]> {
    return queryRows<ChangedState>(
      ctx,
      `INSERT INTO plugin_state AS s (plugin_id, kind, name, state, error)
       SELECT $1::bigint, p.kind, p.name, $4, $5 FROM unnest($2::text[], $3::text[]) AS p (kind, name)
        ORDER BY p.kind, p.name
       ON CONFLICT ON CONSTRAINT plugin_state_place_uq DO UPDATE SET state = EXCLUDED.state, error = EXCLUDED.error
        WHERE (s.state, s.error) IS DISTINCT FROM (EXCLUDED.state, EXCLUDED.error)
       RETURNING s.storage_id::text AS "storageId", s.kind, s.name, s.xmax = 0 AS "isNew"`,
      [pluginId, places.map(({ kind }) => kind), places.map(({ name }) => name), state, error],
    );
  }

  /** Those of `names` that managers have: processes of this installation, gone for a day at most. */
  async managers(ctx: TenantCtx, names: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await queryRows<{ hostname: string }>(
      ctx,
      'SELECT DISTINCT hostname FROM manager_process WHERE hostname = ANY ($1::text[])',
      [names],
    );
    return new Set(rows.map(({ hostname }) => hostname));
  }
}
