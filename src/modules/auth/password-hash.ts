import { argon2, pbkdf2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { promisify } from 'node:util';

const argon2Async = promisify(argon2);
const pbkdf2Async = promisify(pbkdf2);

/** OWASP's argon2id profile for one pass: 46 MiB (security-design §2). */
const MEMORY_KIB = 47_104;
const PASSES = 1;
const LANES = 1;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

const ARGON2 =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
/** The form in which the original stores passwords; `.` stands for `+` in its base64. */
const PBKDF2 = /^\$pbkdf2-sha256\$(\d{1,7})\$([A-Za-z0-9./]{0,86})\$([A-Za-z0-9./]{43})$/;
const MAX_PBKDF2_ROUNDS = 1_000_000;
const MAX_ARGON2_KIB = 262_144;

/** Whether a text is a hash that `verifyPassword` can check. */
export function isKnownHash(encoded: string): boolean {
  const argon = ARGON2.exec(encoded);
  if (argon)
    return (
      Number(argon[1]) <= MAX_ARGON2_KIB &&
      Number(argon[1]) >= 8 * Number(argon[3]) &&
      Number(argon[2]) >= 1 &&
      Number(argon[2]) <= 10 &&
      Number(argon[3]) >= 1
    );
  const old = PBKDF2.exec(encoded);
  return old !== null && Number(old[1]) >= 1 && Number(old[1]) <= MAX_PBKDF2_ROUNDS;
}

/** argon2id over the NFKC form, in the PHC string format. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(SALT_BYTES);
  const tag = await argon2id(password, {
    nonce,
    memory: MEMORY_KIB,
    passes: PASSES,
    parallelism: LANES,
    tagLength: TAG_BYTES,
  });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(nonce)}$${unpadded(tag)}`;
}

/** Compares in constant time. An unknown format is a wrong password. */
export async function verifyPassword(encoded: string, password: string): Promise<boolean> {
  if (!isKnownHash(encoded)) return false;
  const argon = ARGON2.exec(encoded);
  if (argon) {
    const [, memory, passes, lanes, salt = '', tag = ''] = argon;
    const expected = Buffer.from(tag, 'base64');
    const actual = await argon2id(password, {
      nonce: Buffer.from(salt, 'base64'),
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(lanes),
      tagLength: expected.length,
    });
    return timingSafeEqual(actual, expected);
  }
  const [, rounds, salt = '', tag = ''] = PBKDF2.exec(encoded) ?? [];
  const expected = Buffer.from(tag.replaceAll('.', '+'), 'base64');
  const actual = await pbkdf2Async(
    password,
    Buffer.from(salt.replaceAll('.', '+'), 'base64'),
    Number(rounds),
    expected.length,
    'sha256',
  );
  return timingSafeEqual(actual, expected);
}

/** Whether a hash that just verified should be replaced by one of today's form. */
export function isOutdated(encoded: string): boolean {
  return !encoded.startsWith(`$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$`);
}

function argon2id(password: string, parameters: Omit<Argon2Parameters, 'message'>): Promise<Buffer> {
  return argon2Async('argon2id', { message: Buffer.from(password.normalize('NFKC')), ...parameters });
}

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
