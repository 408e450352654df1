import { Injectable } from '@nestjs/common';
import { BadParametersError, ConflictError, IllegalActionError, NotFoundError } from '../../core/errors/app-error.js';
import { lockDirectory } from '../../platform/access/directory-lock.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { Clock } from '../../platform/clock/clock.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { TenantKeys } from '../../platform/vault/tenant-keys.js';
import { BrokerPasswordsService } from './broker-passwords.service.js';
import { assertTenantName } from './tenant-name.js';
import { TenantsRepository } from './tenants.repository.js';

export const DEFAULT_TENANT = { id: 0, name: 'default_tenant' } as const;

const FIRST_VERSION = 1;
const MAX_BROKER_PASSWORD_LENGTH = 256;

/** Tenants come and go (rest-api §2.3). Who belongs to them is the business of modules/groups. */
@Injectable()
export class TenantsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: TenantsRepository,
    private readonly brokerPasswords: BrokerPasswordsService,
    private readonly keys: TenantKeys,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * @param brokerPassword empty or null: one is made
   * @returns the tenant's number
   * @throws BadParametersError for a name that is none
   * @throws ConflictError when the name is taken
   */
  async create(ctx: Ctx, name: string, brokerPassword: string | null = null): Promise<number> {
    assertTenantName(name);
    assertBrokerPassword(brokerPassword);
    const id = await this.unitOfWork.run(ctx, async (ctx) => {
      if (await this.repository.byName(ctx, name)) throw new ConflictError(`The tenant \`${name}\` already exists`);
      return this.repository.nextId(ctx);
    });
    await this.insert(ctx, id, name, brokerPassword);
    return id;
  }

  /** The tenant that always exists; does nothing when it does. For start-up. */
  async ensureDefault(ctx: Ctx): Promise<void> {
    const isThere = await this.unitOfWork.run(ctx, (ctx) => this.repository.byId(ctx, DEFAULT_TENANT.id));
    if (isThere) return;
    try {
      await this.insert(ctx, DEFAULT_TENANT.id, DEFAULT_TENANT.name, null);
    } catch (error) {
      // Another replica that starts at the same time was faster.
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  /**
   * Deletes a tenant, its associations, its history of executions and its keys: what was sealed for it opens never again,
   * except with a backup of the whole database and the root key.
   * @throws NotFoundError
   * @throws IllegalActionError for the default tenant
   * @throws ConflictError while it has resources of any kind
   */
  async delete(ctx: Ctx, name: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const tenant = await this.repository.byName(ctx, name);
      if (!tenant) throw new NotFoundError('Tenant', name);
      if (tenant.id === DEFAULT_TENANT.id) throw new IllegalActionError(`The tenant \`${name}\` cannot be deleted`);
      await this.keys.shred(ctx, tenant.id);
      await this.repository.delete(ctx, tenant);
      await this.audit.record(ctx, {
        action: 'tenant.delete',
        operation: 'delete',
        outcome: 'success',
        refTable: 'tenants',
        refId: tenant.id,
        refIdentifier: { name },
      });
    });
  }

  private async insert(ctx: Ctx, id: number, name: string, brokerPassword: string | null): Promise<void> {
    const password = brokerPassword || this.brokerPasswords.generate();
    const sealed = await this.brokerPasswords.seal(id, FIRST_VERSION, password);
    await this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      await this.repository.insert(ctx, {
        id,
        name,
        rabbitmqUsername: `rabbitmq_user_${name}`,
        rabbitmqVhost: `rabbitmq_vhost_${name}`,
        rabbitmqPasswordSealed: sealed,
        createdAt: this.clock.now(),
      });
      await this.audit.record(ctx, {
        action: 'tenant.create',
        operation: 'create',
        outcome: 'success',
        refTable: 'tenants',
        refId: id,
        refIdentifier: { name },
      });
    });
  }
}

function assertBrokerPassword(password: string | null): void {
  if (password !== null && password.length > MAX_BROKER_PASSWORD_LENGTH) {
    throw new BadParametersError(`\`rabbitmq_password\` is longer than ${MAX_BROKER_PASSWORD_LENGTH} characters`);
  }
}
