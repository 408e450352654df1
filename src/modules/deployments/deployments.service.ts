import { Injectable } from '@nestjs/common';
import type { Listing } from '../../core/listing/listing.js';
import type { QueryValues } from '../../core/listing/query-values.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../platform/listing/list-queries.js';
import type { Condition } from '../../platform/listing/list-query.js';
import { DEPLOYMENT_LIST } from './deployment-list.js';
import { DeploymentConditions } from './listing/deployment-conditions.js';
import { DeploymentFolder } from './deployment-folder.js';
import { DeploymentViews } from './deployment-views.js';

/** Shows deployments (rest-api §3.2). */
@Injectable()
export class DeploymentsService {
  constructor(
    private readonly lists: ListQueries,
    private readonly views: DeploymentViews,
    private readonly conditions: DeploymentConditions,
    private readonly folder: DeploymentFolder,
  ) {}

  /** What the query asks for besides is added to the listing. @throws NotFoundError for what it names */
  async list(
    ctx: ReachCtx,
    listing: Listing,
    query: QueryValues,
    rules?: readonly Condition[],
  ): Promise<ListPage | JsonStream> {
    const { extra, isSearched } = await this.conditions.of(ctx, listing, query);
    return this.page(ctx, isSearched ? { ...listing, search: null } : listing, { extra, ...(rules ? { rules } : {}) });
  }

  /** Deployments under any conditions, as they go out. */
  page(
    ctx: ReachCtx,
    listing: Listing,
    options: { readonly extra?: readonly Condition[]; readonly rules?: readonly Condition[] },
  ): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, DEPLOYMENT_LIST, listing, {
      ...options,
      finish: (ctx, items) => this.views.finished(ctx, items),
    });
  }

  /** @throws NotFoundError */
  async get(
    ctx: TenantCtx,
    id: string,
    wanted: {
      readonly include: readonly string[] | null;
      readonly allSubDeployments: boolean;
      readonly workdir: boolean;
    },
  ): Promise<Item> {
    const view = await this.views.one(ctx, id, wanted.include);
    const item = wanted.allSubDeployments ? view : await this.views.ofDirectChildren(ctx, id, view);
    return wanted.workdir && 'workdir_zip' in item ? { ...item, workdir_zip: await this.folder.zipped(ctx, id) } : item;
  }
}
