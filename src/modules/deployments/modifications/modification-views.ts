import { Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import { DeploymentModificationsRepository } from './deployment-modifications.repository.js';
import { MODIFICATION_LIST } from './modification-list.js';

const KEPT_AS_TEXT: readonly string[] = ['context', 'modified_nodes', 'node_instances'];

/** Modifications as they go out; what users wrote is passed on to the letter. */
@Injectable()
export class ModificationViews {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly modifications: DeploymentModificationsRepository,
  ) {}

  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, MODIFICATION_LIST, listing, { print: (ctx, item) => this.printed(ctx, item) });
  }

  /** @throws NotFoundError */
  async one(ctx: TenantCtx, id: string, include: readonly string[] | null = null): Promise<JsonStream> {
    const parts = await this.unitOfWork.run(ctx, async (ctx) => {
      const item = await this.lists.single(ctx, MODIFICATION_LIST, 'r.id', id, include);
      if (!item) throw new NotFoundError('DeploymentModification', printable(id));
      return Array.fromAsync(this.printed(ctx, item));
    });
    return new JsonStream(Readable.from(parts));
  }

  private async *printed(ctx: ReachCtx, item: Item): AsyncGenerator<string> {
    let before = '{';
    for (const [field, value] of Object.entries(item)) {
      yield `${before}${JSON.stringify(field)}:`;
      yield KEPT_AS_TEXT.includes(field) ? await this.textOf(ctx, field, value) : JSON.stringify(value);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  }

  private async textOf(ctx: ReachCtx, field: string, value: unknown): Promise<string> {
    if (typeof value !== 'string') return 'null';
    return field === 'node_instances' ? this.modifications.instancesText(ctx, value) : value;
  }
}
