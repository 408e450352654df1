import { Injectable } from '@nestjs/common';
import { holds, holdsAsSystem } from '../../../core/access/actor.js';
import { NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { systemRolesOf } from '../../../platform/access/actor-factory.js';
import { Directory } from '../../../platform/access/directory.js';
import type { RequestAccess } from '../../../platform/access/request-access.js';
import { NO_REACH, type Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import { BrokerPasswordsService } from '../../tenants/broker-passwords.service.js';
import { ViewsRepository } from '../views.repository.js';
import { CREDENTIAL_FIELDS, tenantListFor, type TenantViewOptions } from './tenant-list.source.js';

const SEES_CREDENTIALS = 'tenant_rabbitmq_credentials';

/** May the broker's credentials of this tenant be shown? */
type Judgement = (tenantId: number) => boolean;

/** Tenants as answers show them (rest-api §2.3). */
@Injectable()
export class TenantViewsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly views: ViewsRepository,
    private readonly brokerPasswords: BrokerPasswordsService,
    private readonly directory: Directory,
  ) {}

  /**
   * All tenants with `all_tenants`, else the caller's own. The broker's credentials only where `_include` names them and
   * the caller may see them in that tenant.
   */
  async list(access: RequestAccess, listing: Listing): Promise<ListPage | JsonStream> {
    const { ctx, principal } = access;
    const credentials = namesCredentials(listing);
    const judge = credentials ? await this.judgementOf(access) : () => false;
    const extra: Condition[] = holdsAsSystem(ctx.actor, 'all_tenants')
      ? []
      : [(parameters) => `r.id = ANY (${parameters.add([...principal.memberships.keys()])}::int[])`];
    const source = tenantListFor({ getData: listing.getData, credentials });
    return this.lists.page({ ...ctx, reach: NO_REACH }, source, listing, {
      extra,
      ...(credentials ? { finish: (_ctx, items) => this.opened(items, judge) } : {}),
    });
  }

  /** The tenant of the path, with the broker's credentials for those who may see them. @throws NotFoundError */
  async ofPath(ctx: Ctx, tenant: { readonly id: number; readonly name: string }, getData: boolean): Promise<Item> {
    const credentials = holds(ctx.actor, SEES_CREDENTIALS);
    const view = await this.byId(ctx, tenant.id, { getData, credentials });
    const [opened] = await this.opened([view], () => credentials);
    if (!opened) throw new NotFoundError('Tenant', tenant.name);
    return opened;
  }

  /** What changes answer: never the credentials. @throws NotFoundError */
  afterChange(ctx: Ctx, id: number, getData: boolean): Promise<Item> {
    return this.byId(ctx, id, { getData, credentials: false });
  }

  private byId(ctx: Ctx, id: number, options: TenantViewOptions): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const row = await this.views.single(ctx, tenantListFor(options), 'r.id', id);
      if (!row) throw new NotFoundError('Tenant', ctx.tenantName ?? String(id));
      return row;
    });
  }

  private async judgementOf({ ctx, glimpse, principal }: RequestAccess): Promise<Judgement> {
    if (holdsAsSystem(ctx.actor, SEES_CREDENTIALS)) return () => true;
    const matrix = await this.directory.matrix(glimpse.state.accessVersion);
    const systemRoles = systemRolesOf(principal);
    return (tenantId) => {
      const roles = principal.memberships.get(tenantId)?.roles ?? [];
      return matrix.permissionsOf([...systemRoles, ...roles]).has(SEES_CREDENTIALS);
    };
  }

  private opened(rows: readonly Item[], judge: Judgement): Promise<Item[]> {
    return Promise.all(
      rows.map(async (row) => {
        const open: Record<string, unknown> = { ...row };
        for (const field of CREDENTIAL_FIELDS) {
          if (field in open) open[field] = await this.openedField(open[field], judge);
        }
        return open;
      }),
    );
  }

  private async openedField(value: unknown, judge: Judgement): Promise<string | null> {
    if (!isToBeJudged(value)) return null;
    const [tenantId, second, sealed] = value;
    if (!judge(tenantId)) return null;
    if (typeof second === 'string') return second;
    return sealed ? this.brokerPasswords.open({ tenantId, version: second, sealed: Buffer.from(sealed, 'hex') }) : null;
  }
}

/** As the list source selects them: a tenant's number and a text, or the version and bytes of a sealed one. */
type ToBeJudged = readonly [tenantId: number, second: string | number, sealed?: string | null];

function isToBeJudged(value: unknown): value is ToBeJudged {
  return Array.isArray(value) && value.length >= 2;
}

export function namesCredentials(listing: Listing): boolean {
  return CREDENTIAL_FIELDS.some((field) => listing.include?.includes(field));
}
