import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../platform/context/ctx.js';
import { queryRows } from '../../platform/database/tx.js';
import type { AuthorizationView, ConfigRoleView } from './settings.dto.js';

interface PermissionRow {
  readonly permission: string;
  readonly roles: string[];
}

/**
 * Roles and permissions as clients read them (rest-api §2.8). Straight from the tables rather than from the matrix that
 * guards remember: the answer lists every permission, also one that no role holds any more, because the web UI fails on
 * a name it cannot find.
 */
@Injectable()
export class AuthorizationRepository {
  async authorization(ctx: Ctx): Promise<AuthorizationView> {
    const roles = await queryRows<ConfigRoleView>(ctx, 'SELECT id, name, type, description FROM role ORDER BY id');
    const rows = await queryRows<PermissionRow>(
      ctx,
      `SELECT known.name AS permission,
              coalesce(array_agg(r.name ORDER BY r.id) FILTER (WHERE r.id IS NOT NULL), '{}') AS roles
         FROM (SELECT name FROM seeded_permission UNION SELECT permission FROM role_permission) known
         LEFT JOIN role_permission p ON p.permission = known.name
         LEFT JOIN role r ON r.id = p.role_id
        GROUP BY known.name ORDER BY known.name COLLATE "C"`,
    );
    return { roles, permissions: Object.fromEntries(rows.map((row) => [row.permission, row.roles])) };
  }
}
