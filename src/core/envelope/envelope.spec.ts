import { createSecretKey } from 'node:crypto';
import { canonicalBytes } from './canonical.js';
import {
  HEADER_BYTES,
  keyVersionOf,
  MAX_KEY_VERSION,
  MIN_ENVELOPE_BYTES,
  openEnvelope,
  parseEnvelope,
  rewrapEnvelope,
  rewrapHeader,
  sealEnvelope,
  type Cell,
  type FreshBytes,
  type VersionedKey,
} from './envelope.js';
import { EnvelopeError } from './envelope-error.js';

const range = (from: number, length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => from + index));

const CELL: Cell = {
  installationId: '6f1c1f8e-0000-4000-8000-00000000beef',
  tenantId: 7,
  table: 'secret',
  column: 'value_sealed',
  rowId: '42',
  recordVersion: 3,
};
const KEY: VersionedKey = { version: 5, key: range(0, 32) };
const fresh = (): FreshBytes => ({ dataKey: range(32, 32), wrapNonce: range(64, 12), valueNonce: range(76, 12) });
const PLAINTEXT = Buffer.from('hunter2 ✓');

// Computed apart from this code, with another library, from the layout in envelope.ts.
const KNOWN = [
  '010100000005404142434445464748494a4bc2988c000219a124e5ed3d1db7493d7449f7606f830039144f7e74deab2ed3e47d828ef46df24b',
  'fd434adac97cf4bcc14c4d4e4f5051525354555657a5a225b56aedad2dab47dfdfbeb89daa8243131ca41ac12c6df204',
].join('');

const seal = (cell: Cell = CELL): Buffer => sealEnvelope(cell, KEY, fresh(), PLAINTEXT);
const faultOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof EnvelopeError) return error.fault;
    throw error;
  }
  return 'none';
};

describe('envelope v1', () => {
  it('agrees with a vector made elsewhere', () => {
    expect(seal().toString('hex')).toBe(KNOWN);
    expect(openEnvelope(CELL, KEY, parseEnvelope(Buffer.from(KNOWN, 'hex')))).toEqual(PLAINTEXT);
  });

  it('takes keys that live outside of the heap', () => {
    const key = { version: 5, key: createSecretKey(range(0, 32)) };
    expect(openEnvelope(CELL, key, parseEnvelope(sealEnvelope(CELL, key, fresh(), PLAINTEXT)))).toEqual(PLAINTEXT);
  });

  it('seals the empty value', () => {
    const sealed = sealEnvelope(CELL, KEY, fresh(), Buffer.alloc(0));
    expect(sealed).toHaveLength(MIN_ENVELOPE_BYTES);
    expect(openEnvelope(CELL, KEY, parseEnvelope(sealed))).toHaveLength(0);
  });

  it('refuses a flip of any single bit', () => {
    const sealed = seal();
    const faults = new Set<string>();
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const bent = Buffer.from(sealed);
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      faults.add(faultOf(() => openEnvelope(CELL, KEY, parseEnvelope(bent))));
    }
    expect([...faults].toSorted()).toEqual(['malformed', 'unauthentic', 'unsupported']);
  });

  it('refuses every shorter and every longer text', () => {
    const sealed = seal();
    for (let length = 0; length < sealed.length; length += 1) {
      expect(faultOf(() => openEnvelope(CELL, KEY, parseEnvelope(sealed.subarray(0, length))))).not.toBe('none');
    }
    expect(faultOf(() => openEnvelope(CELL, KEY, parseEnvelope(Buffer.concat([sealed, Buffer.of(0)]))))).toBe(
      'unauthentic',
    );
  });

  it.each<[string, Partial<Cell>]>([
    ['installation', { installationId: '6f1c1f8e-0000-4000-8000-00000000bee0' }],
    ['tenant', { tenantId: 8 }],
    ['tenant, to the installation itself', { tenantId: null }],
    ['tenant, to tenant 0', { tenantId: 0 }],
    ['table', { table: 'secrets' }],
    ['column', { column: 'value_seale' }],
    ['row', { rowId: '43' }],
    ['record version', { recordVersion: 4 }],
  ])('does not open in another %s', (_, moved) => {
    const cell = { ...CELL, ...moved };
    const sealed = seal();
    expect(faultOf(() => openEnvelope(cell, KEY, parseEnvelope(sealed)))).toBe('unauthentic');
    expect(faultOf(() => rewrapHeader(cell, { from: KEY, to: KEY, wrapNonce: range(1, 12) }, sealed))).toBe(
      'unauthentic',
    );
  });

  it('does not let the header of one value carry another', () => {
    const other = sealEnvelope(CELL, KEY, { ...fresh(), dataKey: range(90, 32) }, Buffer.from('forged'));
    const mixed = Buffer.concat([seal().subarray(0, HEADER_BYTES), other.subarray(HEADER_BYTES)]);
    expect(faultOf(() => openEnvelope(CELL, KEY, parseEnvelope(mixed)))).toBe('unauthentic');
  });

  it('does not open with another key, nor with the right key under another version', () => {
    const sealed = seal();
    expect(faultOf(() => openEnvelope(CELL, { version: 5, key: range(1, 32) }, parseEnvelope(sealed)))).toBe(
      'unauthentic',
    );
    expect(faultOf(() => openEnvelope(CELL, { version: 6, key: KEY.key }, parseEnvelope(sealed)))).toBe('unauthentic');
  });

  it('rewraps the data key and leaves the bytes of the value alone', () => {
    const to = { version: 6, key: range(150, 32) };
    const before = seal();
    const after = rewrapEnvelope(CELL, { from: KEY, to, wrapNonce: range(9, 12) }, before);

    expect(keyVersionOf(after)).toBe(6);
    expect(after.subarray(HEADER_BYTES)).toEqual(before.subarray(HEADER_BYTES));
    expect(openEnvelope(CELL, to, parseEnvelope(after))).toEqual(PLAINTEXT);
    expect(faultOf(() => openEnvelope(CELL, KEY, parseEnvelope(after)))).toBe('unauthentic');
  });

  it('tells the structure without a key', () => {
    const sealed = seal();
    expect(parseEnvelope(sealed).keyVersion).toBe(5);
    expect(faultOf(() => parseEnvelope(Buffer.from('$argon2id$v=19$m=47104')))).toBe('malformed');
    expect(faultOf(() => parseEnvelope(Buffer.alloc(200, 'x')))).toBe('unsupported');
    expect(faultOf(() => parseEnvelope(Buffer.concat([Buffer.of(1, 1, 0, 0, 0, 0), sealed.subarray(6)])))).toBe(
      'malformed',
    );
    expect(faultOf(() => parseEnvelope(Buffer.concat([Buffer.of(1, 1, 0x80, 0, 0, 0), sealed.subarray(6)])))).toBe(
      'malformed',
    );
  });

  it.each([0, -1, 1.5, MAX_KEY_VERSION + 1])('seals under no key version %p', (version) => {
    expect(() => sealEnvelope(CELL, { version, key: KEY.key }, fresh(), PLAINTEXT)).toThrow(RangeError);
  });

  it.each<[string, Partial<FreshBytes>]>([
    ['a short data key', { dataKey: range(0, 16) }],
    ['a short nonce of the wrapping', { wrapNonce: range(0, 8) }],
    ['a long nonce of the value', { valueNonce: range(0, 16) }],
  ])('refuses %s', (_, bytes) => {
    expect(() => sealEnvelope(CELL, KEY, { ...fresh(), ...bytes }, PLAINTEXT)).toThrow(RangeError);
  });

  it('refuses a tenant key of another size', () => {
    expect(() => sealEnvelope(CELL, { version: 1, key: createSecretKey(range(0, 16)) }, fresh(), PLAINTEXT)).toThrow(
      RangeError,
    );
  });

  it('binds the fields in the order of security-design §4', () => {
    const bytes = canonicalBytes([
      CELL.installationId,
      CELL.tenantId,
      CELL.table,
      CELL.column,
      CELL.rowId,
      CELL.recordVersion,
    ]);
    expect(bytes.toString('hex')).toBe(
      [
        '020000002436663163316638652d303030302d343030302d383030302d303030303030303062656566010000000000000007020000000673',
        '6563726574020000000c76616c75655f7365616c656402000000023432010000000000000003',
      ].join(''),
    );
  });
});
