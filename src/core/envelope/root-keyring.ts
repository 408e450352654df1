import { KEY_BYTES } from './aead.js';

/**
 * A root key's life: `staged` (known, so that every replica has it before it is needed), `promoted` (opens, and the one
 * promoted last wraps), `retired` (opens nothing: whoever learns an old root key cannot plant keys with it; the operator
 * may set it back to `promoted` to bring a backup in).
 */
export type RootKeyState = 'staged' | 'promoted' | 'retired';

export interface RootKeyEntry {
  /** Stands beside every key that it wraps. */
  readonly label: string;
  readonly state: RootKeyState;
  /** ISO time. */
  readonly createdAt: string;
  readonly key: Buffer;
}

/** In the order of promotion. */
export type RootKeyring = readonly RootKeyEntry[];

const FORMAT = 1;
const STATES: readonly unknown[] = ['staged', 'promoted', 'retired'];
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What is wrong with a key ring or a change of it. Never holds key material. */
export class KeyringError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isState = (value: unknown): value is RootKeyState => STATES.includes(value);

/**
 * 32 bytes from base64, URL-safe base64 or 64 hexadecimal digits.
 * @throws KeyringError for anything else, and for bytes that are all alike: a placeholder somebody forgot.
 */
export function parseRootKey(text: string): Buffer {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64');
  if (key.length !== KEY_BYTES || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed)) {
    throw new KeyringError(`A root key is ${KEY_BYTES} bytes in base64 or hexadecimal digits.`);
  }
  if (key.every((byte) => byte === key[0]))
    throw new KeyringError('The root key is a placeholder: all its bytes are alike.');
  return key;
}

/** @throws KeyringError that says which entry is wrong. */
export function parseKeyring(text: string): RootKeyring {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new KeyringError('The key ring is not JSON.'); // the parser's message would quote the text
  }
  if (!isRecord(document) || document['format'] !== FORMAT || !Array.isArray(document['keys'])) {
    throw new KeyringError(`The key ring is not of format ${FORMAT}.`);
  }
  return checked(document['keys'].map(parseEntry));
}

function parseEntry(value: unknown, index: number): RootKeyEntry {
  const wrong = (what: string): KeyringError =>
    new KeyringError(`Entry ${index + 1} of the key ring has no valid ${what}.`);
  if (!isRecord(value)) throw wrong('shape');
  const { label, state, created_at: createdAt, key } = value;
  if (typeof label !== 'string' || !LABEL.test(label)) throw wrong('label');
  if (!isState(state)) throw wrong('state');
  if (typeof createdAt !== 'string') throw wrong('created_at');
  if (typeof key !== 'string') throw wrong('key');
  try {
    return { label, state, createdAt, key: parseRootKey(key) };
  } catch {
    throw wrong('key');
  }
}

function checked(ring: RootKeyring): RootKeyring {
  if (new Set(ring.map(({ label }) => label)).size !== ring.length) {
    throw new KeyringError('Two entries of the key ring have the same label.');
  }
  if (new Set(ring.map(({ key }) => key.toString('hex'))).size !== ring.length) {
    throw new KeyringError('Two entries of the key ring have the same key.');
  }
  activeEntry(ring);
  return ring;
}

export function serialiseKeyring(ring: RootKeyring): string {
  const keys = ring.map(({ label, state, createdAt, key }) => ({
    label,
    state,
    created_at: createdAt,
    key: key.toString('base64'),
  }));
  return `${JSON.stringify({ format: FORMAT, keys }, null, 2)}\n`;
}

/** The entry that wraps. @throws KeyringError when none is promoted. */
export function activeEntry<Entry extends Pick<RootKeyEntry, 'state'>>(ring: readonly Entry[]): Entry {
  const active = ring.findLast(({ state }) => state === 'promoted');
  if (active === undefined) throw new KeyringError('No entry of the key ring is promoted.');
  return active;
}

/** Adds a key that nothing uses yet. @throws KeyringError when label or key are there already. */
export function stage(ring: RootKeyring, entry: Omit<RootKeyEntry, 'state'>): RootKeyring {
  if (!LABEL.test(entry.label))
    throw new KeyringError('A label is letters, digits, dot, dash and underscore, at most 64.');
  return checked([...ring, { ...entry, state: 'staged' }]);
}

/** From now on this key wraps; those promoted before still open. @throws KeyringError for an unknown or retired label. */
export function promote(ring: RootKeyring, label: string): RootKeyring {
  const entry = ring.find((other) => other.label === label);
  if (entry === undefined) throw new KeyringError('There is no root key with this label.');
  if (entry.state === 'retired') throw new KeyringError('A retired root key is not promoted again.');
  return checked([...ring.filter((other) => other !== entry), { ...entry, state: 'promoted' }]);
}

/** Retires every promoted key but the active one: for when nothing is wrapped by them any more. */
export function retireOthers(ring: RootKeyring): RootKeyring {
  const active = activeEntry(ring);
  return ring.map((entry) => (entry.state === 'promoted' && entry !== active ? { ...entry, state: 'retired' } : entry));
}
