import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  bomb,
  bzip2Bomb,
  climbing,
  goodBlueprint,
  zip,
  type ArchiveKind,
} from '../../../test/support/archive-builder.js';
import { DEFAULT_ARCHIVE_LIMITS } from './archive-limits.js';
import { ArchiveUnpacker } from './archive-unpacker.js';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-unpacker-'));
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function staged(name: string, bytes: Buffer): Promise<{ archive: string; target: string }> {
  const [archive, target] = [join(home, `${name}.archive`), join(home, name)];
  await writeFile(archive, bytes);
  await mkdir(target);
  return { archive, target };
}

describe('ArchiveUnpacker', () => {
  it.each<ArchiveKind>(['zip', 'tar', 'tar.gz', 'tar.bz2'])('unpacks a %s in a thread', async (kind) => {
    const { archive, target } = await staged('good', goodBlueprint(kind));
    const report = await new ArchiveUnpacker().unpack(archive, target);
    expect(report).toMatchObject({ format: kind, files: 3, soleFolder: 'hello-world' });
    expect(await readdir(join(target, 'hello-world'))).toContain('blueprint.yaml');
  });

  it.each<ArchiveKind>(['zip', 'tar.gz'])(
    'writes of a %s only what is asked for, and judges the rest alike',
    async (kind) => {
      const only = ['hello.sh'];
      const { archive, target } = await staged('some', goodBlueprint(kind));
      const report = await new ArchiveUnpacker().unpack(archive, target, { only });
      expect(report).toMatchObject({ files: 3, soleFolder: 'hello-world' });
      expect((await readdir(target, { recursive: true })).filter((path) => /\.\w+$/.test(path))).toEqual([
        'hello-world/scripts/hello.sh',
      ]);
      const bad = await staged('bad', bomb(kind === 'zip' ? 'zip' : 'tar.gz'));
      await expect(new ArchiveUnpacker().unpack(bad.archive, bad.target, { only })).rejects.toMatchObject({
        reason: 'ratio',
      });
    },
  );

  it('brings refusals across the thread as they are', async () => {
    const { archive, target } = await staged('bad', climbing('tar'));
    await expect(new ArchiveUnpacker().unpack(archive, target)).rejects.toMatchObject({
      name: 'ArchiveRefusedError',
      code: 'bad_parameters_error',
      reason: 'path',
      message: 'Archive entry "../../outside.txt" climbs out of its folder',
    });
    expect(await readdir(target)).toEqual([]);
  });

  it('obeys the limits it was made with', async () => {
    const { archive, target } = await staged('many', goodBlueprint());
    const unpacker = new ArchiveUnpacker({ limits: { ...DEFAULT_ARCHIVE_LIMITS, maxEntries: 2 } });
    await expect(unpacker.unpack(archive, target)).rejects.toMatchObject({ reason: 'too-many-entries' });
  });

  it('ends a thread that takes too long, and empties its folder', async () => {
    const limits = { ...DEFAULT_ARCHIVE_LIMITS, maxRatio: 1e9 };
    const { archive, target } = await staged('slow', bomb('tar.gz', 200));
    const unpacker = new ArchiveUnpacker({ limits, timeoutMs: 1 });
    await expect(unpacker.unpack(archive, target)).rejects.toMatchObject({ reason: 'timeout', status: 400 });
    expect(await readdir(target)).toEqual([]);
  });

  it('ends a thread that takes too much memory, and lives on', async () => {
    const names = Array.from({ length: 49_000 }, (_, index) => ({
      name: String(index).padStart(200, 'n'),
      mode: 0o100644,
    }));
    const { archive, target } = await staged('hungry', zip(names));
    const unpacker = new ArchiveUnpacker({ memoryMb: 12 });
    await expect(unpacker.unpack(archive, target)).rejects.toMatchObject({ reason: 'memory', status: 400 });
    expect(await readdir(target)).toEqual([]);
    const next = await staged('next', goodBlueprint());
    expect(await new ArchiveUnpacker().unpack(next.archive, next.target)).toMatchObject({ files: 3 });
  });

  it('gives up when it is told to, with the reason it was told', async () => {
    const { archive, target } = await staged('aborted', bomb('tar.gz', 50));
    const limits = { ...DEFAULT_ARCHIVE_LIMITS, maxRatio: 1e9 };
    const controller = new AbortController();
    const work = new ArchiveUnpacker({ limits }).unpack(archive, target, { signal: controller.signal });
    controller.abort(new Error('shutting down'));
    await expect(work).rejects.toThrow('shutting down');
    expect(await readdir(target)).toEqual([]);
  });

  it('unpacks a few at a time and the others in turn', async () => {
    const unpacker = new ArchiveUnpacker({ workers: 2 });
    const jobs = await Promise.all(
      Array.from({ length: 7 }, (_, index) => staged(`job-${index}`, index % 3 === 2 ? climbing() : goodBlueprint())),
    );
    const results = await Promise.allSettled(jobs.map(({ archive, target }) => unpacker.unpack(archive, target)));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  it('leaves the event loop free while it decompresses', async () => {
    const { archive, target } = await staged('busy', bzip2Bomb());
    const unpacker = new ArchiveUnpacker({ limits: { ...DEFAULT_ARCHIVE_LIMITS, maxRatio: 1e9 } });
    const before = performance.eventLoopUtilization();
    await unpacker.unpack(archive, target);
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
  });

  it('hands on what is neither refusal nor full disk, with its code', async () => {
    const { archive } = await staged('nowhere', goodBlueprint());
    await expect(new ArchiveUnpacker().unpack(archive, join(home, 'missing'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
