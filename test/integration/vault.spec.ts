import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { keyVersionOf } from '../../src/core/envelope/envelope.js';
import { ConflictError, IntegrityError } from '../../src/core/errors/app-error.js';
import { TestClock } from '../support/test-clock.js';
import { NOTE, noteCell, Notes, PASSWORD, VaultWorld, type Replica } from '../support/vault-world.js';
import { systemCtx, systemTenantCtx, type Ctx } from '../../src/platform/context/ctx.js';
import { execute, queryRows } from '../../src/platform/database/tx.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { KeyRotation } from '../../src/platform/vault/key-rotation.js';
import { KeyStoreError } from '../../src/platform/vault/key-store-error.js';
import { PurposeKeys } from '../../src/platform/vault/purpose-keys.js';
import { openPurposeKeys } from '../../src/platform/vault/root-key-start.js';
import { SealedColumnCheck } from '../../src/platform/vault/sealed-column-check.js';
import { TenantKeys } from '../../src/platform/vault/tenant-keys.js';
import { VaultStart } from '../../src/platform/vault/vault-start.js';

let world: VaultWorld;
let replica: Replica;

async function openWorld(): Promise<void> {
  world = await VaultWorld.create();
  replica = await world.replica();
}

/** One world for all tests of a block, for those that get along with each other's tenants. */
function inOneWorld(): void {
  beforeAll(openWorld);
  afterAll(() => world.close());
}

/** A world for each test, for those that change root keys, or count everything there is. */
function inWorldsOfTheirOwn(): void {
  beforeEach(openWorld);
  afterEach(() => world.close());
}

const tenantCtx = (id: number): Ctx => systemTenantCtx('test', { id, name: 'test' });
const rowsOfKeys = (
  on: Replica = replica,
): Promise<readonly { tenantId: number | null; state: string; version: number }[]> =>
  on
    .get(KeyRotation)
    .status()
    .then(({ keys }) => keys);
const noteStatus = async (on: Replica = replica): Promise<unknown> =>
  (await on.get(KeyRotation).status()).columns.find(({ column }) => column === 'note.value_sealed');

describe('sealed values', () => {
  inOneWorld();

  it('open in their row and nowhere else, and a refusal is loud and audited', async () => {
    const [one, two] = [new Notes(replica, await world.tenant()), new Notes(replica, await world.tenant())];
    const [mine, other, foreign] = [await one.add('mine'), await one.add('other'), await two.add('foreign')];
    expect(await one.read(mine)).toBe('mine');

    await one.overwrite(mine, (await one.row(other)).sealed);
    await expect(one.read(mine)).rejects.toThrow(IntegrityError);
    await one.overwrite(mine, (await two.row(foreign)).sealed);
    await expect(one.read(mine)).rejects.toThrow(IntegrityError);

    expect(await one.read(other)).toBe('other');
    expect(replica.log.at('error')).toEqual([
      expect.objectContaining({
        message: 'a sealed value was refused',
        table: 'note',
        row: mine,
        fault: 'unauthentic',
      }),
      expect.objectContaining({ message: 'a sealed value was refused', row: mine, fault: 'key unknown' }),
    ]);
    expect(replica.audited.filter(({ refIdentifier }) => refIdentifier?.id === mine)).toHaveLength(2);
    expect(replica.audited[0]).toMatchObject({
      action: 'vault.integrity_failure',
      outcome: 'failure',
      refTable: 'note',
      refIdentifier: { id: mine, tenant_id: one.tenantId },
    });
  });

  it('do not open with a flipped bit, wherever it is', async () => {
    const notes = new Notes(replica, await world.tenant());
    const id = await notes.add('a');
    const { sealed } = await notes.row(id);
    for (let at = 0; at < sealed.length; at += 1) {
      const bent = Buffer.from(sealed);
      bent[at] = (bent[at] ?? 0) ^ (1 << (at % 8));
      await expect(replica.vault.open(noteCell(notes.tenantId, id), bent)).rejects.toThrow(IntegrityError);
    }
  });

  it('do not open as an older version of their own row', async () => {
    const notes = new Notes(replica, await world.tenant());
    const id = await notes.add('first');
    const { sealed } = await notes.row(id);
    await notes.change(id, 'second');
    await notes.overwrite(id, sealed);
    await expect(notes.read(id)).rejects.toThrow(IntegrityError);
  });

  it('are made for declared columns only', async () => {
    const cell = noteCell(await world.tenant(), 'x');
    await expect(replica.vault.seal({ ...cell, column: 'creator_id' }, Buffer.from('x'))).rejects.toThrow(
      'not declared',
    );
    await expect(replica.vault.seal({ ...cell, tenantId: null }, Buffer.from('x'))).rejects.toThrow(
      'belongs to a tenant',
    );
  });

  it('get one key for a tenant although replicas make the first one together', async () => {
    const other = await world.replica();
    const tenantId = await world.tenant();
    const cells = Array.from({ length: 8 }, (_, index) => noteCell(tenantId, `row-${index}`));
    const sealed = await Promise.all(
      cells.map((cell, index) => (index % 2 === 0 ? replica : other).vault.seal(cell, Buffer.from('x'))),
    );
    expect(new Set(sealed.map(keyVersionOf)).size).toBe(1);
  });

  it('cannot be reached by another tenant through the key table', async () => {
    const [one, two] = [new Notes(replica, await world.tenant()), new Notes(replica, await world.tenant())];
    await one.add('a');
    await two.add('b');
    const seen = await replica.unitOfWork.run(tenantCtx(one.tenantId), (ctx) =>
      queryRows<{ tenantId: number | null }>(ctx, 'SELECT DISTINCT tenant_id AS "tenantId" FROM tenant_key ORDER BY 1'),
    );
    expect(seen.map(({ tenantId }) => tenantId)).toEqual([one.tenantId, null]);

    const deleted = (ctx: Ctx): Promise<number> =>
      replica.unitOfWork.run(ctx, (inner) =>
        execute(inner, 'DELETE FROM tenant_key WHERE tenant_id IS DISTINCT FROM $1', [one.tenantId]),
      );
    expect(await deleted(tenantCtx(one.tenantId))).toBe(0);
    expect(await deleted(systemCtx('test'))).toBe(0);
    await expect(
      replica.unitOfWork.run(tenantCtx(one.tenantId), (ctx) =>
        execute(ctx, 'UPDATE tenant_key SET tenant_id = $1', [two.tenantId]),
      ),
    ).rejects.toThrow('permission denied');
  });
});

describe('rotation of tenant keys', () => {
  inWorldsOfTheirOwn();

  it('replaces the key of every row, private ones too, and leaves the values alone', async () => {
    const notes = new Notes(replica, await world.tenant());
    const ids = await notes.addMany(450);
    const first = ids[0] ?? '';
    const before = await notes.row(first);

    const result = await replica.get(KeyRotation).rotateTenantKeys({ settleMs: 0 });

    expect(result).toEqual({ scope: 'all', rewrapped: 451, unreadable: 0 }); // and the canary
    const after = await notes.row(first);
    expect(after.sealed.subarray(66)).toEqual(before.sealed.subarray(66));
    expect(keyVersionOf(after.sealed)).toBeGreaterThan(keyVersionOf(before.sealed));
    for (const id of ids) expect(await notes.read(id)).toBe(`value of ${id}`);
    expect(await noteStatus()).toEqual({ column: 'note.value_sealed', rows: 450, current: 450, old: 0, unreadable: 0 });
    expect((await rowsOfKeys()).map(({ state }) => state).toSorted()).toEqual([
      'current',
      'current',
      'retired',
      'retired',
    ]);
  });

  it('fails no read and no write of two replicas that work on meanwhile', async () => {
    const other = await world.replica();
    const tenantId = await world.tenant();
    const [here, there] = [new Notes(replica, tenantId), new Notes(other, tenantId)];
    const ids = await here.addMany(1_000);
    const latest = new Map<string, string>();
    const done = new AbortController();
    let [reads, writes] = [0, 0];
    const work = async (notes: Notes, offset: number): Promise<void> => {
      for (let at = offset; !done.signal.aborted; at = (at + 7) % ids.length) {
        const id = ids[at] ?? '';
        if (at % 3 === 0) {
          const value = `changed ${writes}`;
          if (await notes.change(id, value)) latest.set(id, value);
          writes += 1;
        } else {
          await notes.read(id);
          reads += 1;
        }
      }
    };
    const workers = [work(here, 0), work(there, 350), work(there, 700)];

    const result = await replica.get(KeyRotation).rotateTenantKeys({
      scope: `tenant:${tenantId}`,
      settleMs: 150,
      // For the other replica the two seconds pass in which it may go on sealing under the old key.
      onProgress: () => other.clock.advance(2_000),
    });
    done.abort();
    await Promise.all(workers);

    expect(result.unreadable).toBe(0);
    expect(reads).toBeGreaterThan(50);
    expect(writes).toBeGreaterThan(20);
    expect(await noteStatus()).toMatchObject({ rows: 1_000, current: 1_000, old: 0, unreadable: 0 });
    for (const id of ids) expect(await there.read(id)).toBe(latest.get(id) ?? `value of ${id}`);
  }, 30_000);

  it('is resumed after it was broken off, without making yet another key', async () => {
    const [one, two] = [new Notes(replica, await world.tenant()), new Notes(replica, await world.tenant())];
    await one.addMany(450);
    await two.addMany(30);
    let batches = 0;
    const broken = replica.get(KeyRotation).rotateTenantKeys({
      settleMs: 0,
      onProgress: () => {
        batches += 1;
        if (batches === 3) throw new Error('killed');
      },
    });
    await expect(broken).rejects.toThrow('killed');
    await replica.stop();

    const restarted = await world.replica({ as: 'parts' });
    await restarted.get(VaultStart).run();
    expect((await restarted.get(KeyRotation).status()).rotation?.finishedAt).toBeNull();
    expect(await noteStatus(restarted)).not.toMatchObject({ old: 0 });
    const keysBefore = (await rowsOfKeys(restarted)).length;

    await restarted.get(KeyRotation).resumeInterrupted({ settleMs: 0 });

    expect(await noteStatus(restarted)).toMatchObject({ rows: 480, current: 480, old: 0 });
    expect(await rowsOfKeys(restarted)).toHaveLength(keysBefore);
    expect((await rowsOfKeys(restarted)).filter(({ state }) => state === 'retiring')).toHaveLength(0);
    expect((await restarted.get(KeyRotation).status()).rotation?.finishedAt).not.toBeNull();
  });

  it('ends between two batches when it is told to stop', async () => {
    const notes = new Notes(replica, await world.tenant());
    await notes.addMany(450);
    const stop = new AbortController();
    const rotation = replica
      .get(KeyRotation)
      .rotateTenantKeys({ signal: stop.signal, onProgress: () => stop.abort(new Error('stopping')) });
    await expect(rotation).rejects.toThrow('stopping');
    expect(await noteStatus()).toEqual({ column: 'note.value_sealed', rows: 450, current: 0, old: 450, unreadable: 0 });
  });

  it('is done by one rotator at a time', async () => {
    const other = await world.replica();
    const notes = new Notes(replica, await world.tenant());
    await notes.addMany(10);
    const begun = Promise.withResolvers<void>();
    const first = replica.get(KeyRotation).rotateTenantKeys({ settleMs: 200, onProgress: () => begun.resolve() });
    await begun.promise;

    await expect(other.get(KeyRotation).rotateTenantKeys({ settleMs: 0 })).rejects.toThrow(ConflictError);
    await expect(replica.get(KeyRotation).rotateRootKey()).rejects.toThrow(ConflictError);
    expect((await first).rewrapped).toBe(11);
    expect((await other.get(KeyRotation).rotateTenantKeys({ settleMs: 0 })).rewrapped).toBe(11);
  });

  it('leaves what it cannot read, names it, and does not retire its key', async () => {
    const notes = new Notes(replica, await world.tenant());
    const [good, bad, gone] = [await notes.add('good'), await notes.add('bad'), await notes.add('gone')];
    const { sealed } = await notes.row(bad);
    await notes.overwrite(bad, Buffer.concat([sealed.subarray(0, 20), randomBytes(sealed.length - 20)]));
    await notes.overwrite(gone, (await notes.row(good)).sealed);

    const result = await replica.get(KeyRotation).rotateTenantKeys({ scope: `tenant:${notes.tenantId}`, settleMs: 0 });

    expect(result).toMatchObject({ rewrapped: 1, unreadable: 2 });
    const failures = replica.audited.filter(({ action }) => action === 'vault.integrity_failure');
    expect(new Set(failures.map(({ refIdentifier }) => refIdentifier?.id))).toEqual(new Set([bad, gone]));
    expect(replica.audited.at(-1)).toMatchObject({ action: 'keys.rotate', details: { kind: 'tenant', unreadable: 2 } });
    expect(
      (await rowsOfKeys()).filter(({ tenantId }) => tenantId === notes.tenantId).map(({ state }) => state),
    ).toEqual(['retiring', 'current']);
    expect(await notes.read(good)).toBe('good');
  });

  it('reaches the columns of the installation', async () => {
    const [role] = await world.owner.query<{ id: number }[]>(
      `INSERT INTO role (name, type) VALUES ('r', 'system_role') RETURNING id`,
    );
    const cell = { tenantId: null, table: PASSWORD.table, column: PASSWORD.column, rowId: '41', recordVersion: 1 };
    await world.owner.query(
      `INSERT INTO user_account (id, username, username_key, role_id, password_sealed) VALUES (41, 'u', 'u', $1, $2)`,
      [role?.id, await replica.vault.seal(cell, Buffer.from('$argon2id$'))],
    );

    const result = await replica.get(KeyRotation).rotateTenantKeys({ scope: 'installation', settleMs: 0 });

    expect(result).toEqual({ scope: 'installation', rewrapped: 2, unreadable: 0 });
    const [row] = await world.owner.query<{ sealed: Buffer }[]>(
      'SELECT password_sealed AS sealed FROM user_account WHERE id = 41',
    );
    expect((await replica.vault.open(cell, row?.sealed ?? Buffer.alloc(0))).toString()).toBe('$argon2id$');
  });

  it('moves no value: one of a megabyte keeps its place on disk', async () => {
    const notes = new Notes(replica, await world.tenant());
    const value = randomBytes(700_000).toString('base64');
    const id = await notes.add(value);
    await replica.get(KeyRotation).rotateTenantKeys({ settleMs: 0 });
    expect(await notes.read(id)).toBe(value);
  });

  it('lets a replica that never heard of the new key open what it sealed', async () => {
    const other = await world.replica();
    const tenantId = await world.tenant();
    const [here, there] = [new Notes(replica, tenantId), new Notes(other, tenantId)];
    expect(await there.read(await here.add('before'))).toBe('before');
    await replica.get(KeyRotation).rotateTenantKeys({ settleMs: 0 });
    expect(await there.read(await here.add('after'))).toBe('after');
  });

  it('passes over a tenant that is deleted meanwhile', async () => {
    const [doomed, staying] = [new Notes(replica, await world.tenant()), new Notes(replica, await world.tenant())];
    await doomed.addMany(10);
    await staying.addMany(10);
    let isDeleted = false;
    const deleting = Promise.withResolvers<void>();
    const rotation = replica.get(KeyRotation).rotateTenantKeys({
      settleMs: 300,
      onProgress: () => {
        if (isDeleted) return;
        isDeleted = true;
        const statement = 'DELETE FROM note WHERE tenant_id = $1';
        void replica.unitOfWork
          .run(tenantCtx(doomed.tenantId), (ctx) => execute(ctx, statement, [doomed.tenantId]))
          .then(() => world.owner.query('DELETE FROM tenant WHERE id = $1', [doomed.tenantId]))
          .then(() => deleting.resolve(), deleting.reject);
      },
    });
    await deleting.promise;
    expect(await rotation).toMatchObject({ unreadable: 0 });
    expect(await noteStatus()).toMatchObject({ rows: 10, current: 10 });
  });
});

describe('shredding of a tenant', () => {
  inOneWorld();

  it('closes all its values for ever, and nobody else’s', async () => {
    const [gone, staying] = [new Notes(replica, await world.tenant()), new Notes(replica, await world.tenant())];
    const [lost, kept] = [await gone.add('lost'), await staying.add('kept')];
    const { sealed } = await gone.row(lost);

    await replica.get(TenantKeys).shred(systemCtx('test'), gone.tenantId);

    await expect(replica.vault.open(noteCell(gone.tenantId, lost), sealed)).rejects.toThrow(IntegrityError);
    expect(await staying.read(kept)).toBe('kept');
    const again = await gone.add('anew');
    expect(keyVersionOf((await gone.row(again)).sealed)).toBeGreaterThan(keyVersionOf(sealed));
    expect(await gone.read(again)).toBe('anew');
  });

  it('is felt by other replicas within a minute', async () => {
    const other = await world.replica();
    const notes = new Notes(replica, await world.tenant());
    const id = await notes.add('lost');
    const { sealed } = await notes.row(id);
    const open = (): Promise<Buffer> => other.vault.open(noteCell(notes.tenantId, id), sealed);
    await open();
    await replica.get(TenantKeys).shred(systemCtx('test'), notes.tenantId);
    other.clock.advance(60_000);
    await expect(open()).rejects.toThrow(IntegrityError);
  });

  it('belongs to the caller’s transaction and leaves its walls as they were', async () => {
    const [one, two] = [new Notes(replica, await world.tenant()), new Notes(replica, await world.tenant())];
    const id = await one.add('kept');
    const rolledBack = replica.unitOfWork.run(tenantCtx(two.tenantId), async (ctx) => {
      await replica.get(TenantKeys).shred(ctx, one.tenantId);
      const [row] = await queryRows<{ tenant: number; tenants: number[] }>(
        ctx,
        'SELECT hf_tenant() AS tenant, hf_tenants() AS tenants',
      );
      expect(row).toEqual({ tenant: two.tenantId, tenants: [two.tenantId] });
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    expect(await one.read(id)).toBe('kept');
  });

  it('comes with the deletion of the tenant itself', async () => {
    const notes = new Notes(replica, await world.tenant());
    await replica.vault.seal(noteCell(notes.tenantId, 'x'), Buffer.from('x'));
    await world.owner.query('DELETE FROM tenant WHERE id = $1', [notes.tenantId]);
    expect((await rowsOfKeys()).map(({ tenantId }) => tenantId)).not.toContain(notes.tenantId);
  });
});

describe('root keys', () => {
  inWorldsOfTheirOwn();

  it('are made at the first start, for their owner alone', async () => {
    const { mode } = await stat(world.keyring);
    expect(mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(world.keyring))).mode & 0o777).toBe(0o700);
    expect(await readdir(path.dirname(world.keyring))).toEqual(['root-keyring.json']);
  });

  it('are refused when others may read them', async () => {
    await chmod(world.keyring, 0o640);
    await expect(world.replica()).rejects.toThrow(KeyStoreError);
    await expect(world.replica()).rejects.toThrow(world.keyring);
    await chmod(world.keyring, 0o600);
    await chmod(path.dirname(world.keyring), 0o770);
    await expect(world.replica()).rejects.toThrow('others may write');
  });

  // Only root can give a file away.
  (process.geteuid?.() === 0 ? describe : describe.skip)('of somebody else', () => {
    it('are refused', async () => {
      await chown(world.keyring, 12_345, 12_345);
      await expect(world.replica()).rejects.toThrow(world.keyring);
      await expect(world.replica()).rejects.toThrow('12345');
    });
  });

  it.each(['', '{"format":1', '{"format":1,"keys":[]}'])('are refused when the file holds %p', async (text) => {
    await writeFile(world.keyring, text);
    await expect(world.replica()).rejects.toThrow(world.keyring);
  });

  it('are not made anew for a database that was sealed with others', async () => {
    await rm(world.keyring);
    await expect(world.replica()).rejects.toThrow('there is no such file');
    await expect(stat(world.keyring)).rejects.toThrow('ENOENT');
    await expect(world.replica({ rootKey: randomBytes(32).toString('base64') })).rejects.toThrow('neither in');
  });

  it('are tried on a canary, so a wrong one under the right name is refused', async () => {
    const ring = await readFile(world.keyring, 'utf8');
    await writeFile(world.keyring, ring.replace(/"key": "[^"]+"/, `"key": "${randomBytes(32).toString('base64')}"`));
    await expect(world.replica()).rejects.toThrow('does not open the canary');
    await world.owner.query('DELETE FROM vault_canary'); // losing the canary lets nobody in
    await expect(world.replica()).rejects.toThrow('does not open the canary');
    await writeFile(world.keyring, ring);
    await expect(world.replica()).resolves.toBeDefined();
  });

  it('are tried on a canary that was moved here from another installation', async () => {
    const elsewhere = await VaultWorld.create();
    try {
      await elsewhere.replica({ dataDir: world.folder });
      const [canary] = await elsewhere.owner.query<{ sealed: Buffer }[]>('SELECT sealed FROM vault_canary');
      await world.owner.query('UPDATE vault_canary SET sealed = $1', [canary?.sealed]);
      await expect(world.replica()).rejects.toThrow('does not open the canary');
    } finally {
      await elsewhere.close();
    }
  });

  it('can be rotated: everything opens, the old one opens nothing any more', async () => {
    const notes = new Notes(replica, await world.tenant());
    const id = await notes.add('kept');
    const token = await replica.get(PurposeKeys).purposeKey('token_mac');

    expect(await replica.get(KeyRotation).rotateRootKey()).toBe(3); // installation, tenant, purpose

    const [old, next] = (await replica.get(KeyRotation).status()).rootKeys;
    expect([old?.state, next?.state, next?.isActive]).toEqual(['retired', 'promoted', true]);
    const restarted = await world.replica();
    expect(await new Notes(restarted, notes.tenantId).read(id)).toBe('kept');
    expect(await restarted.get(PurposeKeys).purposeKey('token_mac')).toEqual(token);
    expect((await stat(world.keyring)).mode & 0o777).toBe(0o600);

    await world.owner.query(`ALTER TABLE tenant_key NO FORCE ROW LEVEL SECURITY`);
    await world.owner.query(`UPDATE tenant_key SET root_label = $1 WHERE tenant_id IS NOT NULL`, [old?.label]);
    await expect(world.replica()).rejects.toThrow('is retired');
  });

  it('go on being rotated by the next start after a kill in between', async () => {
    const notes = new Notes(replica, await world.tenant());
    const id = await notes.add('kept');
    const ring: { keys: { label: string; key: string }[] } = JSON.parse(await readFile(world.keyring, 'utf8'));
    // As a kill leaves it after the promotion: two promoted keys, everything still under the first.
    ring.keys.push({ ...ring.keys[0], label: 'next', key: randomBytes(32).toString('base64') });
    await writeFile(world.keyring, JSON.stringify(ring));

    const restarted = await world.replica({ as: 'parts' });
    await restarted.get(VaultStart).run();
    await restarted.get(KeyRotation).resumeInterrupted();

    const status = await restarted.get(KeyRotation).status();
    expect(status.rootKeys.map(({ state }) => state)).toEqual(['retired', 'promoted']);
    expect(new Set(status.keys.map(({ rootLabel }) => rootLabel))).toEqual(new Set(['next']));
    expect(await new Notes(restarted, notes.tenantId).read(id)).toBe('kept');
    expect(await notes.read(await notes.add('made under the next'))).toBe('made under the next');
  });

  it('lets a process that started before the rotation make keys under the new one', async () => {
    const other = await world.replica();
    await replica.get(KeyRotation).rotateRootKey();
    const notes = new Notes(other, await world.tenant());
    expect(await notes.read(await notes.add('x'))).toBe('x');
    await expect(world.replica()).resolves.toBeDefined();
  });

  it('may come from the setting, and be changed by putting a new one first', async () => {
    const elsewhere = await VaultWorld.create();
    try {
      const [old, next] = [randomBytes(32).toString('base64'), randomBytes(32).toString('hex')];
      const before = await elsewhere.replica({ rootKey: old });
      const notes = new Notes(before, await elsewhere.tenant());
      const id = await notes.add('kept');
      await expect(stat(elsewhere.keyring)).rejects.toThrow('ENOENT');

      const during = await elsewhere.replica({ rootKey: `${next},${old}` });
      expect(await during.get(KeyRotation).rotateRootKey()).toBe(2);
      const after = await elsewhere.replica({ rootKey: next });
      expect(await new Notes(after, notes.tenantId).read(id)).toBe('kept');
      await expect(elsewhere.replica({ rootKey: old })).rejects.toThrow('neither in');
      await expect(elsewhere.replica({ rootKey: 'c2hvcnQ=' })).rejects.toThrow('root_key: A root key is 32 bytes');
    } finally {
      await elsewhere.close();
    }
  });

  it('are one and the same for two processes that start on a new installation together', async () => {
    const elsewhere = await VaultWorld.create();
    try {
      const [left, right] = await Promise.all([elsewhere.replica(), elsewhere.replica()]);
      const notes = new Notes(left, await elsewhere.tenant());
      expect(await new Notes(right, notes.tenantId).read(await notes.add('x'))).toBe('x');
      const ring: { keys: unknown[] } = JSON.parse(await readFile(elsewhere.keyring, 'utf8'));
      expect(ring.keys).toHaveLength(1);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('purpose keys', () => {
  inWorldsOfTheirOwn();

  it('are the same on every replica, each its own, and copies', async () => {
    const other = await world.replica();
    const [here, there] = await Promise.all([
      replica.get(PurposeKeys).purposeKey('token_mac'),
      other.get(PurposeKeys).purposeKey('token_mac'),
    ]);
    expect(here).toHaveLength(32);
    expect(here).toEqual(there);
    expect(await replica.get(PurposeKeys).purposeKey('audit_mac')).not.toEqual(here);
    here.fill(0);
    expect(await replica.get(PurposeKeys).purposeKey('token_mac')).toEqual(there);
  });

  it('can be had before the application exists, over the owner’s only connection', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-vault-'));
    const elsewhere = await VaultWorld.create();
    try {
      const early = await openPurposeKeys(
        new UnitOfWork(elsewhere.owner),
        { dataDir: folder, rootKey: null },
        new TestClock(),
      );
      const password = await early.purposeKey('database_app_role');
      const later = await elsewhere.replica({ dataDir: folder });
      expect(await later.get(PurposeKeys).purposeKey('database_app_role')).toEqual(password);
    } finally {
      await elsewhere.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('do not pass for one another', async () => {
    await replica.get(PurposeKeys).purposeKey('token_mac');
    await replica.get(PurposeKeys).purposeKey('audit_mac');
    await world.owner.query(
      `UPDATE purpose_key SET wrapped = (SELECT wrapped FROM purpose_key WHERE name = 'audit_mac') WHERE name = 'token_mac'`,
    );
    const restarted = await world.replica();
    await expect(restarted.get(PurposeKeys).purposeKey('token_mac')).rejects.toThrow('changed or moved');
  });
});

describe('the look at sealed columns when the process starts', () => {
  inWorldsOfTheirOwn();

  it('stops it when a tenant’s private row holds plain text', async () => {
    const notes = new Notes(replica, await world.tenant());
    const [id] = await notes.addMany(4);
    await expect(replica.get(SealedColumnCheck).run()).resolves.toBeUndefined();
    await notes.overwrite(id ?? '', Buffer.from('{"password":"hunter2"}'.padEnd(200)));
    await expect(world.replica()).rejects.toThrow(
      `The column note.value_sealed must hold sealed values only, but that of row ${id}`,
    );
  });

  it('stops it when a declared column does not exist', async () => {
    await expect(world.replica({ columns: [{ ...NOTE, column: 'value_saeled' }] })).rejects.toThrow(
      'note.value_saeled is declared',
    );
    await expect(world.replica({ columns: [{ ...NOTE, versionColumn: 'version' }] })).rejects.toThrow(
      'does not have it',
    );
  });
});
