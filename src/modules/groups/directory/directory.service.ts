import { Injectable } from '@nestjs/common';
import type { PermissionMatrix } from '../../../core/access/permission-matrix.js';
import { Directory, type Principal, type TenantRef } from '../../../platform/access/directory.js';
import { DirectoryRepository } from './directory.repository.js';
import { LruMap } from '../../../core/collections/lru-map.js';

/** Users remembered at once; each takes a kilobyte or two. */
const MAX_PRINCIPALS = 5_000;

interface Tenants {
  readonly all: readonly TenantRef[];
  readonly byName: ReadonlyMap<string, TenantRef>;
}

/** What was loaded since the access version was first seen; promises, so that equal questions in flight share one load. */
interface Snapshot {
  readonly version: bigint;
  readonly principals: LruMap<number, Promise<Principal>>;
  matrix: Promise<PermissionMatrix> | null;
  tenants: Promise<Tenants> | null;
}

/**
 * Remembers the directory of the newest access version that any request brought along. A request that read an older one
 * is answered from it too: what it gets is newer than what it asked for, never older.
 */
@Injectable()
export class DirectoryService extends Directory {
  private snapshot = emptySnapshot(0n);
  private snapshotVersion = '0';

  constructor(private readonly repository: DirectoryRepository) {
    super();
  }

  override principal(accessVersion: string, userId: number): Promise<Principal> {
    const { principals } = this.at(accessVersion);
    const known = principals.get(userId);
    if (known) return known;
    const loading = this.repository.principal(userId);
    principals.set(userId, loading);
    loading.catch(() => principals.drop(userId, loading));
    return loading;
  }

  override matrix(accessVersion: string): Promise<PermissionMatrix> {
    const snapshot = this.at(accessVersion);
    if (snapshot.matrix) return snapshot.matrix;
    const loading = this.repository.matrix();
    snapshot.matrix = loading;
    loading.catch(() => {
      if (snapshot.matrix === loading) snapshot.matrix = null;
    });
    return loading;
  }

  override async tenantByName(accessVersion: string, name: string): Promise<TenantRef | null> {
    return (await this.allTenants(accessVersion)).byName.get(name) ?? null;
  }

  override async tenants(accessVersion: string): Promise<readonly TenantRef[]> {
    return (await this.allTenants(accessVersion)).all;
  }

  private allTenants(accessVersion: string): Promise<Tenants> {
    const snapshot = this.at(accessVersion);
    if (snapshot.tenants) return snapshot.tenants;
    const loading = this.repository.tenants().then((all) => ({
      all,
      byName: new Map(all.map((tenant) => [tenant.name, tenant])),
    }));
    snapshot.tenants = loading;
    loading.catch(() => {
      if (snapshot.tenants === loading) snapshot.tenants = null;
    });
    return loading;
  }

  private at(accessVersion: string): Snapshot {
    if (accessVersion === this.snapshotVersion) return this.snapshot;
    const version = BigInt(accessVersion);
    if (version > this.snapshot.version) {
      this.snapshot = emptySnapshot(version);
      this.snapshotVersion = accessVersion;
    }
    return this.snapshot;
  }
}

function emptySnapshot(version: bigint): Snapshot {
  return { version, principals: new LruMap(MAX_PRINCIPALS), matrix: null, tenants: null };
}
