import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  absolute,
  BLUEPRINT_FILES,
  BLUEPRINT_FOLDER,
  bomb,
  bzip2Bomb,
  climbing,
  goodBlueprint,
  paxHeader,
  tar,
  TAR_END,
  tarBz2,
  tarHeader,
  tarParts,
  truncated,
  withChecksum,
  withDevice,
  withHardLink,
  withSymlink,
  zip,
  type ArchiveKind,
} from '../../../test/support/archive-builder.js';
import { DEFAULT_ARCHIVE_LIMITS, type ArchiveLimits } from './archive-limits.js';
import { ArchiveRefusedError } from './archive-refused-error.js';
import { unpackArchive } from './unpack-archive.js';

let home: string;
let target: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-archive-'));
  target = join(home, 'target');
  await mkdir(target, { mode: 0o700 });
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function unpackBytes(bytes: Buffer, limits: Partial<ArchiveLimits> = {}): ReturnType<typeof unpackArchive> {
  const path = join(home, 'archive');
  await writeFile(path, bytes);
  return unpackArchive(path, target, { ...DEFAULT_ARCHIVE_LIMITS, ...limits });
}

/** Everything under a folder, relative, sorted. */
async function tree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.toSorted();
}

/** How an archive is refused, and what is then to be found in and around the target. */
async function refusal(bytes: Buffer, limits: Partial<ArchiveLimits> = {}): Promise<Record<string, unknown>> {
  const error: unknown = await unpackBytes(bytes, limits).then(
    () => 'it was not refused',
    (reason: unknown) => reason,
  );
  if (!(error instanceof ArchiveRefusedError)) throw new Error('It was not refused.', { cause: error });
  return {
    code: error.code,
    status: error.status,
    reason: error.reason,
    message: error.message,
    left: await tree(home),
  };
}

/** A refusal that changes nothing, in the target or around it. */
function refused(reason: string, message: RegExp): Record<string, unknown> {
  const left = ['archive', 'target'];
  return { code: 'bad_parameters_error', status: 400, reason, message: expect.stringMatching(message), left };
}

async function modeOf(path: string): Promise<number> {
  return (await stat(join(target, path))).mode & 0o7777;
}

describe('unpackArchive', () => {
  describe.each<ArchiveKind>(['zip', 'tar', 'tar.gz', 'tar.bz2'])('with a good %s', (kind) => {
    it('writes every file with its content', async () => {
      const report = await unpackBytes(goodBlueprint(kind));

      const bytes = BLUEPRINT_FILES.reduce((sum, file) => sum + Buffer.byteLength(file.content), 0);
      expect(report).toEqual({ format: kind, files: 3, folders: 3, bytes, soleFolder: BLUEPRINT_FOLDER });
      for (const { path, content } of BLUEPRINT_FILES) {
        expect(await readFile(join(target, BLUEPRINT_FOLDER, path), 'utf8')).toBe(content);
      }
    });

    it('keeps of the modes only that a file is executable', async () => {
      await unpackBytes(goodBlueprint(kind));

      expect(await modeOf(join(BLUEPRINT_FOLDER, 'scripts/hello.sh'))).toBe(0o700);
      expect(await modeOf(join(BLUEPRINT_FOLDER, 'blueprint.yaml'))).toBe(0o600);
      expect(await modeOf(join(BLUEPRINT_FOLDER, 'scripts'))).toBe(0o700);
    });

    it.each([1, 30, 200])('refuses it without its last %i bytes', async (missing) => {
      await expect(unpackBytes(truncated(kind, missing))).rejects.toMatchObject({ code: 'bad_parameters_error' });
      expect(await tree(target)).toEqual([]);
    });
  });

  it('drops setuid, setgid and sticky bits', async () => {
    await unpackBytes(tar([{ name: 'su', content: 'x', mode: 0o7777 }]));
    expect(await modeOf('su')).toBe(0o700);
  });

  it('refuses a target that is not empty, and leaves it alone', async () => {
    await writeFile(join(target, 'mine'), 'mine');
    await expect(unpackBytes(goodBlueprint())).rejects.toThrow('empty folder');
    expect(await tree(target)).toEqual(['mine']);
  });

  it('leaves archives inside the archive closed', async () => {
    await unpackBytes(tar([{ name: 'inner.tar.gz', content: bomb() }]));
    expect(await tree(target)).toEqual(['inner.tar.gz']);
  });

  it('reports no sole folder when the top level has more than one thing, or only a file', async () => {
    expect(
      await unpackBytes(
        tar([
          { name: 'a/b', content: 'x' },
          { name: 'c', content: 'x' },
        ]),
      ),
    ).toMatchObject({ soleFolder: null });
    await rm(target, { recursive: true });
    await mkdir(target);
    expect(await unpackBytes(tar([{ name: 'c', content: 'x' }]))).toMatchObject({ soleFolder: null });
  });

  it('takes the shapes that honest tools write', async () => {
    await unpackBytes(
      tar([
        { name: './', type: '5' },
        { name: './a//b/', type: '5', magic: 'gnu' },
        { name: './a/', type: '5' }, // a second time, after what it holds
        { name: 'a/old', content: 'v7', magic: 'v7', type: '\0' },
        { name: 'short', prefix: 'a/prefix', content: 'ustar prefix' },
        paxHeader({ comment: 'from git' }, 'g'),
        paxHeader({ path: `a/${'long'.repeat(40)}/ü`, mtime: '1.5' }),
        { name: 'ignored', content: 'pax' },
        { name: '././@LongLink', type: 'L', content: `a/${'gnu'.repeat(50)}\0` },
        { name: 'cut off', content: 'gnu' },
      ]),
    );
    expect(await tree(target)).toEqual(
      [
        'a',
        'a/b',
        'a/old',
        'a/prefix',
        'a/prefix/short',
        `a/${'long'.repeat(40)}`,
        `a/${'long'.repeat(40)}/ü`,
        `a/${'gnu'.repeat(50)}`,
      ].toSorted(),
    );
  });

  it('takes zips with descriptors, zip64 sizes, comments and Unicode name fields', async () => {
    const unicode = Buffer.concat([
      Buffer.from([0x75, 0x70]),
      Buffer.from([0, 0]),
      Buffer.from([1, 0, 0, 0, 0]),
      Buffer.from('ä'),
    ]);
    unicode.writeUInt16LE(unicode.length - 4, 2);
    unicode.writeUInt32LE(0x8cdc1683, 5); // not the checksum of this name: the field is ignored
    await unpackBytes(
      zip(
        [
          { name: 'descriptor', content: 'a'.repeat(500), descriptor: true },
          { name: 'zip64', content: 'b'.repeat(500), zip64: true },
          { name: 'plain', content: 'c', flags: 0, extra: unicode },
        ],
        { comment: 'made by hand' },
      ),
    );
    expect(await tree(target)).toEqual(['descriptor', 'plain', 'zip64']);
  });

  it('reads gzip members and zero padding behind each other as one', async () => {
    const whole = goodBlueprint('tar');
    const [front, back] = [whole.subarray(0, 700), whole.subarray(700)];
    const report = await unpackBytes(Buffer.concat([gzipSync(front), gzipSync(back), Buffer.alloc(1000)]));
    expect(report.files).toBe(3);
  });

  describe('refuses links and special files', () => {
    it.each(['zip', 'tar', 'tar.gz'] as const)('a symbolic link in a %s', async (kind) => {
      expect(await refusal(withSymlink(kind))).toEqual(
        refused('link', /^Archive entry "hello-world\/link" is a link; links are not allowed$/),
      );
    });

    it('a link that stays inside', async () => {
      expect(await refusal(withSymlink('tar', 'blueprint.yaml'))).toEqual(refused('link', /is a link/));
    });

    it('a hard link', async () => {
      expect(await refusal(withHardLink())).toEqual(refused('link', /is a link/));
    });

    it.each(['3', '4', '6'] as const)('a device or pipe (type %s)', async (type) => {
      expect(await refusal(withDevice('tar', type))).toEqual(
        refused('special-file', /^Archive entry "hello-world\/device" is a device or pipe/),
      );
      expect(await refusal(withDevice('zip', type))).toEqual(
        refused('special-file', /^Archive entry "hello-world\/device" is a device or pipe/),
      );
    });

    it.each(['S', 'V', 'D', 'M', 'Z'])('an exotic tar entry of type %s', async (type) => {
      expect(await refusal(tar([{ name: 'a', type }]))).toEqual(
        refused('unsupported', /of a kind that is not supported/),
      );
    });

    it('sparse files in the pax form', async () => {
      expect(await refusal(tar([paxHeader({ 'GNU.sparse.major': '1' }), { name: 'a' }]))).toEqual(
        refused('unsupported', /sparse/),
      );
    });
  });

  describe('refuses names that are not plain relative paths', () => {
    const names: ReadonlyArray<readonly [string, string | Buffer, RegExp]> = [
      ['climbing', '../up', /climbs out/],
      ['climbing in the middle', 'a/../../up', /climbs out/],
      ['climbing and coming back', 'a/../b', /climbs out/],
      ['climbing at the end', 'a/..', /climbs out/],
      ['absolute', '/etc/cron.d/x', /absolute path/],
      ['doubly absolute', '//server/share', /absolute path/],
      ['backslash', 'a\\..\\..\\b', /backslash/],
      ['drive letter', 'C:/windows/x', /drive letter/],
      ['drive without slash', 'c:x', /drive letter/],
      ['newline', 'a\nb', /control characters/],
      ['escape', 'a\u001b[2Jb', /control characters/],
      ['C1 control', 'a\u009bb', /control characters/],
      ['direction override', 'a\u202egpj.sh', /control characters/],
      ['bare continuation byte', Buffer.from([0x61, 0x80]), /not UTF-8/],
      ['latin-1', Buffer.from('größe', 'latin1'), /not UTF-8/],
      ['over-long slash', Buffer.from([0x2e, 0x2e, 0xc0, 0xaf, 0x61]), /not UTF-8/],
      ['surrogate', Buffer.from([0xed, 0xa0, 0x80]), /not UTF-8/],
    ];

    it.each(names)('%s', async (_, name, message) => {
      expect(
        await refusal(
          tar([
            { name: 'fine', content: 'x' },
            { name, content: 'x' },
          ]),
        ),
      ).toEqual(refused('path', message));
      expect(
        await refusal(
          zip([
            { name: 'fine', content: 'x' },
            { name, content: 'x' },
          ]),
        ),
      ).toEqual(refused('path', message));
      expect(await refusal(tar([paxHeader({ path: Buffer.from(name) }), { name: 'a', content: 'x' }]))).toEqual(
        refused('path', message),
      );
    });

    it('NUL inside a name', async () => {
      expect(await refusal(zip([{ name: 'a\0b', content: 'x' }]))).toEqual(
        refused('path', /"a\\u\{0\}b" has control characters/),
      );
      expect(await refusal(tar([paxHeader({ path: 'a\0b' }), { name: 'a' }]))).toEqual(
        refused('path', /control characters/),
      );
      expect(await refusal(tar([{ name: 'L', type: 'L', content: 'a\0b\0' }, { name: 'a' }]))).toEqual(
        refused('path', /control characters/),
      );
    });

    it('no name, or a file that is named like the root', async () => {
      expect(await refusal(tar([{ name: '', content: 'x' }]))).toEqual(refused('path', /no name/));
      expect(await refusal(tar([{ name: '.', content: 'x' }]))).toEqual(refused('path', /file without a name/));
      expect(await refusal(zip([{ name: '', content: 'x' }]))).toEqual(refused('path', /no name/));
    });

    it('a file with the name of a folder', async () => {
      expect(await refusal(tar([{ name: 'a/.', content: 'x' }]))).toEqual(
        refused('path', /file with the name of a folder/),
      );
    });

    it('climbing archives of every kind', async () => {
      for (const kind of ['zip', 'tar', 'tar.gz'] as const) {
        expect(await refusal(climbing(kind))).toEqual(
          refused('path', /^Archive entry "\.\.\/\.\.\/outside\.txt" climbs out of its folder$/),
        );
        expect(await refusal(absolute(kind))).toEqual(refused('path', /absolute/));
      }
    });

    it('and shows no more of a name than is safe to show', async () => {
      const name = `${'x'.repeat(90)}\u001b[31m/`;
      expect(await refusal(tar([{ name, type: '5' }]))).toEqual(
        refused('path', /^Archive entry "x{90}\\u\{1b\}\[31m\/" has/),
      );
      expect(await refusal(zip([{ name: `/${'y'.repeat(5000)}` }]))).toEqual(refused('path', /^.{1,170}$/));
    });
  });

  describe('refuses what would overwrite', () => {
    it.each([
      ['the same file twice', ['a', 'a']],
      ['the same file by another spelling', ['d/a', './d//a']],
      ['a file where a folder is', ['a/b', 'a']],
      ['a folder where a file is', ['a', 'a/b']],
    ])('%s', async (_, names) => {
      const parts = names.map((name) => ({ name, content: name }));
      expect(await refusal(tar(parts))).toEqual(refused('duplicate', /would overwrite an earlier entry$/));
      expect(await refusal(zip(parts))).toEqual(refused('duplicate', /would overwrite an earlier entry$/));
    });

    it('an explicit folder where a file is', async () => {
      expect(
        await refusal(
          tar([
            { name: 'a', content: 'x' },
            { name: 'a/', type: '5' },
          ]),
        ),
      ).toEqual(refused('duplicate', /overwrite/));
    });
  });

  describe('stops at its limits', () => {
    it('entries, with folders that exist only in paths', async () => {
      const deep = Array.from({ length: 5 }, (_, index) => ({ name: `${index}/a/b/c/file`, content: '' }));
      expect(await refusal(tar(deep), { maxEntries: 24 })).toEqual(
        refused('too-many-entries', /^The archive has more than 24 entries$/),
      );
      expect(await refusal(zip(deep), { maxEntries: 4 })).toEqual(refused('too-many-entries', /more than 4 entries/));
      expect(await unpackBytes(tar(deep), { maxEntries: 25 })).toMatchObject({ files: 5, folders: 20 });
    });

    it('unpacked bytes, whatever the archive declares', async () => {
      const big = { name: 'big', content: Buffer.alloc(200_000, 'x') };
      const limits = { maxUnpackedBytes: 100_000 };
      const message = /^The archive unpacks to more than 100000 bytes \(at entry "big"\)$/;
      expect(await refusal(tar([big]), limits)).toEqual(refused('too-large', message));
      expect(await refusal(gzipSync(tar([big])), limits)).toEqual(refused('too-large', message));
      expect(await refusal(zip([big]), limits)).toEqual(refused('too-large', message));
      expect(await refusal(zip([{ ...big, uncompressedSize: 10 }]), limits)).toEqual(
        refused('corrupt', /entry "big" cannot be read/),
      );
    });

    it('ratio: bombs of every compression', async () => {
      expect(await refusal(bomb('tar.gz'))).toEqual(
        refused('ratio', /^The archive unpacks to more than 100 times its size \(at entry "hello-world\/zeros"\)$/),
      );
      expect(await refusal(bomb('zip'))).toEqual(refused('ratio', /more than 100 times/));
      expect(await refusal(bzip2Bomb())).toEqual(refused('ratio', /more than 100 times/));
    });

    it('a bomb in what is not even a file: headers and padding', async () => {
      const records = Buffer.concat(
        Array.from({ length: 4000 }, (_, index) => tarParts([{ name: `${index}/`, type: '5' }])),
      );
      expect(await refusal(gzipSync(Buffer.concat([records, TAR_END])), { maxRatio: 50 })).toEqual(
        refused('ratio', /more than 50 times/),
      );
      expect(await refusal(gzipSync(Buffer.concat([TAR_END, tarHeader({ name: 'a' })])))).toEqual(
        refused('trailing-data', /./),
      );
    });

    it('does not judge the ratio of little things', async () => {
      expect(await unpackBytes(gzipSync(tar([{ name: 'small', content: Buffer.alloc(900_000) }])))).toMatchObject({
        files: 1,
      });
    });

    it('path length, name length and depth', async () => {
      const long = tar([paxHeader({ path: 'a/'.repeat(600) + 'b' }), { name: 'x' }]);
      expect(await refusal(long)).toEqual(refused('path', /path longer than 1024 bytes/));
      expect(await refusal(tar([paxHeader({ path: 'ü'.repeat(128) }), { name: 'x' }]))).toEqual(
        refused('path', /name longer than 255 bytes/),
      );
      expect(await refusal(tar([{ name: 'a/'.repeat(4) + 'b' }]), { maxDepth: 4 })).toEqual(
        refused('path', /more than 4 folders deep/),
      );
    });
  });

  describe('refuses damage and disguise', () => {
    it('what is no archive at all', async () => {
      expect(await refusal(Buffer.from('tosca_definitions_version: cloudify_dsl_1_3\n'.repeat(30)))).toEqual(
        refused('unrecognised', /not a zip, tar, tar\.gz or tar\.bz2/),
      );
      expect(await refusal(Buffer.alloc(0))).toEqual(refused('unrecognised', /not a zip/));
      expect(await refusal(Buffer.alloc(10_240))).toEqual(refused('unrecognised', /not a zip/));
    });

    it('compression with no tar inside', async () => {
      expect(await refusal(gzipSync('plain text'))).toEqual(refused('truncated', /truncated/));
      expect(await refusal(gzipSync('plain text '.repeat(100)))).toEqual(refused('corrupt', /wrong checksum/));
    });

    it('a tar that was cut between two entries', async () => {
      const whole = goodBlueprint('tar');
      expect(await refusal(whole.subarray(0, whole.length - TAR_END.length))).toEqual(
        refused('truncated', /truncated/),
      );
    });

    it('a second archive behind the end of the first', async () => {
      const second = tar([{ name: 'second', content: 'x' }]);
      expect(await refusal(Buffer.concat([goodBlueprint('tar'), second]))).toEqual(
        refused('trailing-data', /data behind its end/),
      );
      expect(await refusal(gzipSync(Buffer.concat([goodBlueprint('tar'), second])))).toEqual(
        refused('trailing-data', /data behind its end/),
      );
      expect(await refusal(Buffer.concat([goodBlueprint('tar.gz'), gzipSync(second)]))).toEqual(
        refused('trailing-data', /data behind its end/),
      );
      expect(await refusal(Buffer.concat([goodBlueprint('tar.gz'), Buffer.alloc(9), second]))).toEqual(
        refused('trailing-data', /data behind its end/),
      );
      expect(await refusal(Buffer.concat([tarBz2(), tarBz2()]))).toEqual(
        refused('trailing-data', /data behind its end/),
      );
      expect(await refusal(Buffer.concat([tarBz2(), Buffer.from('more')]))).toEqual(
        refused('trailing-data', /data behind its end/),
      );
      expect(await refusal(Buffer.concat([goodBlueprint('zip'), second]))).toEqual(
        refused('corrupt', /cannot be read/),
      );
      expect(await refusal(Buffer.concat([goodBlueprint('zip'), goodBlueprint('zip')]))).toEqual(
        refused('corrupt', /does not end where it should/),
      );
    });

    it('tar headers that lie', async () => {
      const header = tarHeader({ name: 'a' });
      const negative = Buffer.from(header);
      negative.fill(0xff, 124, 136);
      expect(await refusal(Buffer.concat([withChecksum(negative), TAR_END]))).toEqual(refused('corrupt', /bad number/));
      const huge = Buffer.from(header);
      Buffer.from([0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).copy(huge, 124);
      expect(await refusal(Buffer.concat([withChecksum(huge), TAR_END]))).toEqual(refused('corrupt', /bad number/));
      expect(await refusal(tar([{ name: 'a', size: 5000 }]))).toEqual(refused('truncated', /truncated/));
      expect(await refusal(tar([{ name: 'a/', type: '5', content: 'hidden' }]))).toEqual(
        refused('corrupt', /folder with content/),
      );
      expect(await refusal(tar([{ name: 'a/', content: 'hidden' }]))).toEqual(
        refused('corrupt', /folder with content/),
      );
    });

    it.each([
      ['no length', Buffer.from('path=evil\n')],
      ['too long', Buffer.from('99 path=evil\n')],
      ['too short', Buffer.from('5 path=evil\n')],
      ['zero', Buffer.from('0 path=evil\n')],
      ['no newline', Buffer.from('12 path=evil ')],
      ['no equals sign', Buffer.from('11 pathevil\n')],
      ['bad size', Buffer.from('11 size=-1\n')],
    ])('a pax record with %s', async (_, content) => {
      expect(await refusal(tar([{ name: 'pax', type: 'x', content }, { name: 'a' }]))).toEqual(
        refused('corrupt', /pax record is malformed/),
      );
    });

    it('pax records that belong to nothing, or to everything, or have no end', async () => {
      expect(await refusal(tar([{ name: 'a' }, paxHeader({ path: 'b' })]))).toEqual(
        refused('corrupt', /belongs to no entry/),
      );
      expect(await refusal(tar([paxHeader({ path: 'b' }, 'g'), { name: 'a' }]))).toEqual(
        refused('unsupported', /global record/),
      );
      expect(await refusal(tar([...Array.from({ length: 20 }, () => paxHeader({ a: 'b' })), { name: 'a' }]))).toEqual(
        refused('corrupt', /in a row/),
      );
      expect(await refusal(tar([{ name: 'pax', type: 'x', size: 8 ** 10 }]))).toEqual(
        refused('corrupt', /tar record of more than/),
      );
    });

    it('zips whose entries share their bytes', async () => {
      const kernel = { name: 'a', content: 'x'.repeat(5000) };
      expect(await refusal(zip([kernel, { ...kernel, reuseOffset: 0 }]))).toEqual(
        refused('overlap', /^Archive entry "a" overlaps another part/),
      );
      expect(await refusal(zip([kernel, { ...kernel, name: 'b', reuseOffset: 0, localName: 'a' }]))).toEqual(
        refused('overlap', /overlaps/),
      );
      const nested = zip([{ name: 'in', content: 'y' }]);
      expect(
        await refusal(
          zip([
            { name: 'out', content: nested, store: true },
            { name: 'in', content: 'y', reuseOffset: 33 },
          ]),
        ),
      ).toEqual(refused('overlap', /overlaps/));
    });

    it('zips that hide bytes between their entries', async () => {
      expect(await refusal(zip([{ name: 'a', content: 'x' }], { gap: zip([{ name: 'b', content: 'y' }]) }))).toEqual(
        refused('trailing-data', /between/),
      );
    });

    it('zips whose directory and entries differ', async () => {
      expect(await refusal(zip([{ name: 'shown', content: 'x', localName: 'other' }]))).toEqual(
        refused('corrupt', /does not match the archive's directory/),
      );
      expect(await refusal(zip([{ name: 'a', content: 'xx', crc: 1 }]))).toEqual(
        refused('corrupt', /entry "a" cannot be read/),
      );
      expect(await refusal(zip([{ name: 'a', content: 'x'.repeat(99), uncompressedSize: 100 }]))).toEqual(
        refused('corrupt', /cannot be read/),
      );
      expect(await refusal(zip([{ name: 'a', content: 'x'.repeat(99), compressedSize: 5000 }]))).toEqual(
        refused('corrupt', /cannot be read/),
      );
      const uncounted = zip([
        { name: 'a', content: 'x' },
        { name: 'b', content: 'y' },
      ]);
      uncounted.writeUInt16LE(1, uncounted.length - 12);
      expect(await refusal(uncounted)).toEqual(refused('corrupt', /does not end where it should/));
    });

    it('encrypted zips, and compression we do not have', async () => {
      expect(await refusal(zip([{ name: 'a', content: 'x', flags: 1 }]))).toEqual(
        refused('encrypted', /^Archive entry "a" is encrypted$/),
      );
      expect(await refusal(zip([{ name: 'a', content: 'x', method: 12 }]))).toEqual(
        refused('unsupported', /compressed in a way/),
      );
    });

    it('zip folders with content, and modes that contradict the name', async () => {
      expect(await refusal(zip([{ name: 'a/', content: 'x' }]))).toEqual(refused('corrupt', /folder with content/));
      expect(await refusal(zip([{ name: 'a', mode: 0o040755 }]))).toEqual(refused('corrupt', /by its mode/));
      expect(await refusal(zip([{ name: 'a/', mode: 0o100644 }]))).toEqual(refused('corrupt', /by its mode/));
    });
  });
});
