import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import type { Actor } from '../../src/core/access/actor.js';
import type { Checkpoint } from '../../src/core/audit/checkpoint.js';
import type { Fault } from '../../src/core/audit/fault.js';
import type { VerifyReport } from '../../src/core/audit/verify-chain.js';
import { AuditRecordsRepository } from '../../src/modules/audit/api/audit-records.repository.js';
import { AuditRemovalRepository } from '../../src/modules/audit/api/audit-removal.repository.js';
import { AuditRemovalService } from '../../src/modules/audit/api/audit-removal.service.js';
import { AuditStreamService } from '../../src/modules/audit/api/audit-stream.service.js';
import { AuditTail } from '../../src/modules/audit/api/audit-tail.js';
import { AuditBell } from '../../src/modules/audit/audit-bell.js';
import { AuditHealth } from '../../src/modules/audit/audit-health.js';
import type { AuditSettings } from '../../src/modules/audit/audit-settings.js';
import { AuditService } from '../../src/modules/audit/audit.service.js';
import { AuditFileRepository } from '../../src/modules/audit/file/audit-file.repository.js';
import { FileFollower } from '../../src/modules/audit/file/file-follower.js';
import { AuditExport } from '../../src/modules/audit/proof/audit-export.service.js';
import { AuditProofRepository } from '../../src/modules/audit/proof/audit-proof.repository.js';
import { AuditVerifier } from '../../src/modules/audit/proof/audit-verifier.service.js';
import { AuditChainRepository } from '../../src/modules/audit/sealing/audit-chain.repository.js';
import { AuditCheckpointRepository } from '../../src/modules/audit/sealing/audit-checkpoint.repository.js';
import { AuditElectionRepository } from '../../src/modules/audit/sealing/audit-election.repository.js';
import { AuditKeys } from '../../src/modules/audit/sealing/audit-keys.js';
import { AuditSealer } from '../../src/modules/audit/sealing/audit-sealer.js';
import { AuditWorker } from '../../src/modules/audit/sealing/audit-worker.js';
import { AuditInsertRepository } from '../../src/modules/audit/sink/audit-insert.repository.js';
import { AuditSinkService } from '../../src/modules/audit/sink/audit-sink.service.js';
import type { AuditEvent } from '../../src/platform/audit/audit-sink.js';
import { systemCtx, type Ctx } from '../../src/platform/context/ctx.js';
import { createAppDataSource } from '../../src/platform/database/data-source.js';
import type { DatabaseConnection } from '../../src/platform/database/database-connection.js';
import { HotQueries } from '../../src/platform/database/hot-queries.js';
import { installTypeParsers } from '../../src/platform/database/pg-types.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import type { PurposeKeys } from '../../src/platform/vault/purpose-keys.js';
import { CapturedLog } from '../support/captured-log.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { TestClock } from '../support/test-clock.js';
import { testServer } from '../support/test-server.js';

/** Keys as the vault gives them: the same for every process of the installation. */
const PURPOSE_KEYS = {
  purposeKey: (purpose: string) => Promise.resolve(Buffer.alloc(32, purpose)),
} as unknown as PurposeKeys;

/** One process of the installation: everything the audit module is made of, without Nest, HTTP and timers. */
export class AuditProcess {
  readonly clock: TestClock;
  readonly log = new CapturedLog();
  readonly bell = new AuditBell();
  readonly health = new AuditHealth();
  readonly unitOfWork: UnitOfWork;
  readonly chain = new AuditChainRepository();
  readonly keys: AuditKeys;
  readonly sealer: AuditSealer;
  readonly follower: FileFollower;
  readonly sink: AuditSinkService;
  readonly worker: AuditWorker;
  readonly tail: AuditTail;
  readonly removals: AuditRemovalService;
  readonly streams: AuditStreamService;
  readonly audit: AuditService;
  readonly verifier: AuditVerifier;
  readonly exporter: AuditExport;

  constructor(
    readonly dataSource: DataSource,
    readonly settings: AuditSettings,
    clock: TestClock,
  ) {
    this.clock = clock;
    const { log } = this.log;
    this.unitOfWork = new UnitOfWork(dataSource);
    const inserts = new AuditInsertRepository(new HotQueries(dataSource));
    const checkpoints = new AuditCheckpointRepository();
    const records = new AuditRecordsRepository();
    const proof = new AuditProofRepository(dataSource);
    this.keys = new AuditKeys(PURPOSE_KEYS, this.chain, this.unitOfWork, clock);
    this.sealer = new AuditSealer(this.chain, this.keys, this.unitOfWork, clock, this.health);
    this.follower = new FileFollower(
      settings,
      new AuditFileRepository(),
      checkpoints,
      this.unitOfWork,
      clock,
      this.health,
      log,
    );
    this.sink = new AuditSinkService(inserts, clock, this.bell, this.health, settings, log);
    this.tail = new AuditTail(this.chain, this.unitOfWork, log);
    const election = new AuditElectionRepository(dataSource);
    this.worker = new AuditWorker(election, this.sealer, this.follower, this.tail, this.bell, settings, log);
    this.removals = new AuditRemovalService(
      new AuditRemovalRepository(),
      this.chain,
      this.sealer,
      this.follower,
      this.keys,
      this.sink,
      this.unitOfWork,
      clock,
      this.bell,
    );
    this.streams = new AuditStreamService(records, checkpoints, this.chain, this.tail, this.unitOfWork, clock);
    this.audit = new AuditService(records, inserts, this.sink, this.unitOfWork, clock, this.bell);
    this.verifier = new AuditVerifier(proof, this.keys);
    this.exporter = new AuditExport(proof, this.keys, clock);
  }

  /** Records many events, `parallel` at a time; numbers from 0. */
  async recordMany(count: number, eventOf: (index: number) => Partial<AuditEvent>, parallel = 16): Promise<void> {
    let next = 0;
    const one = async (): Promise<void> => {
      for (let index = next++; index < count; index = next++)
        await this.sink.record(actorCtx('ada'), event(eventOf(index)));
    };
    await Promise.all(Array.from({ length: parallel }, one));
  }

  async verify(heldCheckpoints: readonly Checkpoint[] = []): Promise<{ report: VerifyReport; faults: Fault[] }> {
    const faults: Fault[] = [];
    const report = await this.verifier.verify({ heldCheckpoints, onFault: (fault) => faults.push(fault) });
    return { report, faults };
  }
}

/** An installation with its database and a folder for the audit file. */
export class AuditWorld {
  private readonly processes: AuditProcess[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly folder: string,
    readonly file: string,
    readonly clock: TestClock,
  ) {}

  static async create(): Promise<AuditWorld> {
    installTypeParsers();
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-audit-'));
    return new AuditWorld(await createTestDatabase(), folder, path.join(folder, 'log', 'audit.log'), new TestClock());
  }

  async process(settings: Partial<AuditSettings> = {}): Promise<AuditProcess> {
    const dataSource = createAppDataSource({
      connection: this.database.app,
      entities: [],
      poolSize: 8,
      log: { info: () => undefined, warn: () => undefined },
    });
    await dataSource.initialize();
    const defaults = {
      file: this.file,
      level: 'DEBUG',
      maxBytes: 1024 ** 2,
      backups: 20,
      isStrict: false,
      isWorker: true,
    } as const;
    const made = new AuditProcess(dataSource, { ...defaults, ...settings }, this.clock);
    this.processes.push(made);
    return made;
  }

  /** Statements as the database's owner, or as the superuser, whom nothing stops. */
  async asOwner<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return query<Row>(this.database.owner, sql, parameters);
  }

  async asSuperuser<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return query<Row>({ ...testServer().superuser, database: this.database.name }, sql, parameters);
  }

  async asApp<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return query<Row>(this.database.app, sql, parameters);
  }

  async close(): Promise<void> {
    for (const made of this.processes) {
      await made.worker.stop();
      if (made.dataSource.isInitialized) await made.dataSource.destroy();
    }
    await rm(this.folder, { recursive: true, force: true });
    await this.database.drop();
  }
}

async function query<Row>(connection: DatabaseConnection, sql: string, parameters: unknown[]): Promise<Row[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

export function actorCtx(username: string, changes: Partial<Actor> = {}): Ctx {
  const system = systemCtx('test');
  const actor: Actor = {
    ...system.actor,
    userId: 7,
    username,
    authMethod: 'token',
    identitySource: 'local',
    ...changes,
  };
  return { ...system, actor, requestId: 'request-1', sourceAddress: '192.0.2.1', tenantId: 3, tenantName: 'blue' };
}

export function event(changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    action: 'secret.create',
    operation: 'create',
    outcome: 'success',
    refTable: 'secrets',
    refId: 1,
    refIdentifier: { tenant_id: 3, id: 'db_password' },
    ...changes,
  };
}
