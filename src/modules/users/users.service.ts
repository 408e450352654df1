import { Injectable } from '@nestjs/common';
import { ConflictError, IllegalActionError, NotFoundError } from '../../core/errors/app-error.js';
import { assertName } from '../../core/text/names.js';
import { BOOTSTRAP_ADMIN_ID } from '../../platform/access/actor-factory.js';
import { lockDirectory } from '../../platform/access/directory-lock.js';
import { Passwords } from '../../platform/access/passwords.js';
import { requireSystemPermission } from '../../platform/access/require-permission.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { Clock } from '../../platform/clock/clock.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { assertMayBeShutOut } from './account-rules.js';
import { DEFAULT_SYSTEM_ROLE, RolesService, SYSTEM_ADMINISTRATOR_ROLE } from './roles.service.js';
import { userEvent } from './user-event.js';
import type { UserAccount } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

export interface UserRef {
  readonly id: number;
  readonly username: string;
}

export interface NewUser {
  readonly username: string;
  readonly password: string;
  /** Whether `password` is a hash that was made elsewhere. */
  readonly isPrehashed: boolean;
  /** Null or empty: the default one. */
  readonly role: string | null;
  readonly restored: RestoredDates;
}

/** Dates of an account that is made again from a snapshot (rest-api §1.19); null: not given. */
interface RestoredDates {
  readonly createdAt: Date | null;
  readonly firstLoginAt: Date | null;
  readonly lastLoginAt: Date | null;
}

const FIRST_VERSION = 1;

/** Accounts: made, given a role, switched on and off, deleted (rest-api §2.1). Passwords: CredentialsService. */
@Injectable()
export class UsersService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: UsersRepository,
    private readonly roles: RolesService,
    private readonly passwords: Passwords,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the user's number
   * @throws BadParametersError for a bad name, password, hash or role
   * @throws ForbiddenError for dates without `set_timestamp`
   * @throws ConflictError when the name is taken, in any casing
   */
  async create(ctx: Ctx, user: NewUser): Promise<number> {
    assertName('username', user.username);
    this.passwords.assertAcceptable(user.password);
    const id = await this.unitOfWork.run(ctx, async (ctx) => {
      await this.roles.systemRole(ctx, user.role || DEFAULT_SYSTEM_ROLE);
      // Before the slow hash; the unique key decides in the end.
      if (await this.repository.byName(ctx, user.username))
        throw new ConflictError(`The user \`${user.username}\` already exists`);
      if (Object.values(user.restored).some((date) => date !== null)) requireSystemPermission(ctx, 'set_timestamp');
      return this.repository.nextId(ctx);
    });
    await this.insert(ctx, id, user);
    return id;
  }

  /**
   * User number 0 (rest-api §1.4), for start-up: it holds every permission whatever its role.
   * @param settle runs in the same transaction: nobody ever sees the account half made
   * @throws BadParametersError when the password is not acceptable
   * @throws ConflictError when it is there
   */
  async createBootstrapAdmin(
    ctx: Ctx,
    user: Pick<NewUser, 'username' | 'password'>,
    settle: (ctx: Ctx) => Promise<void>,
  ): Promise<void> {
    this.passwords.assertAcceptable(user.password);
    const restored = { createdAt: null, firstLoginAt: null, lastLoginAt: null };
    await this.insert(
      ctx,
      BOOTSTRAP_ADMIN_ID,
      { ...user, isPrehashed: false, role: SYSTEM_ADMINISTRATOR_ROLE, restored },
      settle,
    );
  }

  /**
   * @throws NotFoundError
   * @throws BadParametersError for a role that is none of the system's
   * @throws IllegalActionError when it would leave nobody active with the role of full control
   */
  async changeRole(ctx: Ctx, username: string, roleName: string): Promise<void> {
    await this.change(ctx, username, async (ctx, account) => {
      const role = await this.roles.systemRole(ctx, roleName);
      const before = await this.roles.nameOf(ctx, account.roleId);
      if (role.name !== SYSTEM_ADMINISTRATOR_ROLE) await this.assertNotLastAdministrator(ctx, account, before);
      await this.repository.setRole(ctx, account.id, role.id);
      return userEvent('user.update', 'update', account, { role: { before, after: role.name } });
    });
  }

  /** @throws NotFoundError */
  async changeShowGettingStarted(ctx: Ctx, username: string, show: boolean): Promise<void> {
    await this.change(ctx, username, async (ctx, account) => {
      await this.repository.setShowGettingStarted(ctx, account.id, show);
      return userEvent('user.update', 'update', account, {
        show_getting_started: { before: account.showGettingStarted, after: show },
      });
    });
  }

  /**
   * Felt by the user's next request, whatever its credentials.
   * @throws NotFoundError
   * @throws ConflictError when it is so already
   * @throws IllegalActionError for oneself, the bootstrap administrator, the last active system administrator
   */
  async setActive(ctx: Ctx, username: string, isActive: boolean): Promise<void> {
    await this.change(ctx, username, async (ctx, account) => {
      if (account.isActive === isActive) {
        throw new ConflictError(`The user \`${account.username}\` is already ${isActive ? 'active' : 'inactive'}`);
      }
      if (!isActive) {
        assertMayBeShutOut(ctx.actor, account, BOOTSTRAP_ADMIN_ID, 'deactivate');
        await this.assertNotLastAdministrator(ctx, account, await this.roles.nameOf(ctx, account.roleId));
      }
      await this.repository.setActive(ctx, account.id, isActive);
      return userEvent('user.set_active', 'update', account, { active: { before: !isActive, after: isActive } });
    });
  }

  /**
   * @throws NotFoundError
   * @throws IllegalActionError for oneself, the bootstrap administrator, the last active system administrator, and for
   * somebody who still belongs somewhere or made what is still there
   */
  async delete(ctx: Ctx, username: string): Promise<void> {
    await this.change(ctx, username, async (ctx, account) => {
      assertMayBeShutOut(ctx.actor, account, BOOTSTRAP_ADMIN_ID, 'delete');
      const role = await this.roles.nameOf(ctx, account.roleId);
      await this.assertNotLastAdministrator(ctx, account, role);
      await this.repository.delete(ctx, account);
      return userEvent('user.delete', 'delete', account, { role });
    });
  }

  /** In any casing. Runs in the open transaction. @throws NotFoundError */
  async byName(ctx: Ctx, username: string): Promise<UserRef> {
    const account = await this.repository.byName(ctx, username);
    if (!account) throw new NotFoundError('User', username);
    return account;
  }

  /** Whether the account with this number is there. Runs in the open transaction. */
  async exists(ctx: Ctx, id: number): Promise<boolean> {
    return (await this.repository.byId(ctx, id)) !== null;
  }

  private async insert(
    ctx: Ctx,
    id: number,
    user: NewUser,
    settle: (ctx: Ctx) => Promise<void> = async () => undefined,
  ): Promise<void> {
    const sealed = user.isPrehashed
      ? await this.passwords.sealPrehashed(id, FIRST_VERSION, user.password)
      : await this.passwords.hash(id, FIRST_VERSION, user.password);
    await this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const role = await this.roles.systemRole(ctx, user.role || DEFAULT_SYSTEM_ROLE);
      await this.repository.insert(ctx, {
        id,
        username: user.username,
        roleId: role.id,
        passwordSealed: sealed,
        createdAt: user.restored.createdAt ?? this.clock.now(),
        firstLoginAt: user.restored.firstLoginAt,
        lastLoginAt: user.restored.lastLoginAt,
      });
      await this.audit.record(
        ctx,
        userEvent('user.create', 'create', { id, username: user.username }, { role: role.name }),
      );
      await settle(ctx);
    });
  }

  /** One change of one account, alone in the directory, recorded with what `work` says of it. */
  private async change(
    ctx: Ctx,
    username: string,
    work: (ctx: Ctx, account: UserAccount) => Promise<ReturnType<typeof userEvent>>,
  ): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const account = await this.repository.byName(ctx, username);
      if (!account) throw new NotFoundError('User', username);
      await this.audit.record(ctx, await work(ctx, account));
    });
  }

  /** Holds under concurrency, since changes of the directory go one after the other. */
  private async assertNotLastAdministrator(ctx: Ctx, account: UserAccount, role: string): Promise<void> {
    if (role !== SYSTEM_ADMINISTRATOR_ROLE || !account.isActive) return;
    if (await this.repository.hasOtherActive(ctx, account.id, SYSTEM_ADMINISTRATOR_ROLE)) return;
    throw new IllegalActionError(
      `\`${account.username}\` is the last active user with the role ${SYSTEM_ADMINISTRATOR_ROLE}`,
    );
  }
}
