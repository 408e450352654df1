import { text } from 'node:stream/consumers';
import { ReaderPlaces } from './reader-places.js';
import { SlowlyRead } from './slowly-read.js';

const MANY = 'x'.repeat(100_000);

describe('a text that is slowly read', () => {
  it('comes whole, and leaves no listener behind for each pause', async () => {
    const out = new SlowlyRead();
    const read = text(out.stream);
    const listeners = out.stream.listenerCount('close');
    for (let part = 0; part < 50; part += 1) await out.write(MANY);
    expect(out.stream.listenerCount('close')).toBe(listeners);
    out.end('!');
    expect(await read).toHaveLength(50 * MANY.length + 1);
  });

  it('ends when the reader goes away, stalls, or takes too long in all', async () => {
    const left = new SlowlyRead();
    const writing = left.write(MANY);
    left.stream.destroy();
    await expect(writing).rejects.toThrow('The client went away.');
    await expect(left.write('x')).rejects.toThrow('The client went away.');

    const stalled = new SlowlyRead({ stalledMs: 5, longestMs: 60_000 });
    await expect(stalled.write(MANY)).rejects.toThrow(/abort|timeout/i);
    const endless = new SlowlyRead({ stalledMs: 60_000, longestMs: 5 });
    await expect(endless.write(MANY)).rejects.toThrow(/abort|timeout/i);
  });

  it('fails without anybody listening, and does not end the process', async () => {
    const out = new SlowlyRead();
    out.fail('no error but a text');
    await new Promise((resolve) => out.stream.on('close', resolve));
    expect(out.stream.errored?.message).toBe('no error but a text');
  });
});

describe('places for readers', () => {
  it('are given in order, and go to the next when one is left', async () => {
    const places = new ReaderPlaces(2);
    const order: number[] = [];
    const all = [1, 2, 3, 4].map((reader) => places.enter().then(() => order.push(reader)));
    await Promise.all(all.slice(0, 2));
    expect(order).toEqual([1, 2]);
    places.leave();
    await all[2];
    places.leave();
    await all[3];
    expect(order).toEqual([1, 2, 3, 4]);
    for (let left = 0; left < 2; left += 1) places.leave();
    await Promise.all([places.enter(), places.enter()]);
  });

  it('are one at least', async () => {
    await expect(new ReaderPlaces(0).enter()).resolves.toBeUndefined();
  });
});
