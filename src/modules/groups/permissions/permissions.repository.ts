import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';

@Injectable()
export class PermissionsRepository {
  /** @returns the grant's number, or null when the role has the permission already */
  async grant(ctx: Ctx, roleId: number, permission: string): Promise<number | null> {
    const [row] = await queryRows<{ id: number }>(
      ctx,
      `INSERT INTO role_permission (role_id, permission) VALUES ($1, $2)
         ON CONFLICT ON CONSTRAINT role_permission_uq DO NOTHING RETURNING id`,
      [roleId, permission],
    );
    return row?.id ?? null;
  }

  /** @returns the grant's number, or null when there was none */
  async revoke(ctx: Ctx, roleId: number, permission: string): Promise<number | null> {
    const [row] = await queryRows<{ id: number }>(
      ctx,
      'DELETE FROM role_permission WHERE role_id = $1 AND permission = $2 RETURNING id',
      [roleId, permission],
    );
    return row?.id ?? null;
  }
}
