import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { unpackArchive } from './unpack-archive.js';
import { zipFiles, type ZippedFile } from './zip-writer.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-zip-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string, size = Buffer.byteLength(content)): ZippedFile => ({
  name,
  size,
  open: () => Promise.resolve(Readable.from([Buffer.from(content)])),
});

describe('a zip that is written while it is read', () => {
  it('has the length that it said, and unpacks by our rules to what went in', async () => {
    const { stream, bytes } = zipFiles([
      file('a.txt', 'one'),
      file('größe/b.txt', 'two'.repeat(10_000)),
      file('c', ''),
    ]);
    const whole = await buffer(stream);
    expect(whole.length).toBe(bytes);
    const path = join(folder, 'x.zip');
    writeFileSync(path, whole);
    const target = mkdtempSync(join(folder, 'out-'));
    await unpackArchive(path, target);
    expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('one');
    expect(readFileSync(join(target, 'größe/b.txt'), 'utf8')).toBe('two'.repeat(10_000));
    expect(readFileSync(join(target, 'c'), 'utf8')).toBe('');
  });

  it('is one for another reader, too', async () => {
    const path = join(folder, 'x.zip');
    writeFileSync(path, await buffer(zipFiles([file('a.txt', 'one'), file('b.txt', '')]).stream));
    const script = `
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print(z.testzip(), z.namelist(), z.read('a.txt'))`;
    expect(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' }).trim()).toBe(
      "None ['a.txt', 'b.txt'] b'one'",
    );
  });

  it.each([
    ['shorter', 5],
    ['longer', 2],
  ])('fails when a file has become %s or the reverse', async (_what, size) => {
    await expect(buffer(zipFiles([file('a', 'one', size)]).stream)).rejects.toThrow('A file changed');
  });

  it('is refused where its old form has no room', () => {
    expect(() => zipFiles([file('a', '', 0xffff_ffff)])).toThrow('too large');
  });
});
