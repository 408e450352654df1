import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import type { SeedRole } from './permission-seed.js';

/** A permission for a role, by names. */
export interface SeedGrant {
  readonly role: string;
  readonly permission: string;
}

@Injectable()
export class SeedRepository {
  /** @returns the names of the roles that were not there */
  async addMissingRoles(ctx: Ctx, roles: readonly SeedRole[]): Promise<Set<string>> {
    const added = await queryRows<{ name: string }>(
      ctx,
      `INSERT INTO role (name, type, description)
         SELECT name, type, description FROM unnest($1::text[], $2::text[], $3::text[]) AS seed (name, type, description)
          WHERE NOT EXISTS (SELECT 1 FROM role o WHERE o.name = seed.name)
         RETURNING name`,
      [roles.map((role) => role.name), roles.map((role) => role.type), roles.map((role) => role.description)],
    );
    return new Set(added.map((row) => row.name));
  }

  async seededPermissions(ctx: Ctx): Promise<Set<string>> {
    const rows = await queryRows<{ name: string }>(ctx, 'SELECT name FROM seeded_permission');
    return new Set(rows.map((row) => row.name));
  }

  async grant(ctx: Ctx, grants: readonly SeedGrant[]): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO role_permission (role_id, permission)
         SELECT o.id, seed.permission
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS seed (role, permission, place) JOIN role o ON o.name = seed.role
          ORDER BY seed.place
         ON CONFLICT ON CONSTRAINT role_permission_uq DO NOTHING`,
      [grants.map((grant) => grant.role), grants.map((grant) => grant.permission)],
    );
  }

  async noteSeeded(ctx: Ctx, permissions: readonly string[]): Promise<void> {
    await execute(ctx, 'INSERT INTO seeded_permission (name) SELECT unnest($1::text[])', [permissions]);
  }
}
