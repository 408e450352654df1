import { Injectable } from '@nestjs/common';
import { unfoldPlan } from '../../../core/dsl/folded-plan.js';
import { JsonStream } from '../../../platform/http/json-stream.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import { ReaderPlaces } from '../../../platform/listing/reader-places.js';
import { SlowlyRead } from '../../../platform/listing/slowly-read.js';
import { unpack, unpackedLength } from './stored-plan.js';

/** Folded, a plan of 10,000 nodes has about as much. Larger ones are sent to a few at a time: shared parts are in memory. */
const LARGE_BYTES = 8 * 1024 * 1024;
const LARGE_READERS = 4;

/** Blueprints as JSON with their plans, which are unpacked and unfolded while they are sent: nothing holds all of one. */
@Injectable()
export class PlanTexts {
  private readonly readers = new ReaderPlaces(LARGE_READERS);

  /** The answer for one blueprint. Ends when the reader goes away, stalls, or takes too long. */
  answer(item: Item, folded: Uint8Array): JsonStream {
    const out = new SlowlyRead();
    this.write(item, folded, out).catch((error: unknown) => out.fail(error));
    return new JsonStream(out.stream);
  }

  /** The JSON of an item, the field `plan` last. */
  async *text(item: Item, folded: Uint8Array): AsyncGenerator<string | Uint8Array> {
    const head = JSON.stringify(item).slice(0, -1);
    yield `${head}${head === '{' ? '' : ','}"plan":`;
    yield* unfoldPlan(unpack(folded));
    yield '}';
  }

  private async write(item: Item, folded: Uint8Array, out: SlowlyRead): Promise<void> {
    const isLarge = unpackedLength(folded) > LARGE_BYTES;
    if (isLarge) await this.readers.enter();
    try {
      for await (const text of this.text(item, folded)) await out.write(text);
      out.end('');
    } finally {
      if (isLarge) this.readers.leave();
    }
  }
}
