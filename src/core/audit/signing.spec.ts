import { checkpointText, isCheckpointSignedBy, readCheckpointText, signCheckpoint } from './checkpoint.js';
import { publicKeyPem, signingKeyFromSeed, verifyingKeyFromPem } from './signing.js';

const KEY = signingKeyFromSeed(Buffer.alloc(32, 1));
const BODY = { installationId: 'i', seq: 7, hash: Buffer.alloc(32, 2), signedAt: '2026-01-01T00:00:00.000Z' };

describe('checkpoints', () => {
  it('are verified with the public key alone, after a trip through their text', () => {
    const text = JSON.stringify(checkpointText(signCheckpoint(KEY, BODY)));
    const read = readCheckpointText(JSON.parse(text));
    const key = verifyingKeyFromPem(publicKeyPem(KEY));
    expect(read !== null && isCheckpointSignedBy(key, read)).toBe(true);
  });

  it.each([
    ['another installation', { installationId: 'j' }],
    ['another number', { seq: 8 }],
    ['another hash', { hash: Buffer.alloc(32, 3) }],
    ['another time', { signedAt: '2026-01-01T00:00:00.001Z' }],
    ['another key name', { keyId: 'x' }],
    ['no signature', { signature: Buffer.alloc(0) }],
  ])('do not hold for %s', (_what, change) => {
    expect(isCheckpointSignedBy(KEY, { ...signCheckpoint(KEY, BODY), ...change })).toBe(false);
  });

  it.each([null, 1, [], {}, { seq: '7' }, { ...checkpointText(signCheckpoint(KEY, BODY)), seq: 1.5 }])(
    'are not read from %j',
    (value) => {
      expect(readCheckpointText(value)).toBeNull();
    },
  );
});

describe('signing keys', () => {
  it('come from a seed of 32 bytes, the same each time', () => {
    expect(signingKeyFromSeed(Buffer.alloc(32, 1)).keyId).toBe(KEY.keyId);
    expect(signingKeyFromSeed(Buffer.alloc(32, 2)).keyId).not.toBe(KEY.keyId);
    expect(() => signingKeyFromSeed(Buffer.alloc(31))).toThrow(RangeError);
  });

  it('are Ed25519 and nothing else', () => {
    expect(() => verifyingKeyFromPem('no key')).toThrow('PEM');
    const rsa =
      '-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n-----END PUBLIC KEY-----\n';
    expect(() => verifyingKeyFromPem(rsa)).toThrow('Ed25519');
  });
});
