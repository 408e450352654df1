import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../platform/context/ctx.js';
import { managerOf } from '../../platform/database/tx.js';
import { Role } from './role.entity.js';

@Injectable()
export class RolesRepository {
  byName(ctx: Ctx, name: string): Promise<Role | null> {
    return managerOf(ctx).findOneBy(Role, { name });
  }

  byId(ctx: Ctx, id: number): Promise<Role | null> {
    return managerOf(ctx).findOneBy(Role, { id });
  }

  /** Notes that the role's permissions were edited (rest-api §2.4). */
  async touch(ctx: Ctx, id: number, now: Date): Promise<void> {
    await managerOf(ctx).update(Role, { id }, { updatedAt: now });
  }
}
