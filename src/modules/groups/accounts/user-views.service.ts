import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../../core/errors/app-error.js';
import { holds } from '../../../core/access/actor.js';
import type { Listing } from '../../../core/listing/listing.js';
import { canonicalName } from '../../../core/text/canonical-name.js';
import { LoginLocks } from '../../../platform/access/login-locks.js';
import { Passwords } from '../../../platform/access/passwords.js';
import type { RequestAccess } from '../../../platform/access/request-access.js';
import { NO_REACH, type Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import { ViewsRepository } from '../views.repository.js';
import { userListFor, type UserViewOptions } from './user-list.source.js';
import { toUserView, type UserView } from './user.view.js';

/** Users as answers show them (rest-api §2.1). */
@Injectable()
export class UserViewsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly views: ViewsRepository,
    private readonly locks: LoginLocks,
    private readonly passwords: Passwords,
  ) {}

  /** The caller. Asks the database only for a hash that the caller may see. */
  async self({ identity, principal, ctx }: RequestAccess, options: UserViewOptions): Promise<UserView | Item> {
    if (options.includeHash && mayReadHashes(ctx)) return this.byId(ctx, identity.account.id, options);
    return toUserView(identity.account, principal, options);
  }

  list(ctx: Ctx, listing: Listing, includeHash: boolean): Promise<ListPage | JsonStream> {
    const source = userListFor({ getData: listing.getData, includeHash: includeHash && mayReadHashes(ctx) });
    return this.lists.page({ ...ctx, reach: NO_REACH }, source, listing, {
      finish: (ctx, items) => this.finished(ctx, items),
    });
  }

  /** In any casing. @throws NotFoundError */
  byName(ctx: Ctx, username: string, options: UserViewOptions): Promise<Item> {
    return this.one(ctx, 'r.username_key', canonicalName(username), username, options);
  }

  /** @throws NotFoundError */
  byId(ctx: Ctx, id: number, options: UserViewOptions): Promise<Item> {
    return this.one(ctx, 'r.id', id, String(id), options);
  }

  private one(
    ctx: Ctx,
    column: `r.${string}`,
    value: unknown,
    name: string,
    { getData, includeHash }: UserViewOptions,
  ): Promise<Item> {
    const source = userListFor({ getData, includeHash: includeHash && mayReadHashes(ctx) });
    return this.unitOfWork.run(ctx, async (ctx) => {
      const row = await this.views.single(ctx, source, column, value);
      const [user] = row ? await this.finished(ctx, [row]) : [];
      if (!user) throw new NotFoundError('User', name);
      return user;
    });
  }

  /** Puts in what SQL cannot say: which accounts are locked, and the opened hashes. */
  private async finished(ctx: Ctx, rows: readonly Item[]): Promise<Item[]> {
    const keys = rows.flatMap((row) => (typeof row['is_locked'] === 'string' ? [row['is_locked']] : []));
    const locked = keys.length === 0 ? new Set<unknown>() : await this.locks.lockedAmong(ctx, keys);
    return Promise.all(
      rows.map(async (row) => {
        const sealed = row['password_hash'];
        return {
          ...row,
          ...('is_locked' in row ? { is_locked: locked.has(row['is_locked'] as string) } : {}),
          ...(isSealedHash(sealed) ? { password_hash: await this.opened(sealed) } : {}),
        };
      }),
    );
  }

  private opened([userId, version, sealed]: SealedHash): Promise<string> {
    return this.passwords.openHash(userId, version, Buffer.from(sealed, 'hex'));
  }
}

/** As USER_LIST_HASH selects it. */
type SealedHash = readonly [userId: number, version: number, sealed: string];

function isSealedHash(value: unknown): value is SealedHash {
  return Array.isArray(value) && value.length === 3;
}

/** Whoever lacks it gets null, silently (rest-api §2.1). */
function mayReadHashes({ actor }: Ctx): boolean {
  return holds(actor, 'get_password_hash');
}
