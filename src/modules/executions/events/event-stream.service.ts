import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Readable } from 'node:stream';
import { CodelessError } from '../../../core/errors/app-error.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import { conditionsOf, withoutForeignKeys } from './event-list.js';
import type { EventQuery } from './event-query.js';
import { EventTail } from './event-tail.js';
import { EventsRepository } from './events.repository.js';
import { printPosition, type StreamPosition } from './stream-place.js';

/** Of one process. Each costs a transaction for each burst of events. */
const MOST_STREAMS = 64;
const MOST_OF_ONE_USER = 8;
/** What is held for a reader at a time; it is read on only when this has left. */
const BATCH_ROWS = 50;
const JUDGE_EVERY_MS = 5_000;
const HEARTBEAT_MS = 15_000;
const CLOSE_PATIENCE_MS = 1_000;

/** Who follows, and what. */
export interface EventReader {
  readonly query: EventQuery;
  /** Fields of an item; null for all. */
  readonly include: readonly string[] | null;
  /** Where to go on; null: with what comes from now on. */
  readonly from: StreamPosition | null;
  /** Judges the request anew. Rejects when it would not be let in now. */
  judge(): Promise<void>;
  /** Who is asking, as judged last. */
  ctx(): ReachCtx;
  /** Calls back once the reader has left. */
  onLeave(callback: () => void): void;
}

/** `GET /events/stream`: events as they are committed, by any process, as server-sent events. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  private readonly open = new Map<AbortController, { readonly userId: number; stream: Readable | null }>();
  private isClosed = false;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: EventsRepository,
    private readonly tail: EventTail,
  ) {}

  /** @throws CodelessError 429 or 503 when too many are open, 503 when the manager stops */
  async follow(reader: EventReader): Promise<Readable> {
    const { userId } = reader.ctx().actor;
    if (this.isClosed || this.open.size >= MOST_STREAMS)
      throw new CodelessError(503, 'Too many event streams are open');
    const own = [...this.open.values()].filter((other) => other.userId === userId);
    if (own.length >= MOST_OF_ONE_USER) throw new CodelessError(429, 'You have too many event streams open');
    const abort = new AbortController();
    this.open.set(abort, { userId, stream: null }); // takes its place before anything is awaited
    try {
      const from = reader.from ?? { seen: await this.now(reader.ctx()), current: null };
      const stream = Readable.from(this.frames(reader, from, abort.signal), { objectMode: false });
      this.open.set(abort, { userId, stream });
      // It closes only when the generator has returned, which may be waiting for events: that must be woken before.
      reader.onLeave(() => abort.abort());
      stream.once('close', () => this.open.delete(abort));
      return stream;
    } catch (error) {
      this.open.delete(abort);
      throw error;
    }
  }

  /** Ends every stream properly; a reader that does not read is cut off after a second. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const abort of this.open.keys()) abort.abort();
    const streams = [...this.open.values()].flatMap(({ stream }) => (stream ? [stream] : []));
    const patience = AbortSignal.timeout(CLOSE_PATIENCE_MS);
    patience.addEventListener('abort', () => streams.forEach((stream) => stream.destroy()), { once: true });
    await Promise.all(streams.map((stream) => new Promise<void>((resolve) => stream.once('close', resolve))));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private async *frames(reader: EventReader, from: StreamPosition, signal: AbortSignal): AsyncGenerator<Buffer> {
    const conditions = conditionsOf(reader.query);
    let position = from;
    let judgedAt = performance.now();
    let writtenAt = Number.NEGATIVE_INFINITY; // the first thing said is where the reader stands
    while (!signal.aborted) {
      if (performance.now() - judgedAt >= JUDGE_EVERY_MS) {
        try {
          await reader.judge();
        } catch {
          return; // the next request is told why
        }
        judgedAt = performance.now();
      }
      const { count } = this.tail;
      const batch = await this.batch(reader.ctx(), position, conditions);
      position = batch.position;
      if (batch.frames.length > 0) {
        yield framed(batch, reader.include);
        writtenAt = performance.now();
        if (!batch.isLast) continue;
      }
      if (performance.now() - writtenAt >= HEARTBEAT_MS) {
        yield Buffer.from(`: alive\nid: ${printPosition(position)}\n\n`);
        writtenAt = performance.now();
      }
      await this.tail.beyond(count, AbortSignal.any([signal, AbortSignal.timeout(JUDGE_EVERY_MS)]));
    }
  }

  private batch(ctx: ReachCtx, { seen, current }: StreamPosition, conditions: readonly Condition[]): Promise<Batch> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const upTo = current?.upTo ?? (await this.repository.snapshot(ctx));
      const after = current?.after ?? '0';
      const rows = await this.repository.follow(ctx, { seen, upTo, after }, conditions, BATCH_ROWS);
      const frames = rows.map((row) => {
        const place = String(row['_storage_id']);
        return { id: printPosition({ seen, current: { upTo, after: place } }), row, place };
      });
      const isLast = rows.length < BATCH_ROWS;
      const last = frames.at(-1)?.place ?? after;
      const position = isLast ? { seen: upTo, current: null } : { seen, current: { upTo, after: last } };
      return { frames, position, isLast };
    });
  }

  private now(ctx: ReachCtx): Promise<string> {
    return this.unitOfWork.run(ctx, (ctx) => this.repository.snapshot(ctx));
  }
}

interface Batch {
  readonly frames: readonly { readonly id: string; readonly row: Item }[];
  readonly position: StreamPosition;
  readonly isLast: boolean;
}

function framed({ frames }: Batch, include: readonly string[] | null): Buffer {
  const texts = frames.map(({ id, row }) => {
    const item = withoutForeignKeys(row);
    const shown =
      include === null ? item : Object.fromEntries(Object.entries(item).filter(([key]) => include.includes(key)));
    return `id: ${id}\ndata: ${JSON.stringify(shown)}\n\n`;
  });
  return Buffer.from(texts.join(''));
}
