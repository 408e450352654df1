import { Injectable } from '@nestjs/common';
import type { Listing } from '../../core/listing/listing.js';
import { AppConfig } from '../config/config.js';
import type { ReachCtx, TenantCtx } from '../context/ctx.js';
import { queryRows } from '../database/tx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { JsonStream } from '../http/json-stream.js';
import { countStatement, pageStatement, singleStatement, type Condition } from './list-query.js';
import type { ListSource } from './list-source.js';
import { ReaderPlaces } from './reader-places.js';
import { SlowlyRead } from './slowly-read.js';

export type Item = Record<string, unknown>;

/** A list answer (rest-api §1.11). */
export interface ListPage {
  readonly items: readonly Item[];
  readonly metadata: ListMetadata;
}

export interface ListMetadata {
  readonly pagination: { readonly total: number; readonly size: number; readonly offset: number };
  /** How many visible items filter rules excluded; null without rules, absent where the resource has no such thing. */
  readonly filtered?: number | null;
}

export interface PageOptions {
  /** Conditions on top of the request's own. */
  readonly extra?: readonly Condition[];
  /** Conditions whose exclusions are counted in `metadata.filtered`: filter rules. */
  readonly rules?: readonly Condition[];
  /** Finishes an item: what SQL alone cannot say. */
  readonly toItem?: (row: Item) => Item;
  /** Finishes a batch of items where that takes a question more, such as which accounts are locked. Runs in the list's transaction. */
  readonly finish?: (ctx: ReachCtx, items: readonly Item[]) => Promise<readonly Item[]>;
  /** The JSON of an item that may be too large to be held; such a page is always streamed. Runs in the list's transaction. */
  readonly print?: (ctx: ReachCtx, item: Item) => AsyncIterable<string | Uint8Array>;
}

/** Pages beyond this many rows are read with a cursor and streamed, so that memory stays bounded (security-design §8). */
const STREAM_ABOVE_ROWS = 2_000;
const CURSOR_BATCH_ROWS = 500;

const EVERYTHING: Listing = {
  size: 0,
  offset: 0,
  everything: true,
  include: null,
  sort: [],
  search: null,
  filters: [],
  getData: false,
};

/** The list machinery: one implementation of paging, sorting, projection, search and filters for every resource. */
@Injectable()
export class ListQueries {
  private readonly readers: ReaderPlaces;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    config: AppConfig,
  ) {
    // Each holds a connection for as long as its client reads; the others are for everybody else.
    this.readers = new ReaderPlaces(Math.floor(config.databasePoolSize / 4));
  }

  async page(
    ctx: ReachCtx,
    source: ListSource,
    listing: Listing,
    options: PageOptions = {},
  ): Promise<ListPage | JsonStream> {
    const limit = listing.everything ? null : listing.size;
    const offset = listing.everything ? 0 : listing.offset;
    if (options.print) {
      const extra = [...(options.extra ?? []), ...(options.rules ?? [])];
      await this.readers.enter();
      return this.streamed(ctx, source, listing, options, extra, limit, offset);
    }
    if (limit === null || limit > STREAM_ABOVE_ROWS) return this.large(ctx, source, listing, options, limit, offset);

    return this.unitOfWork.run(ctx, async (ctx) => {
      const extra = [...(options.extra ?? []), ...(options.rules ?? [])];
      const rows = limit === 0 ? [] : await this.rows(ctx, source, listing, extra, limit + 1, offset);
      // The row beyond the page tells whether there is anything left to count.
      const isLast = rows.length <= limit && (rows.length > 0 || offset === 0) && limit > 0;
      const total = isLast ? offset + rows.length : await this.count(ctx, source, listing, extra);
      const items = rows.length > limit ? rows.slice(0, limit) : rows;
      return {
        items: await finished(ctx, items, options),
        metadata: await this.metadata(ctx, source, listing, options, total),
      };
    });
  }

  /** One visible row, or null: hidden and absent are the same here. Runs in the open transaction. */
  async single(
    ctx: TenantCtx,
    source: ListSource,
    column: string,
    value: unknown,
    include: readonly string[] | null = null,
  ): Promise<Item | null> {
    const { text, parameters } = singleStatement(ctx, source, column, value, include);
    const [row] = await queryRows<Item>(ctx, text, parameters);
    return row ?? null;
  }

  /** The visible rows whose column has one of these values. Runs in the open transaction. */
  async rowsAmong(ctx: ReachCtx, source: ListSource, column: string, values: readonly string[]): Promise<Item[]> {
    const extra: Condition = (parameters) => `${column} = ANY (${parameters.add(values)}::text[])`;
    return this.rows(ctx, source, EVERYTHING, [extra], null, 0);
  }

  private rows(
    ctx: ReachCtx,
    source: ListSource,
    listing: Listing,
    extra: readonly Condition[],
    limit: number | null,
    offset: number,
  ): Promise<Item[]> {
    const { text, parameters } = pageStatement(ctx, source, listing, { extra, limit, offset });
    return queryRows<Item>(ctx, text, parameters);
  }

  private async count(
    ctx: ReachCtx,
    source: ListSource,
    listing: Listing,
    extra: readonly Condition[],
  ): Promise<number> {
    const { text, parameters } = countStatement(ctx, source, listing, extra);
    const [row] = await queryRows<{ total: number }>(ctx, text, parameters);
    return row?.total ?? 0;
  }

  private async metadata(
    ctx: ReachCtx,
    source: ListSource,
    listing: Listing,
    options: PageOptions,
    total: number,
  ): Promise<ListMetadata> {
    const pagination = { total, size: listing.size, offset: listing.offset };
    if (source.withoutFiltered) return { pagination };
    const filtered = options.rules ? (await this.count(ctx, source, listing, options.extra ?? [])) - total : null;
    return { pagination, filtered };
  }

  /** A page that may be large: what is small all the same is answered at once, the rest as a stream. */
  private async large(
    ctx: ReachCtx,
    source: ListSource,
    listing: Listing,
    options: PageOptions,
    limit: number | null,
    offset: number,
  ): Promise<ListPage | JsonStream> {
    const extra = [...(options.extra ?? []), ...(options.rules ?? [])];
    const small = await this.unitOfWork.run(ctx, async (ctx) => {
      const total = await this.count(ctx, source, listing, extra);
      if (Math.min(limit ?? total, total - offset) > STREAM_ABOVE_ROWS) return null;
      const rows = total <= offset ? [] : await this.rows(ctx, source, listing, extra, limit ?? total, offset);
      const metadata = await this.metadata(ctx, source, listing, options, total);
      return { items: await finished(ctx, rows, options), metadata };
    });
    if (small) return small;
    await this.readers.enter();
    return this.streamed(ctx, source, listing, options, extra, limit, offset);
  }

  /** Written while it is read: the transaction lasts as long as the client reads, which has its limits. */
  private async streamed(
    ctx: ReachCtx,
    source: ListSource,
    listing: Listing,
    options: PageOptions,
    extra: readonly Condition[],
    limit: number | null,
    offset: number,
  ): Promise<JsonStream> {
    const out = new SlowlyRead();
    const started = Promise.withResolvers<void>();
    this.unitOfWork
      .run(ctx, async (ctx) => {
        const total = await this.count(ctx, source, listing, extra);
        const metadata = await this.metadata(ctx, source, listing, options, total);
        const { text, parameters } = pageStatement(ctx, source, listing, { extra, limit, offset });
        await queryRows(ctx, `DECLARE hf_page NO SCROLL CURSOR FOR ${text}`, parameters);
        started.resolve();
        await out.write(`{"metadata":${JSON.stringify(metadata)},"items":[`);
        let separator = '';
        for (;;) {
          const rows = await queryRows<Item>(ctx, `FETCH ${CURSOR_BATCH_ROWS} FROM hf_page`);
          if (rows.length === 0) break;
          const items = await finished(ctx, rows, options);
          await out.write(separator);
          for await (const part of printed(ctx, items, options)) await out.write(part);
          separator = ',';
        }
        out.end(']}');
      })
      .catch((error: unknown) => {
        started.reject(error); // has no effect once the answer is under way
        out.fail(error);
      })
      .finally(() => this.readers.leave());
    await started.promise;
    return new JsonStream(out.stream);
  }
}

/** A batch of items as JSON, with commas between them. */
async function* printed(
  ctx: ReachCtx,
  items: readonly Item[],
  { print }: PageOptions,
): AsyncGenerator<string | Uint8Array> {
  if (!print) {
    yield items.map((item) => JSON.stringify(item)).join(',');
    return;
  }
  let separator = '';
  for (const item of items) {
    if (separator !== '') yield separator;
    yield* print(ctx, item);
    separator = ',';
  }
}

async function finished(
  ctx: ReachCtx,
  rows: readonly Item[],
  { toItem, finish }: PageOptions,
): Promise<readonly Item[]> {
  const items = toItem ? rows.map(toItem) : rows;
  return finish ? finish(ctx, items) : items;
}
