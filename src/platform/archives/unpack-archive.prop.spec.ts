import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { goodBlueprint, tar, zip, type ArchiveKind } from '../../../test/support/archive-builder.js';
import { DEFAULT_ARCHIVE_LIMITS } from './archive-limits.js';
import { ArchiveRefusedError } from './archive-refused-error.js';
import { unpackArchive } from './unpack-archive.js';

const SEED = 20_260_102;
/** Every run unpacks real files; HOLDFAST_TEST_LONG=1 takes minutes. */
const IS_LONG = process.env['HOLDFAST_TEST_LONG'] === '1';
const RUNS = IS_LONG ? 5_000 : 150;
if (IS_LONG) jest.setTimeout(1_800_000);
/** Damaged archives must not cost more than honest ones. */
const LIMITS = { ...DEFAULT_ARCHIVE_LIMITS, maxUnpackedBytes: 8 * 1024 * 1024 };

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-fuzz-'));
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

/** Unpacks in a fresh folder with a neighbour that nothing may touch; returns what is there afterwards. */
async function unpackAfresh(bytes: Buffer): Promise<{ error: unknown; found: string[]; around: string[] }> {
  const place = await mkdtemp(join(home, 'run-'));
  const [archive, target] = [join(place, 'archive'), join(place, 'target')];
  await mkdir(target);
  await writeFile(archive, bytes);
  const error: unknown = await unpackArchive(archive, target, LIMITS).then(
    () => null,
    (reason: unknown) => reason,
  );
  const found = await readdir(target, { recursive: true });
  const around = await readdir(place);
  await rm(place, { recursive: true });
  return { error, found: found.toSorted(), around: around.toSorted() };
}

type Mutation = (bytes: Buffer) => Buffer;
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(255)).map(
    ([at, value]): Mutation =>
      (bytes) =>
        withByte(bytes, at, value),
  ),
  fc.tuple(fc.nat(), fc.nat(7)).map(
    ([at, bit]): Mutation =>
      (bytes) =>
        withByte(bytes, at, (bytes[at % bytes.length] ?? 0) ^ (1 << bit)),
  ),
  fc.nat().map(
    (at): Mutation =>
      (bytes) =>
        bytes.subarray(0, at % bytes.length),
  ),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 20 })).map(([at, more]): Mutation => (bytes) => {
    const place = at % bytes.length;
    return Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place)]);
  }),
  fc.tuple(fc.nat(), fc.nat(), fc.nat(2000)).map(([from, to, length]): Mutation => (bytes) => {
    const copy = Buffer.from(bytes);
    bytes.copy(copy, to % bytes.length, from % bytes.length, Math.min((from % bytes.length) + length, bytes.length));
    return copy;
  }),
);

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at % bytes.length] = value;
  return copy;
}

function mutated(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  return mutations.reduce((current, mutate) => (current.length === 0 ? current : mutate(current)), bytes);
}

describe('unpackArchive, under damage', () => {
  it.each<ArchiveKind | 'tar in gzip'>(['zip', 'tar', 'tar.gz', 'tar.bz2', 'tar in gzip'])(
    'opens a damaged %s or refuses it, and leaves nothing of a refused one',
    async (kind) => {
      // In the last, the damage lies under an intact compression, or its checksum would see to it.
      const good = kind === 'tar in gzip' ? goodBlueprint('tar') : goodBlueprint(kind);
      await fc.assert(
        fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
          const damaged = mutated(good, mutations);
          const { error, found, around } = await unpackAfresh(kind === 'tar in gzip' ? gzipSync(damaged) : damaged);
          expect(around).toEqual(['archive', 'target']);
          const isOpened = error === null;
          const isRefused = error instanceof ArchiveRefusedError && found.length === 0;
          expect(isOpened || isRefused).toBe(true);
        }),
        { seed: SEED, numRuns: RUNS },
      );
    },
  );

  it('refuses or opens random bytes behind each magic', async () => {
    const magics = [[0x50, 0x4b, 3, 4], [0x50, 0x4b, 5, 6], [0x1f, 0x8b, 8, 0], [...Buffer.from('BZh91AY&SY')]];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 600 }), async (magic, bytes) => {
        const { error, around } = await unpackAfresh(Buffer.concat([Buffer.from(magic), bytes]));
        expect(error).toBeInstanceOf(ArchiveRefusedError);
        expect(around).toEqual(['archive', 'target']);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

describe('unpackArchive, on honest archives', () => {
  const files = fc.uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-c]{1,2}\/[a-zü]{1,40}\/[a-zü]{1,50}\.[a-z]{1,3}$/),
      content: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
    }),
    { selector: (file) => file.name, maxLength: 6 },
  );

  it('writes exactly what was packed, as tar-stream reads it too', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (parts) => {
        fc.pre(parts.every(({ name }) => Buffer.byteLength(name) <= 100) && parts.length > 0);
        const whole = tar(parts);
        const expected = new Map(parts.map(({ name, content }) => [name, content]));
        expect(await readBack(gzipSync(whole))).toEqual(expected);
        expect(await readBack(zip(parts))).toEqual(expected);
        expect(await readWithTarStream(whole)).toEqual(expected);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
});

async function readBack(bytes: Buffer): Promise<Map<string, Buffer>> {
  const place = await mkdtemp(join(home, 'honest-'));
  await mkdir(join(place, 'target'));
  await writeFile(join(place, 'archive'), bytes);
  await unpackArchive(join(place, 'archive'), join(place, 'target'));
  const found = new Map<string, Buffer>();
  for (const entry of await readdir(join(place, 'target'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.set(path.slice(join(place, 'target').length + 1), await readFile(path));
  }
  await rm(place, { recursive: true });
  return found;
}

async function readWithTarStream(bytes: Buffer): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const reader = extract();
  reader.end(bytes);
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found.set(entry.header.name, Buffer.concat(chunks));
  }
  return found;
}
