import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../platform/context/ctx.js';
import { execute, queryRows } from '../../platform/database/tx.js';
import { SealedColumns } from '../../platform/vault/sealed-columns.js';
import type { SealedCell } from '../../platform/vault/vault.js';
import type { SettingDefinition } from './setting-catalogue.js';
import type { SettingSchema } from './setting-schema.js';

/** A stored entry. `value` is null where the entry is for administrators only: then it lies in `value_sealed`. */
export interface StoredEntry {
  readonly id: number;
  readonly scope: string;
  readonly name: string;
  readonly value: unknown;
  readonly value_sealed: Buffer | null;
  readonly value_version: number;
  readonly schema: SettingSchema | null;
  readonly is_editable: boolean;
  readonly admin_only: boolean;
  readonly updated_at: string | null;
  readonly updater_name: string | null;
}

export interface NewValue {
  readonly value: unknown;
  readonly sealed: Buffer | null;
  readonly updatedAt: Date;
  readonly updaterId: number;
}

const ENTRY = `SELECT r.id, r.scope, r.name, r.value, r.value_sealed, r.value_version, r.schema, r.is_editable, r.admin_only,
    r.updated_at, u.username AS updater_name
  FROM config_entry r LEFT JOIN user_account u ON u.id = r.updater_id`;
const ORDER = 'ORDER BY r.scope COLLATE "C", r.name COLLATE "C"';

@Injectable()
export class SettingsRepository {
  constructor(columns: SealedColumns) {
    columns.declare({
      table: 'config_entry',
      column: 'value_sealed',
      versionColumn: 'value_version',
      idColumn: 'id',
      tenantColumn: null,
    });
  }

  all(ctx: Ctx): Promise<StoredEntry[]> {
    return queryRows<StoredEntry>(ctx, `${ENTRY} ${ORDER}`);
  }

  inScope(ctx: Ctx, scope: string): Promise<StoredEntry[]> {
    return queryRows<StoredEntry>(ctx, `${ENTRY} WHERE r.scope = $1 ${ORDER}`, [scope]);
  }

  named(ctx: Ctx, name: string, scope: string | null): Promise<StoredEntry[]> {
    return queryRows<StoredEntry>(ctx, `${ENTRY} WHERE r.name = $1 AND ($2::text IS NULL OR r.scope = $2) ${ORDER}`, [
      name,
      scope,
    ]);
  }

  /** False when somebody else stored a value since the entry was read. */
  async store(ctx: Ctx, entry: StoredEntry, next: NewValue): Promise<boolean> {
    const touched = await execute(
      ctx,
      `UPDATE config_entry SET value = $3::jsonb, value_sealed = $4, value_version = value_version + 1, updated_at = $5,
              updater_id = $6
        WHERE id = $1 AND value_version = $2`,
      [entry.id, entry.value_version, JSON.stringify(next.value), next.sealed, next.updatedAt, next.updaterId],
    );
    return touched === 1;
  }

  /**
   * Adds the entries that are not there yet; values stay as they are. What a value may be is the program's to say, so
   * schemas follow it. How many entries were added or changed.
   */
  seed(ctx: Ctx, definitions: readonly SettingDefinition[]): Promise<number> {
    const rows = definitions.map(({ scope, name, value, schema, isEditable, adminOnly }) => {
      return { scope, name, value, schema, is_editable: isEditable, admin_only: adminOnly };
    });
    return execute(
      ctx,
      `INSERT INTO config_entry (scope, name, value, schema, is_editable, admin_only)
       SELECT scope, name, coalesce(value, 'null'), schema, is_editable, admin_only
         FROM jsonb_to_recordset($1::jsonb)
           AS x (scope text, name text, value jsonb, schema jsonb, is_editable boolean, admin_only boolean)
        ORDER BY scope, name
       ON CONFLICT ON CONSTRAINT config_entry_name_uq DO UPDATE SET schema = EXCLUDED.schema, is_editable = EXCLUDED.is_editable
         WHERE (config_entry.schema, config_entry.is_editable) IS DISTINCT FROM (EXCLUDED.schema, EXCLUDED.is_editable)`,
      [JSON.stringify(rows)],
    );
  }

  async version(ctx: Ctx): Promise<string> {
    const [row] = await queryRows<{ version: string }>(
      ctx,
      'SELECT settings_version::text AS version FROM system_state',
    );
    return versionOf(row);
  }

  async raiseVersion(ctx: Ctx): Promise<string> {
    const [row] = await queryRows<{ version: string }>(
      ctx,
      'UPDATE system_state SET settings_version = settings_version + 1 RETURNING settings_version::text AS version',
    );
    return versionOf(row);
  }
}

function versionOf(row: { readonly version: string } | undefined): string {
  if (!row) throw new Error('The table system_state has no row.');
  return row.version;
}

/** The cell that a value is sealed for: the entry's next one, or the one it holds. */
export function settingCell(entry: StoredEntry, recordVersion: number): SealedCell {
  return { tenantId: null, table: 'config_entry', column: 'value_sealed', rowId: String(entry.id), recordVersion };
}
