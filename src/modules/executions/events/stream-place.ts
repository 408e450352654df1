import { BadParametersError } from '../../../core/errors/app-error.js';

/**
 * How far a reader of the stream has come. A transaction may commit after one that began later, so no number says what
 * was seen; a snapshot of PostgreSQL does: everything that it had committed, and nothing else.
 */
export interface StreamPosition {
  /** Everything in this snapshot was handed out; null: nothing was. */
  readonly seen: string | null;
  /** What is being handed out after that, in the order of the rows' numbers. */
  readonly current: { readonly upTo: string; readonly after: string } | null;
}

const LONGEST = 8_192;
const SNAPSHOT = /^\d{1,19}:\d{1,19}:(\d{1,19}(,\d{1,19})*)?$/;

/** As the id of an event on the stream. */
export function printPosition({ seen, current }: StreamPosition): string {
  return `${seen ?? ''};${current?.upTo ?? ''};${current?.after ?? ''}`;
}

/** What a client sends back as `Last-Event-ID`. @throws BadParametersError when it is none of ours */
export function readPosition(text: string): StreamPosition {
  const [seen = '', upTo = '', after = '', ...more] = text.length > LONGEST ? ['?'] : text.split(';');
  const isWhole = (upTo === '') === (after === '') && /^\d{0,18}$/.test(after) && more.length === 0;
  if (![seen, upTo].every((part) => part === '' || isRealSnapshot(part)) || !isWhole)
    throw new BadParametersError('`Last-Event-ID` is not the id of an event of this stream');
  return { seen: seen === '' ? null : seen, current: upTo === '' ? null : { upTo, after } };
}

/** `xmin:xmax:xip,…`, with the rules that PostgreSQL has for it. */
function isRealSnapshot(text: string): boolean {
  if (!SNAPSHOT.test(text)) return false;
  const [xmin = 0n, xmax = 0n] = text.split(':', 2).map((part) => BigInt(part));
  const list = text.slice(text.lastIndexOf(':') + 1);
  const running = list === '' ? [] : list.split(',').map((part) => BigInt(part));
  const isInOrder = running.every(
    (xid, index) => xid >= xmin && xid < xmax && (index === 0 || xid > (running[index - 1] ?? 0n)),
  );
  return xmin > 0n && xmin <= xmax && xmax < 2n ** 63n && isInOrder;
}
