import { Injectable } from '@nestjs/common';
import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { KEY_BYTES } from '../../core/envelope/aead.js';
import {
  activeEntry,
  KeyringError,
  parseRootKey,
  promote,
  retireOthers,
  stage,
  type RootKeyEntry,
  type RootKeyring,
  type RootKeyState,
} from '../../core/envelope/root-keyring.js';
import { Clock } from '../clock/clock.js';
import { KeyStoreError } from './key-store-error.js';
import { KeyringFile } from './keyring-file.js';
import { VaultOptions } from './vault-options.js';

export interface RootKey {
  readonly label: string;
  readonly key: KeyObject;
}

export interface RootKeyStatus {
  readonly label: string;
  readonly state: RootKeyState;
  readonly isActive: boolean;
  readonly source: 'setting' | 'file';
}

/** Settings name no label: the key names itself, by a keyed hash that tells nothing about it. */
const labelOf = (key: Buffer): string =>
  `setting-${createHmac('sha256', key).update('holdfast/root-label').digest('hex').slice(0, 12)}`;

/**
 * The root keys this process knows: those of the setting, then those of the key ring file. A key of the setting goes
 * before the file's, so moving from one to the other is: give the setting, rotate the root key.
 */
@Injectable()
export class RootKeys {
  private readonly file: KeyringFile;
  private readonly ofSetting: readonly RootKey[];
  /** What the file said last, without the keys: those are KeyObjects, outside of the JavaScript heap. */
  private ring: readonly Omit<RootKeyEntry, 'key'>[] | null = null;
  private ofRing: ReadonlyMap<string, RootKey> = new Map();

  /** @throws KeyStoreError when the setting holds no root key. */
  constructor(
    options: VaultOptions,
    private readonly clock: Clock,
  ) {
    this.file = new KeyringFile(options.dataDir);
    this.ofSetting = options.rootKey === null ? [] : options.rootKey.split(',').map(rootKeyOfSetting);
  }

  get path(): string {
    return this.file.path;
  }

  /** Whether the root keys can be rotated here: those of a setting are the operator's to change. */
  get isFileBased(): boolean {
    return this.ofSetting.length === 0;
  }

  /**
   * Reads the key ring again.
   * @throws KeyStoreError when the file is not usable, or when there is no root key at all.
   */
  async load(): Promise<void> {
    this.adopt(await this.file.read());
    if (this.isFileBased && this.ring === null) {
      throw new KeyStoreError(
        `${this.path}: there is no such file and no root_key is set, but the database holds values sealed under a root key. ` +
          'Restore the file from its backup, or set root_key.',
      );
    }
  }

  /** As `load`, for a database that holds nothing sealed yet: a missing key ring is made. */
  async loadOrCreate(): Promise<void> {
    if (this.isFileBased && !(await this.file.exists())) {
      const entry = this.newEntry();
      await this.file.create([{ ...entry, state: 'promoted' }]);
      entry.key.fill(0);
    }
    await this.load();
  }

  /** The key that wraps. */
  active(): RootKey {
    const [first] = this.ofSetting;
    const active = first ?? (this.ring === null ? undefined : this.ofRing.get(activeEntry(this.ring).label));
    if (active === undefined) throw new KeyStoreError('The root keys were used before they were loaded.');
    return active;
  }

  /**
   * The key that wrapped something.
   * @throws KeyStoreError when it is unknown or retired, naming its label and the file.
   */
  byLabel(label: string): RootKey {
    const key = this.ofSetting.find((other) => other.label === label) ?? this.ofRing.get(label);
    if (key !== undefined) return key;
    const isRetired = this.ring?.some((entry) => entry.label === label && entry.state === 'retired') === true;
    throw new KeyStoreError(
      isRetired
        ? `The database holds keys under the root key \`${label}\`, which is retired. Set its state to promoted in ${this.path} and rotate the root key.`
        : `The database holds keys under the root key \`${label}\`, which is neither in ${this.path} nor in root_key.`,
    );
  }

  knows(label: string): boolean {
    return this.ofSetting.some((key) => key.label === label) || this.ofRing.has(label);
  }

  status(): RootKeyStatus[] {
    const active = this.active().label;
    return [
      ...this.ofSetting.map(({ label }) => ({
        label,
        state: 'promoted' as const,
        isActive: label === active,
        source: 'setting' as const,
      })),
      ...(this.ring ?? []).map(({ label, state }) => ({
        label,
        state,
        isActive: label === active,
        source: 'file' as const,
      })),
    ];
  }

  /** True when a change of root keys was begun and its end is missing. */
  hasForerunners(): boolean {
    return (this.ring ?? []).filter(({ state }) => state === 'promoted').length > 1;
  }

  /**
   * Puts a new key in the ring, or finds the one that is staged already. It is durable before anything uses it.
   * @returns its label.
   */
  async stage(): Promise<string> {
    const ring = await this.existing();
    const waiting = ring.find(({ state }) => state === 'staged');
    const entry = waiting ?? this.newEntry();
    await this.save(waiting === undefined ? stage(ring, entry) : ring);
    return entry.label;
  }

  async promote(label: string): Promise<void> {
    await this.save(promote(await this.existing(), label));
  }

  async retireOthers(): Promise<void> {
    await this.save(retireOthers(await this.existing()));
  }

  private newEntry(): { label: string; createdAt: string; key: Buffer } {
    const createdAt = this.clock.now().toISOString();
    return {
      label: `root-${createdAt.slice(0, 10)}-${randomBytes(3).toString('hex')}`,
      createdAt,
      key: randomBytes(KEY_BYTES),
    };
  }

  private async existing(): Promise<RootKeyring> {
    const ring = await this.file.read();
    if (ring === null) throw new KeyStoreError(`${this.path}: there is no such file.`);
    return ring;
  }

  private async save(ring: RootKeyring): Promise<void> {
    await this.file.replace(ring);
    this.adopt(ring);
  }

  private adopt(ring: RootKeyring | null): void {
    const usable = (ring ?? []).filter(({ state }) => state === 'promoted');
    this.ofRing = new Map(usable.map(({ label, key }) => [label, { label, key: createSecretKey(key) }]));
    this.ring = ring === null ? null : ring.map(({ label, state, createdAt }) => ({ label, state, createdAt }));
    for (const { key } of ring ?? []) key.fill(0);
  }
}

function rootKeyOfSetting(text: string): RootKey {
  try {
    const key = parseRootKey(text);
    const named = { label: labelOf(key), key: createSecretKey(key) };
    key.fill(0);
    return named;
  } catch (error) {
    throw new KeyStoreError(`root_key: ${error instanceof KeyringError ? error.message : 'is not usable'}`, {
      cause: error,
    });
  }
}
