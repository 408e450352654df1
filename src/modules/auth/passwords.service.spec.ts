import { BadParametersError } from '../../core/errors/app-error.js';
import { loadConfig } from '../../platform/config/load-config.js';
import type { SealedColumns } from '../../platform/vault/sealed-columns.js';
import type { SealedCell, Vault } from '../../platform/vault/vault.js';
import { HashingGate } from './hashing-gate.js';
import { verifyPassword } from './password-hash.js';
import { PasswordsService } from './passwords.service.js';

const declared: unknown[] = [];
/** Seals by writing the cell in front: what was sealed for another does not open. */
const vault = {
  seal: (cell: SealedCell, plain: Buffer) =>
    Promise.resolve(Buffer.from(`${JSON.stringify(cell)}|${plain.toString()}`)),
  open: (cell: SealedCell, sealed: Buffer) => {
    const [head, ...rest] = sealed.toString().split('|');
    return head === JSON.stringify(cell)
      ? Promise.resolve(Buffer.from(rest.join('|')))
      : Promise.reject(new Error('sealed for another cell'));
  },
} as unknown as Vault;

function passwords(overrides: { minPasswordLength?: number } = {}): PasswordsService {
  const config = loadConfig({ env: {}, overrides: { dataDir: '/nowhere', ...overrides } });
  const columns = { declare: (column: unknown) => void declared.push(column) } as unknown as SealedColumns;
  return new PasswordsService(vault, new HashingGate(config), config, columns);
}

describe('a password', () => {
  it.each([
    'twelve chars',
    'correct Horse 7 battery',
    'пароль из слов',
    '猫'.repeat(6) + 'x'.repeat(6),
    'é'.repeat(3) + 'quite long x',
  ])('may be %j', (password) => {
    expect(() => passwords().assertAcceptable(password)).not.toThrow();
  });

  it('has 12 to 256 characters, as people count them', () => {
    const service = passwords();
    expect(() => service.assertAcceptable('elevenchars')).toThrow(BadParametersError);
    expect(() => service.assertAcceptable('\u{1F600}'.repeat(3) + 'quite ok')).toThrow(/12 to 256/);
    expect(() => service.assertAcceptable(`aB3 ${'xyzw'.repeat(63)}`)).not.toThrow();
    expect(() => service.assertAcceptable(`aB3 ${'xyzw'.repeat(63)}!`)).toThrow(BadParametersError);
    expect(() => service.assertAcceptable('')).toThrow(BadParametersError);
    expect(() => service.assertAcceptable('x'.repeat(1_000_000))).toThrow(BadParametersError);
  });

  it('may be as short as a setting says', () => {
    const service = passwords({ minPasswordLength: 5 });
    expect(() => service.assertAcceptable('fivec')).not.toThrow();
    expect(() => service.assertAcceptable('four')).toThrow(/5 to 256/);
    expect(() => service.assertAcceptable('admin')).toThrow(BadParametersError);
  });

  it.each([
    'passwordpassword',
    'Password12345!',
    '123administrator',
    '!!!LetMeInNow!!!',
    'correcthorsebatterystaple',
    'aaaaaaaaaaaaaaa',
    'abcabcabcabcabc',
    '12341234123412341234',
    '123456789012',
    '90123456789012345678901234',
    '098765432109',
    'abcdefghijklmno',
    'zyxwvutsrqponm',
    'qwertyuiopasdf',
    'ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ',
  ])('may not be %j, which is guessed first', (password) => {
    expect(() => passwords().assertAcceptable(password)).toThrow(/guessed first/);
  });

  it('may not hold NUL', () => {
    expect(() => passwords().assertAcceptable('a fine passw\0rd')).toThrow(/NUL/);
  });

  it('is not said in its refusal', () => {
    for (const password of ['short one', 'passwordpassword', 'a fine passw\0rd']) {
      let message = '';
      try {
        passwords().assertAcceptable(password);
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message).not.toBe('');
      expect(message).not.toContain(password);
    }
  });
});

describe('the hash of a password', () => {
  it('is sealed for its user and version, and opens for no other', async () => {
    const service = passwords();
    const sealed = await service.hash(7, 2, 'correct Horse 7 battery');
    const encoded = await service.openHash(7, 2, sealed);
    expect(await verifyPassword(encoded, 'correct Horse 7 battery')).toBe(true);
    await expect(service.openHash(8, 2, sealed)).rejects.toThrow('sealed for another cell');
    await expect(service.openHash(7, 3, sealed)).rejects.toThrow('sealed for another cell');
    expect(declared).toContainEqual(expect.objectContaining({ table: 'user_account', column: 'password_sealed' }));
  });

  it('made elsewhere is taken in a known form alone', async () => {
    const service = passwords();
    const known = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await service.openHash(1, 1, await service.sealPrehashed(1, 1, known))).toBe(known);
    await expect(service.sealPrehashed(1, 1, 'the plain text')).rejects.toThrow(BadParametersError);
  });
});
