import { Injectable } from '@nestjs/common';
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { KEY_BYTES, NONCE_BYTES } from '../../core/envelope/aead.js';
import type { VersionedKey } from '../../core/envelope/envelope.js';
import { unwrapKey, wrapKey, type WrappedKeyName } from '../../core/envelope/key-wrap.js';
import { Clock } from '../clock/clock.js';
import { systemCtx, systemTenantCtx, type Ctx } from '../context/ctx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { Installation } from './installation.js';
import { isFresh, KeyMemory } from './key-memory.js';
import { RootKeyUse } from './root-key-use.js';
import { TenantKeyRepository, type TenantKeyRow } from './tenant-key.repository.js';

/** How long a replica may go on sealing under a version after another one made the next: rotation waits that out. */
export const SEALING_FRESHNESS_MS = 2_000;
/** How long an unwrapped key is used without looking whether it still exists: the reach of a shredding into other replicas. */
const OPENING_FRESHNESS_MS = 60_000;
const MAX_REMEMBERED_KEYS = 4_096;

/** A key of a tenant or of the installation, outside of the JavaScript heap. */
export interface TenantKey extends VersionedKey {
  readonly key: KeyObject;
}

/** The context in which the keys and rows of one owner are reached: a tenant, or null for the installation. */
export function ownerCtx(reason: string, tenantId: number | null): Ctx {
  return tenantId === null ? systemCtx(reason) : systemTenantCtx(reason, { id: tenantId, name: String(tenantId) });
}

/**
 * The versioned keys of tenants and of the installation (tenant null). What is remembered needs no query; at most one
 * query for the same key is under way.
 */
@Injectable()
export class TenantKeys {
  private readonly memory = new KeyMemory(MAX_REMEMBERED_KEYS, OPENING_FRESHNESS_MS);
  private readonly currents = new Map<number | null, { readonly version: number; readonly readAtMs: number }>();
  private readonly underWay = new Map<string, Promise<TenantKey | undefined>>();
  /** Rises when something is forgotten: what was read before must not be remembered after. */
  private epoch = 0;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: TenantKeyRepository,
    private readonly rootKeys: RootKeyUse,
    private readonly installation: Installation,
    private readonly clock: Clock,
  ) {}

  /** The key that seals, at most SEALING_FRESHNESS_MS old. The first one of a tenant is made here. */
  async current(tenantId: number | null): Promise<TenantKey> {
    const nowMs = this.nowMs();
    const known = this.currents.get(tenantId);
    if (known !== undefined && isFresh(known.readAtMs, nowMs, SEALING_FRESHNESS_MS)) {
      const key = this.memory.find(tenantId, known.version, nowMs);
      if (key !== undefined) return { version: known.version, key };
    }
    const read = await this.shared(`current ${tenantId}`, () => this.readCurrent(tenantId));
    if (read === undefined) throw new Error('A tenant key was neither found nor made.');
    return read;
  }

  /** Undefined when the owner has no such key: it never had, or it was shredded. */
  async byVersion(tenantId: number | null, version: number): Promise<TenantKey | undefined> {
    const key = this.remembered(tenantId, version);
    return key ?? this.shared(`${tenantId} ${version}`, () => this.readVersion(tenantId, version));
  }

  /** What `byVersion` can say without asking the database. */
  remembered(tenantId: number | null, version: number): TenantKey | undefined {
    const key = this.memory.find(tenantId, version, this.nowMs());
    return key === undefined ? undefined : { version, key };
  }

  /** Makes the next version current; the one before opens on. */
  async add(tenantId: number | null): Promise<TenantKey> {
    const added = await this.make(tenantId, (ctx) => this.repository.demoteCurrent(ctx));
    this.forget(tenantId);
    if (added === undefined) throw new Error('Two rotations made a key for the same tenant.');
    return added;
  }

  /** The version that seals, as the database has it; undefined while the owner has no key. Makes none. */
  async currentVersion(tenantId: number | null): Promise<number | undefined> {
    const row = await this.unitOfWork.run(ownerCtx('vault', tenantId), (ctx) => this.repository.current(ctx));
    return row?.version;
  }

  /** For when no row is left on the versions before the current one. They still open what a backup brings back. */
  async retireOld(tenantId: number | null): Promise<void> {
    await this.unitOfWork.run(ownerCtx('vault', tenantId), (ctx) => this.repository.retireOld(ctx, this.clock.now()));
  }

  /**
   * Deletes a tenant's keys, in the caller's transaction: what they sealed opens never again. This process forgets them at
   * once, others within a minute of the commit.
   */
  async shred(ctx: Ctx, tenantId: number): Promise<void> {
    await this.unitOfWork.run(ctx, (inner) => this.repository.shred(inner, tenantId));
    this.forget(tenantId);
  }

  forget(tenantId: number | null): void {
    this.epoch += 1;
    this.underWay.clear(); // who asks from now on starts a read of its own
    this.currents.delete(tenantId);
    this.memory.forget(tenantId);
  }

  private nowMs(): number {
    return this.clock.now().getTime();
  }

  private async shared(name: string, read: () => Promise<TenantKey | undefined>): Promise<TenantKey | undefined> {
    const running = this.underWay.get(name);
    if (running !== undefined) return running;
    const started = read().finally(() => {
      if (this.underWay.get(name) === started) this.underWay.delete(name);
    });
    this.underWay.set(name, started);
    return started;
  }

  private async readCurrent(tenantId: number | null): Promise<TenantKey | undefined> {
    const [readAtMs, epoch] = [this.nowMs(), this.epoch];
    const find = (): Promise<TenantKeyRow | undefined> =>
      this.unitOfWork.run(ownerCtx('vault', tenantId), (ctx) => this.repository.current(ctx));
    const row = await find();
    // Undefined from make() means that another replica was faster: then its key is there now.
    const key = row === undefined ? await this.make(tenantId) : await this.unwrap(row);
    const found = key ?? (await this.readExisting(await find()));
    if (epoch === this.epoch) {
      this.memory.remember(found.version, { tenantId, key: found.key, readAtMs });
      this.currents.set(tenantId, { version: found.version, readAtMs });
    }
    return found;
  }

  private async readExisting(row: TenantKeyRow | undefined): Promise<TenantKey> {
    if (row === undefined) throw new Error('A tenant key vanished while it was made.');
    return this.unwrap(row);
  }

  private async readVersion(tenantId: number | null, version: number): Promise<TenantKey | undefined> {
    const [readAtMs, epoch] = [this.nowMs(), this.epoch];
    const row = await this.unitOfWork.run(ownerCtx('vault', tenantId), (ctx) =>
      this.repository.byVersion(ctx, version),
    );
    if (row === undefined) return undefined;
    const found = await this.unwrap(row);
    if (epoch === this.epoch) this.memory.remember(version, { tenantId, key: found.key, readAtMs });
    return found;
  }

  /** Undefined when the owner has a current key after all. */
  private async make(
    tenantId: number | null,
    before: (ctx: Ctx) => Promise<void> = async () => undefined,
  ): Promise<TenantKey | undefined> {
    const installationId = await this.installation.id();
    const key = randomBytes(KEY_BYTES);
    try {
      return await this.unitOfWork.run(ownerCtx('vault', tenantId), async (ctx) => {
        const root = await this.rootKeys.forWrapping(ctx);
        await before(ctx);
        const version = await this.repository.nextVersion(ctx);
        const wrapped = wrapKey(root.key, keyName(installationId, tenantId, version), randomBytes(NONCE_BYTES), key);
        const isMade = await this.repository.insertCurrent(ctx, {
          version,
          wrapped,
          rootLabel: root.label,
          createdAt: this.clock.now(),
        });
        return isMade ? { version, key: createSecretKey(key) } : undefined;
      });
    } finally {
      key.fill(0);
    }
  }

  private async unwrap(row: TenantKeyRow): Promise<TenantKey> {
    const root = await this.rootKeys.byLabel(row.rootLabel);
    const name = keyName(await this.installation.id(), row.tenantId, row.version);
    const key = unwrapKey(root.key, name, row.wrapped);
    try {
      return { version: row.version, key: createSecretKey(key) };
    } finally {
      key.fill(0);
    }
  }
}

export function keyName(installationId: string, tenantId: number | null, version: number): WrappedKeyName {
  return { kind: 'tenant-key', installationId, tenantId, version };
}
