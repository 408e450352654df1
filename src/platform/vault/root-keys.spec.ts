import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { SystemClock } from '../clock/clock.js';
import { KeyStoreError } from './key-store-error.js';
import { RootKeys } from './root-keys.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'holdfast-root-keys-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const rootKeys = (rootKey: string | null = null): RootKeys => new RootKeys({ dataDir, rootKey }, new SystemClock());

describe('RootKeys', () => {
  it('makes one key where there is none, and finds it again', async () => {
    const first = rootKeys();
    await first.loadOrCreate();
    const second = rootKeys();
    await second.loadOrCreate();
    expect(second.active().label).toBe(first.active().label);
    expect(second.active().key.equals(first.active().key)).toBe(true);
  });

  it('makes one key although several begin at once', async () => {
    const all = Array.from({ length: 5 }, () => rootKeys());
    await Promise.all(all.map((keys) => keys.loadOrCreate()));
    expect(new Set(all.map((keys) => keys.active().label)).size).toBe(1);
    expect(await readdir(path.join(dataDir, 'keys'))).toEqual(['root-keyring.json']);
  });

  it('refuses a missing ring where something was sealed', async () => {
    await expect(rootKeys().load()).rejects.toThrow(KeyStoreError);
    await expect(rootKeys().load()).rejects.toThrow(path.join(dataDir, 'keys', 'root-keyring.json'));
  });

  it('stages once, however often it is asked, and keeps what it staged through a restart', async () => {
    const keys = rootKeys();
    await keys.loadOrCreate();
    const before = keys.active().label;
    const staged = await keys.stage();
    expect(await rootKeys().stage()).toBe(staged);

    await keys.load();
    expect(keys.active().label).toBe(before);
    expect(keys.knows(staged)).toBe(false); // opens nothing before it is promoted
    await keys.promote(staged);
    expect([keys.active().label, keys.hasForerunners()]).toEqual([staged, true]);
    await keys.retireOthers();
    expect([keys.knows(before), keys.hasForerunners()]).toEqual([false, false]);
    expect(() => keys.byLabel(before)).toThrow('is retired');
  });

  it('puts the key of the setting before the ring, and opens with both', async () => {
    const ring = rootKeys();
    await ring.loadOrCreate();
    const text = randomBytes(32).toString('base64');
    const keys = rootKeys(text);
    await keys.load();
    expect(keys.active().label).toMatch(/^setting-[0-9a-f]{12}$/);
    expect(keys.knows(ring.active().label)).toBe(true);
    expect(keys.isFileBased).toBe(false);
    expect(JSON.stringify(keys.status())).not.toContain(text);
  });

  it('names the key of a setting after itself, so another key has another name', () => {
    const [one, two] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
    expect(rootKeys(one).active().label).toBe(rootKeys(one).active().label);
    expect(rootKeys(one).active().label).not.toBe(rootKeys(two).active().label);
  });

  it('keeps the ring as it was when the new one cannot be written', async () => {
    const keys = rootKeys();
    await keys.loadOrCreate();
    const file = path.join(dataDir, 'keys', 'root-keyring.json');
    const before = await readFile(file, 'utf8');
    await expect(keys.promote('nobody')).rejects.toThrow('no root key with this label');
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('never repeats key material in what it says about a damaged ring', async () => {
    const keys = rootKeys();
    await keys.loadOrCreate();
    const file = path.join(dataDir, 'keys', 'root-keyring.json');
    const secret = /"key": "([^"]+)"/.exec(await readFile(file, 'utf8'))?.[1] ?? '';
    expect(secret).toHaveLength(44);
    await writeFile(file, (await readFile(file, 'utf8')).replace('promoted', 'lost'));
    const error: unknown = await keys.load().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KeyStoreError);
    expect(String(error)).not.toContain(secret.slice(0, 8));
  });
});
