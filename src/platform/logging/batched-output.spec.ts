import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { BatchedOutput } from './batched-output.js';

function output(): { readonly out: BatchedOutput; readonly read: () => string; readonly close: () => Promise<void> } {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-log-')), 'log');
  const descriptor = openSync(path, 'a');
  const out = new BatchedOutput(descriptor);
  return {
    out,
    read: () => readFileSync(path, 'utf8'),
    close: async () => {
      out.end();
      await once(out, 'finish');
      closeSync(descriptor);
    },
  };
}

describe('BatchedOutput', () => {
  it('keeps every line, whole and in order', async () => {
    const { out, read, close } = output();
    const lines = Array.from({ length: 5_000 }, (_, index) => `{"line":${index},"text":"${'x'.repeat(50)}"}`);
    for (const line of lines) out.write(`${line}\n`);
    await close();
    expect(read()).toBe(`${lines.join('\n')}\n`);
  });

  it('writes at once when asked to', async () => {
    const { out, read, close } = output();
    out.write('now\n');
    out.writeNow();
    expect(read()).toBe('now\n');
    await close();
  });

  it('drops what nobody could hold, and says how much', async () => {
    const { out, read, close } = output();
    const line = `${'y'.repeat(1024 * 1024 - 1)}\n`;
    for (let count = 0; count < 40; count += 1) out.write(line);
    await close();
    const text = read();
    expect(text.match(/y\n/g)?.length).toBeLessThan(40);
    expect(text).toMatch(/"log lines were dropped","lines":\d+/);
  });
});
