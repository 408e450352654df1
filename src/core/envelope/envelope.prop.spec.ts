import * as fc from 'fast-check';
import { openEnvelope, parseEnvelope, rewrapEnvelope, sealEnvelope, type Cell, type VersionedKey } from './envelope.js';
import { EnvelopeError } from './envelope-error.js';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const cell: fc.Arbitrary<Cell> = fc.record({
  installationId: fc.uuid(),
  tenantId: fc.option(fc.nat(3), { nil: null }),
  table: fc.constantFrom('secret', 'config', 'a', 'ab'),
  column: fc.constantFrom('value', 'options', 'b', 'bb'),
  rowId: fc.oneof(fc.nat(5).map(String), fc.string({ unit: 'binary', maxLength: 6 })),
  recordVersion: fc.nat(3),
});
const key: fc.Arbitrary<VersionedKey> = fc.record({ version: fc.integer({ min: 1, max: 5 }), key: bytes(32) });
const fresh = fc.record({ dataKey: bytes(32), wrapNonce: bytes(12), valueNonce: bytes(12) });
const plaintext = fc.uint8Array({ maxLength: 200 });
const SEED = { seed: 20_260_101, numRuns: 300 };

describe('envelopes, whatever they hold', () => {
  it('open to what was sealed, also after any number of rewraps', () => {
    fc.assert(
      fc.property(
        cell,
        fresh,
        plaintext,
        key,
        fc.array(fc.record({ to: key, wrapNonce: bytes(12) }), { maxLength: 3 }),
        (...world) => {
          const [where, random, value, first, rewraps] = world;
          let sealed = sealEnvelope(where, first, random, value);
          let holder = first;
          for (const { to, wrapNonce } of rewraps) {
            sealed = rewrapEnvelope(where, { from: holder, to, wrapNonce }, sealed);
            holder = to;
          }
          expect(openEnvelope(where, holder, parseEnvelope(sealed))).toEqual(Buffer.from(value));
        },
      ),
      SEED,
    );
  });

  it('open in no other cell', () => {
    fc.assert(
      fc.property(cell, cell, key, fresh, plaintext, (home, elsewhere, holder, random, value) => {
        fc.pre(JSON.stringify(home) !== JSON.stringify(elsewhere));
        const sealed = parseEnvelope(sealEnvelope(home, holder, random, value));
        expect(() => openEnvelope(elsewhere, holder, sealed)).toThrow(EnvelopeError);
      }),
      SEED,
    );
  });

  it('never open after their bytes were changed, and fail in no other way', () => {
    const change = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(cell, key, fresh, plaintext, change, (where, holder, random, value, changes) => {
        const sealed = sealEnvelope(where, holder, random, value);
        const bent = Buffer.from(sealed);
        for (const [at, mask] of changes) bent[at % bent.length] = (bent[at % bent.length] ?? 0) ^ mask;
        fc.pre(!bent.equals(sealed));
        expect(() => openEnvelope(where, holder, parseEnvelope(bent))).toThrow(EnvelopeError);
      }),
      SEED,
    );
  });

  it('are not found in noise', () => {
    fc.assert(
      fc.property(cell, key, fc.uint8Array({ maxLength: 300 }), (where, holder, noise) => {
        expect(() => openEnvelope(where, holder, parseEnvelope(noise))).toThrow(EnvelopeError);
      }),
      SEED,
    );
  });
});
