import { Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { unfoldPlan } from '../../../core/dsl/folded-plan.js';
import { JsonStream } from '../../../platform/http/json-stream.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import { SlowlyRead } from '../../../platform/listing/slowly-read.js';
import { FairTurns } from '../../../platform/threads/fair-turns.js';
import { unpack } from './stored-plan.js';

/** What of a stored plan may be in memory for each who asks, and what is sent without a place of one's own. */
const LARGE_PACKED_BYTES = 1024 * 1024;
/** Shared parts are in memory, however small they were when packed. */
const LARGE_FOLDED_BYTES = 8 * 1024 * 1024;
const LARGE_WIRE_BYTES = 64 * 1024 * 1024;
/** Large ones are sent to so many at once: a slow reader keeps one in memory for minutes. */
const LARGE_READERS = 4;
const MAX_WAITING = 10_000;

export interface PlanSize {
  /** As it is stored. */
  readonly packedBytes: number;
  /** Unpacked, with what nodes share once. */
  readonly foldedBytes: number;
  /** As JSON, unfolded. */
  readonly wireBytes: number;
}

export interface PlanSource {
  readonly size: PlanSize;
  /** The stored plan, or null when it is gone meanwhile. Asked for only when it is this reader's turn. */
  readonly open: () => Promise<Uint8Array | null>;
}

export function isLarge({ packedBytes, foldedBytes, wireBytes }: PlanSize): boolean {
  return packedBytes > LARGE_PACKED_BYTES || foldedBytes > LARGE_FOLDED_BYTES || wireBytes > LARGE_WIRE_BYTES;
}

/** Blueprints as JSON with their plans, which are unpacked and unfolded while they are sent: nothing holds all of one. */
@Injectable()
export class PlanTexts {
  private readonly large = new FairTurns(LARGE_READERS, MAX_WAITING);

  /**
   * The answer for one blueprint. Ends when the reader goes away, stalls, or takes too long.
   * @param userId who reads: nobody takes all places of large plans
   */
  answer(item: Item, plan: PlanSource, userId: number): JsonStream {
    const out = new SlowlyRead();
    this.write(item, plan, userId, out).catch((error: unknown) => out.fail(error));
    return new JsonStream(out.stream);
  }

  /** The JSON of an item, the field `plan` last. */
  async *text(item: Item, folded: Uint8Array): AsyncGenerator<string | Uint8Array> {
    const head = JSON.stringify(item).slice(0, -1);
    yield `${head}${head === '{' ? '' : ','}"plan":`;
    for await (const chunk of unfoldPlan(unpack(folded))) {
      yield chunk;
      // To a reader as fast as we are, megabytes would go out in one turn, and everybody else would wait for them.
      await nextTurn();
    }
    yield '}';
  }

  private async write(item: Item, plan: PlanSource, userId: number, out: SlowlyRead): Promise<void> {
    const send = async (): Promise<void> => {
      const folded = await plan.open();
      if (folded === null) await out.write(JSON.stringify({ ...item, plan: null }));
      else for await (const text of this.text(item, folded)) await out.write(text);
      out.end('');
    };
    if (!isLarge(plan.size)) return send();
    const gone = new AbortController();
    out.stream.once('close', () => gone.abort(new Error('The client went away.')));
    return this.large.take(userId, gone.signal, send);
  }
}
