import { Injectable } from '@nestjs/common';
import { BadParametersError, ConflictError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import { lockDirectory } from '../../../platform/access/directory-lock.js';
import { AuditSink, type AuditEvent } from '../../../platform/audit/audit-sink.js';
import { NO_REACH, type Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type ListPage } from '../../../platform/listing/list-queries.js';
import { RolesService, type RoleRef } from '../../users/roles.service.js';
import { PERMISSION_LIST } from './permission-list.source.js';
import { PermissionsRepository } from './permissions.repository.js';

const MAX_PERMISSION_LENGTH = 256;
const CONTROL_CHARACTERS = /\p{Cc}/u;

export interface Grant {
  readonly role: string;
  readonly permission: string;
}

/** The permission matrix is data: edits count from the next request on, and start-up never takes them back (rest-api §2.4). */
@Injectable()
export class PermissionsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: PermissionsRepository,
    private readonly roles: RolesService,
    private readonly lists: ListQueries,
    private readonly audit: AuditSink,
  ) {}

  list(ctx: Ctx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page({ ...ctx, reach: NO_REACH }, PERMISSION_LIST, listing);
  }

  /** @throws NotFoundError for an unknown role */
  async listOf(ctx: Ctx, roleName: string, listing: Listing): Promise<ListPage | JsonStream> {
    const role = await this.unitOfWork.run(ctx, (ctx) => this.roles.byName(ctx, roleName));
    return this.lists.page({ ...ctx, reach: NO_REACH }, PERMISSION_LIST, listing, {
      extra: [(parameters) => `r.role_id = ${parameters.add(role.id)}::int`],
    });
  }

  /**
   * Any name may be granted: which names mean something is for those who ask.
   * @throws NotFoundError for an unknown role
   * @throws ConflictError when it is granted already
   */
  async grant(ctx: Ctx, { role: roleName, permission }: Grant): Promise<Grant> {
    assertStorable(permission);
    return this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const role = await this.roles.byName(ctx, roleName);
      const id = await this.repository.grant(ctx, role.id, permission);
      if (id === null)
        throw new ConflictError(`The role \`${role.name}\` has the permission \`${permission}\` already`);
      await this.recordChange(ctx, role, event('permission.grant', 'create', id, { role: role.name, permission }));
      return { role: role.name, permission };
    });
  }

  /** @throws NotFoundError for an unknown role, and for a permission that it does not have */
  async revoke(ctx: Ctx, { role: roleName, permission }: Grant): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const role = await this.roles.byName(ctx, roleName);
      const id = await this.repository.revoke(ctx, role.id, permission);
      if (id === null) throw new NotFoundError(`Permission of the role ${role.name}`, printable(permission));
      await this.recordChange(ctx, role, event('permission.revoke', 'delete', id, { role: role.name, permission }));
    });
  }

  private async recordChange(ctx: Ctx, role: RoleRef, change: AuditEvent): Promise<void> {
    await this.roles.touch(ctx, role);
    await this.audit.record(ctx, change);
  }
}

function assertStorable(permission: string): void {
  if (permission.length > MAX_PERMISSION_LENGTH || CONTROL_CHARACTERS.test(permission)) {
    throw new BadParametersError(
      `A permission's name has at most ${MAX_PERMISSION_LENGTH} characters, none of them a control character`,
    );
  }
}

function event(action: string, operation: 'create' | 'delete', id: number, grant: Grant): AuditEvent {
  return {
    action,
    operation,
    outcome: 'success',
    refTable: 'permissions',
    refId: id,
    refIdentifier: { id },
    details: { ...grant },
  };
}
