import { Global, Module, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import { AuditSink, type AuditEvent } from '../../src/platform/audit/audit-sink.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { systemTenantCtx, type Ctx } from '../../src/platform/context/ctx.js';
import { createAppDataSource, createOwnerDataSource } from '../../src/platform/database/data-source.js';
import { enableRowSecurity } from '../../src/platform/database/row-level-security.js';
import { execute, queryRows } from '../../src/platform/database/tx.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { Log } from '../../src/platform/logging/log.js';
import type { SealedColumn } from '../../src/platform/vault/sealed-columns.js';
import { SealedColumns } from '../../src/platform/vault/sealed-columns.js';
import { VaultModule } from '../../src/platform/vault/vault.module.js';
import { Vault, type SealedCell } from '../../src/platform/vault/vault.js';
import { CapturedLog } from './captured-log.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { TestClock } from './test-clock.js';

const silent = { info: () => undefined, warn: () => undefined };

/** A tenant's column, behind row-level security, as modules/secrets has one. */
export const NOTE: SealedColumn = {
  table: 'note',
  column: 'value_sealed',
  versionColumn: 'value_version',
  idColumn: 'id',
  tenantColumn: 'tenant_id',
};
/** A column of the installation. */
export const PASSWORD: SealedColumn = {
  table: 'user_account',
  column: 'password_sealed',
  versionColumn: 'password_version',
  idColumn: 'id',
  tenantColumn: null,
};

class RecordedAudit extends AuditSink {
  readonly events: AuditEvent[] = [];
  override async record(_: Ctx, event: AuditEvent): Promise<void> {
    this.events.push(event);
  }
  override async recordAll(_: Ctx, events: readonly AuditEvent[]): Promise<void> {
    this.events.push(...events);
  }
}

/** One process as far as the vault is concerned: its own memory, the common database. */
export interface Replica {
  readonly vault: Vault;
  readonly unitOfWork: UnitOfWork;
  readonly clock: TestClock;
  readonly audited: readonly AuditEvent[];
  readonly log: CapturedLog;
  get<T>(type: Type<T> | (abstract new (...args: never[]) => T)): T;
  stop(): Promise<void>;
}

export interface ReplicaOptions {
  readonly dataDir?: string;
  readonly rootKey?: string | null;
  readonly columns?: readonly SealedColumn[];
  /** `boot` runs the checks and hooks of a start; `parts` only builds the services. */
  readonly as?: 'boot' | 'parts';
}

/** A database with a table of sealed notes, and processes that work on it. */
export class VaultWorld {
  private readonly replicas: Replica[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly owner: DataSource,
    readonly folder: string,
  ) {}

  static async create(): Promise<VaultWorld> {
    const database = await createTestDatabase();
    const owner = await createOwnerDataSource(database.owner, [], silent).initialize();
    const runner = owner.createQueryRunner();
    await runner.query(`
      CREATE TABLE note (
        id uuid NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        value_sealed bytea,
        value_version int NOT NULL,
        CONSTRAINT note_pk PRIMARY KEY (id)
      )`);
    await enableRowSecurity(runner, 'note');
    await runner.release();
    return new VaultWorld(database, owner, await mkdtemp(path.join(os.tmpdir(), 'holdfast-vault-')));
  }

  async close(): Promise<void> {
    for (const replica of this.replicas) await replica.stop();
    await this.owner.destroy();
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get keyring(): string {
    return path.join(this.folder, 'keys', 'root-keyring.json');
  }

  async tenant(): Promise<number> {
    const name = `tenant-${randomUUID()}`;
    const [row] = await this.owner.query<{ id: number }[]>(
      'INSERT INTO tenant (name, rabbitmq_username, rabbitmq_vhost) VALUES ($1, $1, $1) RETURNING id',
      [name],
    );
    if (row === undefined) throw new Error('no tenant');
    return row.id;
  }

  async replica(options: ReplicaOptions = {}): Promise<Replica> {
    const dataSource = await createAppDataSource({
      connection: this.database.app,
      entities: [],
      poolSize: 6,
      log: silent,
    }).initialize();
    const [clock, audit, captured] = [new TestClock(), new RecordedAudit(), new CapturedLog()];
    const unitOfWork = new UnitOfWork(dataSource);
    @Global()
    @Module({
      providers: [
        { provide: UnitOfWork, useValue: unitOfWork },
        { provide: Clock, useValue: clock },
        { provide: AuditSink, useValue: audit },
        { provide: Log, useValue: captured.log },
      ],
      exports: [UnitOfWork, Clock, AuditSink, Log],
    })
    class Surroundings {}
    const vaultModule = VaultModule.forRoot({
      dataDir: options.dataDir ?? this.folder,
      rootKey: options.rootKey ?? null,
    });
    let testing: TestingModule | undefined;
    const stop = async (): Promise<void> => {
      if (!dataSource.isInitialized) return;
      await testing?.close();
      await dataSource.destroy();
    };
    try {
      testing = await Test.createTestingModule({ imports: [Surroundings, vaultModule] }).compile();
      const columns = testing.get(SealedColumns);
      for (const column of options.columns ?? [NOTE, PASSWORD]) columns.declare(column);
      if (options.as !== 'parts') await testing.init();
    } catch (error) {
      await dataSource.destroy();
      throw error;
    }
    const built = testing;
    const replica: Replica = {
      vault: built.get(Vault),
      unitOfWork,
      clock,
      audited: audit.events,
      log: captured,
      get: (type) => built.get(type, { strict: false }),
      stop,
    };
    this.replicas.push(replica);
    return replica;
  }
}

export const noteCell = (tenantId: number, id: string, recordVersion = 1): SealedCell => ({
  tenantId,
  table: NOTE.table,
  column: NOTE.column,
  rowId: id,
  recordVersion,
});

/** Writes notes as a service does: seals first, then one short transaction. */
export class Notes {
  constructor(
    private readonly replica: Replica,
    readonly tenantId: number,
  ) {}

  private get ctx(): Ctx {
    return systemTenantCtx('test', { id: this.tenantId, name: 'test' });
  }

  async add(value: string, visibility = 'tenant'): Promise<string> {
    const id = randomUUID();
    const sealed = await this.replica.vault.seal(noteCell(this.tenantId, id), Buffer.from(value));
    await this.replica.unitOfWork.run(this.ctx, (ctx) =>
      execute(
        ctx,
        `INSERT INTO note (id, tenant_id, creator_id, visibility, value_sealed, value_version) VALUES ($1, $2, 77, $3, $4, 1)`,
        [id, this.tenantId, visibility, sealed],
      ),
    );
    return id;
  }

  /** Many at once, for tests that need a crowd rather than each one. */
  async addMany(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => randomUUID());
    const sealed = await Promise.all(
      ids.map((id) => this.replica.vault.seal(noteCell(this.tenantId, id), Buffer.from(`value of ${id}`))),
    );
    await this.replica.unitOfWork.run(this.ctx, (ctx) =>
      execute(
        ctx,
        `INSERT INTO note (id, tenant_id, creator_id, visibility, value_sealed, value_version)
         SELECT id, $3, 77, CASE WHEN i % 2 = 0 THEN 'private' ELSE 'tenant' END, sealed, 1
           FROM unnest($1::uuid[], $2::bytea[]) WITH ORDINALITY AS new (id, sealed, i)`,
        [ids, sealed, this.tenantId],
      ),
    );
    return ids;
  }

  /** The next version of a value. False when somebody else wrote in between. */
  async change(id: string, value: string): Promise<boolean> {
    const { recordVersion } = await this.row(id);
    const sealed = await this.replica.vault.seal(noteCell(this.tenantId, id, recordVersion + 1), Buffer.from(value));
    const changed = await this.replica.unitOfWork.run(this.ctx, (ctx) =>
      execute(ctx, 'UPDATE note SET value_sealed = $1, value_version = $2 WHERE id = $3 AND value_version = $4', [
        sealed,
        recordVersion + 1,
        id,
        recordVersion,
      ]),
    );
    return changed === 1;
  }

  async read(id: string): Promise<string> {
    const { sealed, recordVersion } = await this.row(id);
    return (await this.replica.vault.open(noteCell(this.tenantId, id, recordVersion), sealed)).toString();
  }

  async row(id: string): Promise<{ sealed: Buffer; recordVersion: number }> {
    const [row] = await this.replica.unitOfWork.run(this.ctx, (ctx) =>
      queryRows<{ sealed: Buffer; recordVersion: number }>(
        ctx,
        'SELECT value_sealed AS sealed, value_version AS "recordVersion" FROM note WHERE id = $1',
        [id],
      ),
    );
    if (row === undefined) throw new Error('no such note');
    return row;
  }

  async overwrite(id: string, sealed: Buffer): Promise<void> {
    await this.replica.unitOfWork.run(this.ctx, (ctx) =>
      execute(ctx, 'UPDATE note SET value_sealed = $1 WHERE id = $2', [sealed, id]),
    );
  }
}
