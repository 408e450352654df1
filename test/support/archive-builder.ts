import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

/**
 * Builds archives byte by byte, honest and hostile ones: what no tool would write is what we want to refuse.
 */

export type ArchiveKind = 'zip' | 'tar' | 'tar.gz' | 'tar.bz2';

const BLOCK = 512;

// ---------------------------------------------------------------------------------------------------------- tar

export interface TarPart {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` folder, `6` pipe, … */
  readonly type?: string;
  readonly mode?: number;
  readonly linkName?: string;
  /** A size that differs from the content's, for headers that lie. */
  readonly size?: number;
  readonly prefix?: string;
  /** `ustar` (default), `gnu`, or `v7`: without a magic. */
  readonly magic?: 'ustar' | 'gnu' | 'v7';
}

const MAGIC = { ustar: 'ustar\x0000', gnu: 'ustar  \x00', v7: '' } as const;

export function tarHeader(part: TarPart): Buffer {
  const block = Buffer.alloc(BLOCK);
  const name = typeof part.name === 'string' ? Buffer.from(part.name) : part.name;
  name.copy(block, 0, 0, 100);
  block.write(octal(part.mode ?? (part.type === '5' ? 0o755 : 0o644), 7), 100);
  block.write(octal(1000, 7), 108);
  block.write(octal(1000, 7), 116);
  block.write(octal(part.size ?? Buffer.byteLength(part.content ?? ''), 11), 124);
  block.write(octal(1_700_000_000, 11), 136);
  block.write(part.type ?? '0', 156);
  block.write(part.linkName ?? '', 157);
  block.write(MAGIC[part.magic ?? 'ustar'], 257, 'latin1');
  block.write(part.prefix ?? '', 345);
  return withChecksum(block);
}

/** Sets the checksum of a tar header that was changed by hand. */
export function withChecksum(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Header, content and padding of each part, without the end marker. */
export function tarParts(parts: readonly TarPart[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [tarHeader(part), padded(Buffer.from(part.content ?? ''))]));
}

export const TAR_END = Buffer.alloc(2 * BLOCK);

export function tar(parts: readonly TarPart[]): Buffer {
  return Buffer.concat([tarParts(parts), TAR_END]);
}

/** A pax header in front of the next entry. */
export function paxHeader(records: Readonly<Record<string, string | Buffer>>, type: 'x' | 'g' = 'x'): TarPart {
  const content = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, Buffer.from(value))));
  return { name: 'PaxHeaders/entry', type, content };
}

function paxRecord(key: string, value: Buffer): Buffer {
  const rest = 1 + Buffer.byteLength(key) + 1 + value.length + 1;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

// ---------------------------------------------------------------------------------------------------------- zip

export interface ZipPart {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** UNIX mode with its type, e.g. 0o120777 for a link; 0 leaves the attributes empty. */
  readonly mode?: number;
  readonly store?: boolean;
  readonly flags?: number;
  readonly method?: number;
  /** What the directory tells, where it lies. */
  readonly uncompressedSize?: number;
  readonly compressedSize?: number;
  readonly crc?: number;
  /** Name in the entry's own header, where it differs from the directory's. */
  readonly localName?: string;
  /** Directory entry that points at the header at this offset instead of one of its own. */
  readonly reuseOffset?: number;
  readonly extra?: Buffer;
  /** Sizes and checksum behind the data instead of before, as streaming tools write. */
  readonly descriptor?: boolean;
  /** Sizes in a zip64 extra field. */
  readonly zip64?: boolean;
}

const UTF8_NAME = 0x800;
const DESCRIPTOR = 0x8;

interface ZipLayout {
  readonly local: Buffer;
  readonly directory: Buffer;
}

export function zip(
  parts: readonly ZipPart[],
  options: { readonly comment?: string; readonly gap?: Buffer } = {},
): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const layout = zipEntry(part, part.reuseOffset ?? offset);
    directory.push(layout.directory);
    if (part.reuseOffset !== undefined) continue;
    locals.push(layout.local);
    offset += layout.local.length;
  }
  if (options.gap) {
    locals.push(options.gap);
    offset += options.gap.length;
  }
  const listing = Buffer.concat(directory);
  return Buffer.concat([...locals, listing, endRecord(parts.length, listing.length, offset, options.comment ?? '')]);
}

function endRecord(entries: number, size: number, offset: number, comment: string): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end, Buffer.from(comment)]);
}

function zipEntry(part: ZipPart, offset: number): ZipLayout {
  const name = Buffer.from(part.name);
  const content = Buffer.from(part.content ?? '');
  const method = part.method ?? (part.store === true || content.length === 0 ? 0 : 8);
  const data = method === 8 ? deflateRawSync(content) : content;
  const sizes = {
    crc: part.crc ?? crc32(content),
    compressed: part.compressedSize ?? data.length,
    uncompressed: part.uncompressedSize ?? content.length,
  };
  const flags = (part.flags ?? UTF8_NAME) | (part.descriptor ? DESCRIPTOR : 0);
  const zip64 = part.zip64 ? zip64Extra(sizes.uncompressed, sizes.compressed) : Buffer.alloc(0);
  const extra = Buffer.concat([zip64, part.extra ?? Buffer.alloc(0)]);

  const localName = Buffer.from(part.localName ?? name);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  writeCommon(local, 4, { flags, method, sizes, hideSizes: part.descriptor === true, zip64: part.zip64 === true });
  local.writeUInt16LE(localName.length, 26);
  local.writeUInt16LE(zip64.length, 28);

  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE((3 << 8) | 30, 4); // made by UNIX
  writeCommon(entry, 6, { flags, method, sizes, hideSizes: false, zip64: part.zip64 === true });
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt16LE(extra.length, 30);
  entry.writeUInt32LE(((part.mode ?? 0) << 16) >>> 0, 38);
  entry.writeUInt32LE(offset, 42);
  return {
    local: Buffer.concat([local, localName, zip64, data, part.descriptor ? descriptor(sizes) : Buffer.alloc(0)]),
    directory: Buffer.concat([entry, name, extra]),
  };
}

interface Sizes {
  readonly crc: number;
  readonly compressed: number;
  readonly uncompressed: number;
}

/** Version, flags, method, time, checksum and sizes: alike in both headers. */
function writeCommon(
  header: Buffer,
  at: number,
  {
    flags,
    method,
    sizes,
    hideSizes,
    zip64,
  }: { flags: number; method: number; sizes: Sizes; hideSizes: boolean; zip64: boolean },
): void {
  header.writeUInt16LE(20, at);
  header.writeUInt16LE(flags, at + 2);
  header.writeUInt16LE(method, at + 4);
  header.writeUInt16LE(0, at + 6);
  header.writeUInt16LE(0x21, at + 8);
  header.writeUInt32LE(hideSizes ? 0 : sizes.crc, at + 10);
  header.writeUInt32LE(zip64 ? 0xffffffff : hideSizes ? 0 : sizes.compressed, at + 14);
  header.writeUInt32LE(zip64 ? 0xffffffff : hideSizes ? 0 : sizes.uncompressed, at + 18);
}

function zip64Extra(uncompressed: number, compressed: number): Buffer {
  const extra = Buffer.alloc(20);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(16, 2);
  extra.writeBigUInt64LE(BigInt(uncompressed), 4);
  extra.writeBigUInt64LE(BigInt(compressed), 12);
  return extra;
}

function descriptor(sizes: Sizes): Buffer {
  const block = Buffer.alloc(16);
  block.writeUInt32LE(0x08074b50, 0);
  block.writeUInt32LE(sizes.crc, 4);
  block.writeUInt32LE(sizes.compressed, 8);
  block.writeUInt32LE(sizes.uncompressed, 12);
  return block;
}

// ------------------------------------------------------------------------------------------- blueprints, good and bad

export interface BlueprintFile {
  readonly path: string;
  readonly content: string;
  readonly isExecutable?: boolean;
}

/** What every good blueprint here holds, below its one folder. */
export const BLUEPRINT_FILES: readonly BlueprintFile[] = [
  {
    path: 'blueprint.yaml',
    content: [
      'tosca_definitions_version: cloudify_dsl_1_3',
      'description: Says hello.',
      'imports:',
      '  - cloudify/types/types.yaml',
      'inputs:',
      '  name: { type: string, default: world }',
      'node_templates:',
      '  hello:',
      '    type: cloudify.nodes.ApplicationServer',
      '    interfaces:',
      '      cloudify.interfaces.lifecycle:',
      '        create: scripts/hello.sh',
      '',
    ].join('\n'),
  },
  { path: 'scripts/hello.sh', content: '#!/bin/sh\necho "hello, ${name}"\n', isExecutable: true },
  { path: 'docs/größe.md', content: 'A name beyond ASCII.\n' },
];

export const BLUEPRINT_FOLDER = 'hello-world';

/** A well-formed archive of a small blueprint of several files, in one top-level folder. */
export function goodBlueprint(kind: ArchiveKind = 'tar.gz', files: readonly BlueprintFile[] = BLUEPRINT_FILES): Buffer {
  if (kind === 'tar.bz2') {
    if (files !== BLUEPRINT_FILES) throw new Error('There is no bzip2 compressor at hand: tar.bz2 has fixed content.');
    return tarBz2();
  }
  return kind === 'zip' ? zip(zipTree(files)) : inKind(kind, tar(tarTree(files)));
}

function tarTree(files: readonly BlueprintFile[]): TarPart[] {
  const folder = { name: `${BLUEPRINT_FOLDER}/`, type: '5' };
  return [
    folder,
    ...files.map(({ path, content, isExecutable }) => ({
      name: `${BLUEPRINT_FOLDER}/${path}`,
      content,
      mode: isExecutable ? 0o755 : 0o644,
    })),
  ];
}

function zipTree(files: readonly BlueprintFile[]): ZipPart[] {
  const folder = { name: `${BLUEPRINT_FOLDER}/`, mode: 0o040755 };
  return [
    folder,
    ...files.map(({ path, content, isExecutable }) => ({
      name: `${BLUEPRINT_FOLDER}/${path}`,
      content,
      mode: isExecutable ? 0o100755 : 0o100644,
    })),
  ];
}

function inKind(kind: 'tar' | 'tar.gz', bytes: Buffer): Buffer {
  return kind === 'tar' ? bytes : gzipSync(bytes);
}

type HostileKind = 'zip' | 'tar' | 'tar.gz';

/** A good blueprint with one more entry. */
function withPart(kind: HostileKind, tarPart: TarPart, zipPart: ZipPart): Buffer {
  if (kind === 'zip') return zip([...zipTree(BLUEPRINT_FILES), zipPart]);
  return inKind(kind, tar([...tarTree(BLUEPRINT_FILES), tarPart]));
}

export function withSymlink(kind: HostileKind = 'tar.gz', target = '/etc/passwd'): Buffer {
  const name = `${BLUEPRINT_FOLDER}/link`;
  return withPart(kind, { name, type: '2', linkName: target }, { name, content: target, mode: 0o120777 });
}

export function withHardLink(kind: 'tar' | 'tar.gz' = 'tar.gz', target = '/etc/passwd'): Buffer {
  return inKind(
    kind,
    tar([...tarTree(BLUEPRINT_FILES), { name: `${BLUEPRINT_FOLDER}/link`, type: '1', linkName: target }]),
  );
}

/** `3` character device, `4` block device, `6` pipe. */
export function withDevice(kind: HostileKind = 'tar.gz', type: '3' | '4' | '6' = '3'): Buffer {
  const mode = { '3': 0o020666, '4': 0o060666, '6': 0o010666 }[type];
  const name = `${BLUEPRINT_FOLDER}/device`;
  return withPart(kind, { name, type }, { name, mode });
}

export function climbing(kind: HostileKind = 'tar.gz', name = '../../outside.txt'): Buffer {
  return withPart(kind, { name, content: 'out' }, { name, content: 'out' });
}

export function absolute(kind: HostileKind = 'tar.gz', name = '/tmp/outside.txt'): Buffer {
  return climbing(kind, name);
}

/** A few kilobytes that unpack to `megabytes` of zeros. */
export function bomb(kind: 'zip' | 'tar.gz' = 'tar.gz', megabytes = 16): Buffer {
  const content = Buffer.alloc(megabytes * 1024 * 1024);
  return withPart(kind, { name: `${BLUEPRINT_FOLDER}/zeros`, content }, { name: `${BLUEPRINT_FOLDER}/zeros`, content });
}

/** A good archive without its last `missing` bytes. */
export function truncated(kind: ArchiveKind = 'tar.gz', missing = 40): Buffer {
  const whole = goodBlueprint(kind);
  return whole.subarray(0, whole.length - (kind === 'tar' ? TAR_END.length + missing : missing));
}

/** goodBlueprint('tar'), compressed by the bzip2 command. */
export function tarBz2(): Buffer {
  return Buffer.from(TAR_BZ2, 'base64');
}

/** 64 MiB of zeros in a tar, compressed by the bzip2 command: some 200,000:1. */
export function bzip2Bomb(): Buffer {
  return Buffer.from(BZIP2_BOMB, 'base64');
}

const TAR_BZ2 = [
  'QlpoOTFBWSZTWQQEmckAARJfr9aQfAf/kC8gDAD/59+qAACBAAoAAAIABAgIMAGa2YNCUSaZAAj0p6j0mjQ0ANNNABp6g1PSJqeo',
  '9TQeoNAAAAAAABVU2iRkIANGTQADaQAAB1c+fW12OWH+QRBKxUqblG33kCa+g1MsTkPAtFQRWKqVZsJtAmMbbfmUEsRNuMVIQn71',
  '41dufqLB3Iddji/GPeiAZy/wZ6LHVj8RCKPRGy1WQLVsgCDgkMZBAXXXdl4qrEiQ5bakFlDimO3Cdc52F9She0KzPoNXAivEMBJi',
  'WzpbGDmAOIw4M2CpBiqYLjVr2TJo2c7po+qvbpprcG70JUcWg+Zzq6PIn9aSWfzemh6Xu9rK0Gv5WePwFbZPuT5grezdNfEbkB9H',
  '0wXCPhnFji+qKDPxKoQzXp7Zc+WWLxbMCwMLbMIma9ULVGpdAbe1Clkl6BUgNDhqj1IOwNKZj3ZEXPZEqcdCBC4anMu9C2DwjCDV',
  '12SJLaEWdSY5apygwnm9FMaEBJc1dinAJJCQCJ0KwFDCwJRMLjmk82M9JYFM+8JZapPsNIXEM8AnfvVuRlRcgn+LuSKcKEgCAkzk',
  'gA==',
].join('');
const BZIP2_BOMB = [
  'QlpoOTFBWSZTWcMpFIQFfjvbgMQAQAD/gAEAcgKeEAAIIAB0EUgSBo/VND01BFUHqAyGhoO4PlEAVVEuBUAVVEnWUONkCoAqqJEc',
  'da+SG2KBNKlTehR7QUgxF4Jx62L7TW5axn9OuZ4zzbWda3BQBVUT+YoKyTKayiJF/IgCifIABgAAAEEAAYQCajIClS1IClS4u5Ip',
  'woSGENS0wA==',
].join('');
