import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { hashPassword, isKnownHash, isOutdated, verifyPassword } from './password-hash.js';

const PASSWORD = 'Schöne Grüße 99';
const adapted = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '').replaceAll('+', '.');
function oldHash(password: string, rounds = 1000, salt = randomBytes(16)): string {
  return `$pbkdf2-sha256$${rounds}$${adapted(salt)}$${adapted(pbkdf2Sync(password, salt, rounds, 32, 'sha256'))}`;
}

describe('a password hash', () => {
  it('is argon2id with today’s cost, never the same twice, and verifies', async () => {
    const [one, two] = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    for (const encoded of [one, two]) {
      expect(await verifyPassword(encoded, PASSWORD)).toBe(true);
      expect(await verifyPassword(encoded, PASSWORD.normalize('NFD'))).toBe(true);
      expect(await verifyPassword(encoded, `${PASSWORD} `)).toBe(false);
      expect(await verifyPassword(encoded, '')).toBe(false);
      expect([isKnownHash(encoded), isOutdated(encoded)]).toEqual([true, false]);
    }
  });

  it('of the original verifies by the bytes that were typed, and is outdated', async () => {
    for (const rounds of [1, 1000, 29_000]) {
      const encoded = oldHash(PASSWORD, rounds);
      expect([isKnownHash(encoded), isOutdated(encoded)]).toEqual([true, true]);
      expect(await verifyPassword(encoded, PASSWORD)).toBe(true);
      expect(await verifyPassword(encoded, 'another')).toBe(false);
    }
  });

  it('of another cost verifies, and is outdated', async () => {
    // Argon2id, 64 MiB, two passes, of `password` under the salt `somesalt`: the published test vector.
    const vector = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword(vector, 'password')).toBe(true);
    expect(await verifyPassword(vector, 'passwords')).toBe(false);
    expect(isOutdated(vector)).toBe(true);
  });

  it.each([
    '',
    'plain text',
    '$1$salt$hash',
    '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=65536,t=99,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=7,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=65536,t=1,p=0$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    oldHash(PASSWORD, 1).replace('$1$', '$0$'),
    oldHash(PASSWORD, 1).replace('$1$', '$9999999$'),
    `${oldHash(PASSWORD, 1)}\n`,
    `x${oldHash(PASSWORD, 1)}`,
  ])('is not %j: nothing is its password, and nothing is computed', async (encoded) => {
    expect(isKnownHash(encoded)).toBe(false);
    const began = performance.now();
    expect(await verifyPassword(encoded, PASSWORD)).toBe(false);
    expect(performance.now() - began).toBeLessThan(2_000); // ten million rounds take longer
  });
});
