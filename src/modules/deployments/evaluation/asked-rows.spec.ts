import { AskedRows } from './asked-rows.js';

describe('rows that are read as they are asked for', () => {
  it('takes few questions, however many rows are needed, and each row but once', async () => {
    const asked: string[] = [];
    const rows = new AskedRows<number>(
      (key) => {
        asked.push(key);
        return Promise.resolve(Number(key));
      },
      () => {
        asked.push('all');
        return Promise.resolve(new Map(Array.from({ length: 1_000 }, (_, n) => [String(n), n])));
      },
    );
    for (let n = 0; n < 1_000; n += 1) expect(await rows.get(String(n))).toBe(n);
    expect(await rows.get('0')).toBe(0);
    expect(await rows.get('nobody')).toBeUndefined();
    expect(asked).toEqual(['0', '1', '2', 'all']);
  });
});
