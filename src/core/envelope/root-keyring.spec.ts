import {
  activeEntry,
  KeyringError,
  parseKeyring,
  parseRootKey,
  promote,
  retireOthers,
  serialiseKeyring,
  stage,
  type RootKeyring,
} from './root-keyring.js';

const key = (seed: number): Buffer => Buffer.from(Array.from({ length: 32 }, (_, index) => (seed * 7 + index) % 256));
const entry = (label: string, seed: number): { label: string; createdAt: string; key: Buffer } => ({
  label,
  createdAt: '2026-01-01T00:00:00.000Z',
  key: key(seed),
});
const first: RootKeyring = promote([{ ...entry('bootstrap', 0), state: 'promoted' }], 'bootstrap');
const states = (ring: RootKeyring): string[] => ring.map(({ label, state }) => `${label} ${state}`);

describe('root key ring', () => {
  it('walks a key from staged to promoted and its forerunner to retired', () => {
    const staged = stage(first, entry('next', 1));
    expect(activeEntry(staged).label).toBe('bootstrap');

    const promoted = promote(staged, 'next');
    expect(activeEntry(promoted).label).toBe('next');
    expect(states(promoted)).toEqual(['bootstrap promoted', 'next promoted']);

    expect(states(retireOthers(promoted))).toEqual(['bootstrap retired', 'next promoted']);
  });

  it('lets the key promoted last wrap, whatever the order of staging', () => {
    const ring = promote(promote(stage(stage(first, entry('a', 1)), entry('b', 2)), 'b'), 'a');
    expect(activeEntry(ring).label).toBe('a');
    expect(activeEntry(parseKeyring(serialiseKeyring(ring))).label).toBe('a');
  });

  it('survives being written and read', () => {
    const ring = retireOthers(promote(stage(first, entry('next', 1)), 'next'));
    expect(parseKeyring(serialiseKeyring(ring))).toEqual(ring);
  });

  it('does not take a label or a key twice', () => {
    expect(() => stage(first, entry('bootstrap', 1))).toThrow('same label');
    expect(() => stage(first, entry('next', 0))).toThrow('same key');
    expect(() => stage(first, entry('../next', 1))).toThrow(KeyringError);
  });

  it('promotes neither what it does not know nor what is retired', () => {
    expect(() => promote(first, 'next')).toThrow(KeyringError);
    const rotated = retireOthers(promote(stage(first, entry('next', 1)), 'next'));
    expect(() => promote(rotated, 'bootstrap')).toThrow(KeyringError);
  });

  it('never retires the last key that opens', () => {
    expect(states(retireOthers(first))).toEqual(['bootstrap promoted']);
    expect(() => parseKeyring(serialiseKeyring([{ ...entry('only', 3), state: 'retired' }]))).toThrow('promoted');
  });

  it.each<[string, string]>([
    ['', 'not JSON'],
    ['{"format":1,"keys":[', 'not JSON'],
    ['[]', 'format'],
    ['{"format":2,"keys":[]}', 'format'],
    ['{"format":1,"keys":[]}', 'promoted'],
    ['{"format":1,"keys":[null]}', 'Entry 1'],
    ['{"format":1,"keys":[{"label":"a b","state":"promoted","created_at":"x","key":"y"}]}', 'label'],
    ['{"format":1,"keys":[{"label":"a","state":"lost","created_at":"x","key":"y"}]}', 'state'],
    ['{"format":1,"keys":[{"label":"a","state":"promoted","created_at":"x","key":"c2VjcmV0"}]}', 'key'],
  ])('refuses %s without quoting it', (text, reason) => {
    expect(() => parseKeyring(text)).toThrow(reason);
    expect(() => parseKeyring(text)).not.toThrow('c2VjcmV0');
  });

  it('reads a root key from base64, URL-safe base64 and hexadecimal digits', () => {
    const raw = Buffer.from('fbff'.repeat(8) + '0123456789abcdef'.repeat(2), 'hex');
    expect(parseRootKey(raw.toString('base64'))).toEqual(raw);
    expect(parseRootKey(raw.toString('base64url'))).toEqual(raw);
    expect(parseRootKey(` ${raw.toString('hex')}\n`)).toEqual(raw);
  });

  it.each([
    '',
    'short',
    'A'.repeat(43),
    '0'.repeat(64),
    `${key(1).toString('base64')}!`,
    key(1).toString('hex').slice(2),
  ])('refuses %p as a root key', (text) => {
    expect(() => parseRootKey(text)).toThrow(KeyringError);
  });
});
