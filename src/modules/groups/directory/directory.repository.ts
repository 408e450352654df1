import { Injectable } from '@nestjs/common';
import { UnauthorizedError } from '../../../core/errors/app-error.js';
import { PermissionMatrix, type RoleType } from '../../../core/access/permission-matrix.js';
import type { Principal, TenantRef } from '../../../platform/access/directory.js';
import { HotQueries } from '../../../platform/database/hot-queries.js';
import { toPrincipal } from './principal.js';

interface PrincipalRow {
  readonly username: string;
  readonly system_role: string;
  readonly groups: readonly (readonly [group: string, role: string])[];
  readonly places: readonly (readonly [id: number, tenant: string, role: string, group: string | null])[];
}

const PRINCIPAL = `
  SELECT u.username, o.name AS system_role,
    (SELECT COALESCE(json_agg(json_build_array(g.name, gr.name)), '[]')
       FROM group_member m JOIN user_group g ON g.id = m.group_id JOIN role gr ON gr.id = g.role_id
      WHERE m.user_id = u.id) AS groups,
    (SELECT COALESCE(json_agg(json_build_array(t.id, t.name, pr.name, p.group_name)), '[]')
       FROM (SELECT tu.tenant_id, tu.role_id, NULL::text AS group_name FROM tenant_user tu WHERE tu.user_id = u.id
              UNION ALL
             SELECT tg.tenant_id, tg.role_id, g.name
               FROM group_member m JOIN user_group g ON g.id = m.group_id JOIN tenant_group tg ON tg.group_id = g.id
              WHERE m.user_id = u.id) p
       JOIN tenant t ON t.id = p.tenant_id JOIN role pr ON pr.id = p.role_id) AS places
  FROM user_account u JOIN role o ON o.id = u.role_id WHERE u.id = $1`;

/** Loads what the directory remembers, each with one prepared statement. These tables belong to the whole installation. */
@Injectable()
export class DirectoryRepository {
  constructor(private readonly hot: HotQueries) {}

  /** @throws UnauthorizedError when the account is gone: deleted while its request was on the way */
  async principal(userId: number): Promise<Principal> {
    const [row] = await this.hot.query<PrincipalRow>('hf_principal', PRINCIPAL, [userId]);
    if (!row) throw new UnauthorizedError();
    return toPrincipal({
      userId,
      username: row.username,
      systemRole: row.system_role,
      groups: row.groups.map(([group, role]) => ({ group, role })),
      places: row.places.map(([id, name, role, group]) => ({ tenant: { id, name }, role, group })),
    });
  }

  async matrix(): Promise<PermissionMatrix> {
    const rows = await this.hot.query<{ name: string; type: RoleType; permissions: string[] }>(
      'hf_matrix',
      `SELECT o.name, o.type, COALESCE(array_agg(p.permission ORDER BY p.id) FILTER (WHERE p.id IS NOT NULL), '{}') AS permissions
         FROM role o LEFT JOIN role_permission p ON p.role_id = o.id GROUP BY o.id ORDER BY o.id`,
      [],
    );
    return new PermissionMatrix(rows);
  }

  tenants(): Promise<TenantRef[]> {
    return this.hot.query<TenantRef>('hf_tenants', 'SELECT id, name FROM tenant ORDER BY id', []);
  }
}
