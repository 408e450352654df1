import { mkdtemp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RotatingFile } from './rotating-file.js';

describe('RotatingFile', () => {
  let folder: string;
  let file: string;
  const opened: RotatingFile[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-file-'));
    file = path.join(folder, 'audit.log');
  });

  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await rm(folder, { recursive: true, force: true });
  });

  function open(maxBytes = 100, backups = 3): RotatingFile {
    const one = new RotatingFile({ path: file, maxBytes, backups });
    opened.push(one);
    return one;
  }

  const linesOf = async (name: string): Promise<string[]> =>
    (await readFile(path.join(folder, name), 'utf8')).split('\n').slice(0, -1);

  it('renames the full file to .1, moves older ones up and lets the oldest go', async () => {
    const rotating = open();
    for (let number = 1; number <= 21; number += 1) await rotating.append([line(number)]);
    expect((await readdir(folder)).toSorted()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2', 'audit.log.3']);
    expect(await linesOf('audit.log')).toEqual([21].map(line));
    expect(await linesOf('audit.log.1')).toEqual([17, 18, 19, 20].map(line));
    expect(await linesOf('audit.log.3')).toEqual([9, 10, 11, 12].map(line));
  });

  it('keeps the lines of parallel callers whole and in one piece each', async () => {
    const rotating = open(1_000, 50);
    await Promise.all(
      Array.from({ length: 40 }, (_, caller) =>
        rotating.append(Array.from({ length: 10 }, (__, at) => line(caller * 10 + at))),
      ),
    );
    const names = (await readdir(folder)).toSorted();
    const all = (await Promise.all(names.map(linesOf))).flat();
    expect(all.toSorted()).toEqual(Array.from({ length: 400 }, (_, number) => line(number)));
  });

  it('never grows beyond the limit, except for a line that is longer by itself', async () => {
    const rotating = open(100, 50);
    await rotating.append([line(1), 'x'.repeat(500), line(2)]);
    expect(await linesOf('audit.log.1')).toEqual(['x'.repeat(500)]);
    expect(await linesOf('audit.log.2')).toEqual([line(1)]);
    expect(await linesOf('audit.log')).toEqual([line(2)]);
  });

  it('goes on in the file that is there, and rotates it when it is full', async () => {
    await writeFile(file, `${[1, 2, 3].map(line).join('\n')}\n`);
    const rotating = open();
    await rotating.append([line(4)]);
    await rotating.append([line(5)]);
    expect(await linesOf('audit.log.1')).toEqual([1, 2, 3, 4].map(line));
  });

  it('cuts the half of a line that a crash left, and only that', async () => {
    await writeFile(file, `${line(1)}\n${line(2).slice(0, 7)}`);
    await open().append([line(3)]);
    expect(await linesOf('audit.log')).toEqual([line(1), line(3)]);
  });

  it('cuts a torn line that is all there is', async () => {
    await writeFile(file, 'half a li');
    await open().append([line(1)]);
    expect(await linesOf('audit.log')).toEqual([line(1)]);
  });

  it('writes under its name when somebody moved or deleted the file', async () => {
    const rotating = open();
    await rotating.append([line(1)]);
    await rename(file, path.join(folder, 'taken'));
    await rotating.append([line(2)]);
    await rm(file);
    await rotating.append([line(3)]);
    expect(await linesOf('taken')).toEqual([line(1)]);
    expect(await linesOf('audit.log')).toEqual([line(3)]);
  });

  it('fails with the path in the message and goes on when the cause is gone', async () => {
    const rotating = open();
    await rotating.append([line(1)]);
    await rm(file);
    await mkdir(file);
    await expect(rotating.append([line(2)])).rejects.toThrow(file);
    await expect(rotating.append([line(2)])).rejects.toThrow(/cannot be written: EISDIR/);
    await rm(file, { recursive: true });
    await rotating.append([line(2)]);
    expect(await linesOf('audit.log')).toEqual([line(2)]);
  });

  it('says before anything starts that the place is no good', async () => {
    await writeFile(path.join(folder, 'plain'), '');
    const rotating = new RotatingFile({ path: path.join(folder, 'plain', 'audit.log'), maxBytes: 100, backups: 1 });
    await expect(rotating.assertWritable()).rejects.toThrow(path.join(folder, 'plain', 'audit.log'));
    await expect(open().assertWritable()).resolves.toBeUndefined();
  });

  it('shows the last lines, from the renamed file when the current one is still empty', async () => {
    const rotating = open();
    expect(await rotating.lastLines()).toEqual([]);
    await writeFile(`${file}.1`, `${line(1)}\n${line(2)}\n`);
    await writeFile(file, '');
    expect(await rotating.lastLines()).toEqual([line(1), line(2)]);
    await rotating.append([line(3)]);
    expect(await rotating.lastLines()).toEqual([line(3)]);
  });
});

/** 25 bytes with its end: four of them fill a file. */
function line(number: number): string {
  return String(number).padStart(24, '0');
}
