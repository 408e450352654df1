import { describe, expect, it } from '@jest/globals';
import { PermissionMatrix } from '../../../core/access/permission-matrix.js';
import type { Principal, TenantRef } from '../../../platform/access/directory.js';
import type { DirectoryRepository } from './directory.repository.js';
import { DirectoryService } from './directory.service.js';
import { toPrincipal } from './principal.js';

/** Counts loads; each answer can be held back or refused. */
class FakeRepository {
  readonly loads: string[] = [];
  failures = 0;
  hold: Promise<void> = Promise.resolve();
  world: TenantRef[] = [{ id: 0, name: 'default_tenant' }];

  async principal(userId: number): Promise<Principal> {
    await this.load(`principal ${userId}`);
    return toPrincipal({ userId, username: `user${userId}`, systemRole: 'default', groups: [], places: [] });
  }
  async matrix(): Promise<PermissionMatrix> {
    await this.load('matrix');
    return new PermissionMatrix([]);
  }
  async tenants(): Promise<TenantRef[]> {
    await this.load('tenants');
    return this.world;
  }
  private async load(what: string): Promise<void> {
    this.loads.push(what);
    await this.hold;
    if (this.failures-- > 0) throw new Error('the database is away');
  }
}

function setUp(): { directory: DirectoryService; repository: FakeRepository } {
  const repository = new FakeRepository();
  return { repository, directory: new DirectoryService(repository as unknown as DirectoryRepository) };
}

describe('DirectoryService', () => {
  it('loads a user once for an access version, also when asked in parallel', async () => {
    const { directory, repository } = setUp();
    const gate = Promise.withResolvers<void>();
    repository.hold = gate.promise;
    const asked = [directory.principal('5', 1), directory.principal('5', 1), directory.principal('5', 2)];
    gate.resolve();
    const [first, second] = await Promise.all(asked);
    expect(first).toBe(second);
    await directory.principal('5', 1);
    expect(repository.loads).toEqual(['principal 1', 'principal 2']);
  });

  it('loads matrix and tenants once for an access version', async () => {
    const { directory, repository } = setUp();
    await Promise.all([directory.matrix('5'), directory.matrix('5'), directory.tenants('5')]);
    expect(await directory.tenantByName('5', 'default_tenant')).toEqual({ id: 0, name: 'default_tenant' });
    expect(repository.loads).toEqual(['matrix', 'tenants']);
  });

  it('forgets everything when the access version rises, also beyond nine digits', async () => {
    const { directory, repository } = setUp();
    await directory.tenants('999999999');
    repository.world = [{ id: 4, name: 'acme' }];
    expect(await directory.tenantByName('1000000000', 'acme')).toEqual({ id: 4, name: 'acme' });
    expect(await directory.tenantByName('1000000000', 'default_tenant')).toBeNull();
  });

  it('answers a request that read an older version from the newer state, and keeps that', async () => {
    const { directory, repository } = setUp();
    const newer = await directory.principal('7', 1);
    expect(await directory.principal('6', 1)).toBe(newer);
    expect(await directory.principal('7', 1)).toBe(newer);
    expect(repository.loads).toHaveLength(1);
  });

  it('does not put a load that began before a change into what is remembered after it', async () => {
    const { directory, repository } = setUp();
    const gate = Promise.withResolvers<void>();
    repository.hold = gate.promise;
    const stale = directory.tenants('5');
    repository.hold = Promise.resolve();
    repository.world = [{ id: 4, name: 'acme' }];
    expect(await directory.tenants('6')).toEqual([{ id: 4, name: 'acme' }]);
    gate.resolve();
    await stale;
    expect(await directory.tenantByName('6', 'acme')).toEqual({ id: 4, name: 'acme' });
  });

  it('does not remember a failure', async () => {
    const { directory, repository } = setUp();
    repository.failures = 3;
    await expect(directory.principal('5', 1)).rejects.toThrow('away');
    await expect(directory.matrix('5')).rejects.toThrow('away');
    await expect(directory.tenants('5')).rejects.toThrow('away');
    await expect(directory.principal('5', 1)).resolves.toMatchObject({ userId: 1 });
    await expect(directory.matrix('5')).resolves.toBeInstanceOf(PermissionMatrix);
    await expect(directory.tenants('5')).resolves.toHaveLength(1);
  });

  it('knows tenants by their exact names only', async () => {
    const { directory } = setUp();
    expect(await directory.tenantByName('1', 'Default_Tenant')).toBeNull();
    expect(await directory.tenantByName('1', 'constructor')).toBeNull();
  });
});
