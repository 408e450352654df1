import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApplication } from '../../src/bootstrap/application.js';
import { ALL_ENTITIES } from '../../src/bootstrap/entities.js';
import { seedInstallation } from '../../src/bootstrap/seed.js';
import type { AppConfig } from '../../src/platform/config/config.js';
import { loadConfig, type Overrides } from '../../src/platform/config/load-config.js';
import { createAppDataSource } from '../../src/platform/database/data-source.js';
import { installTypeParsers } from '../../src/platform/database/pg-types.js';
import { CapturedLog } from './captured-log.js';
import { Client } from './client.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { TestClock } from './test-clock.js';
import { World } from './world.js';

export const ADMIN_PASSWORD = 'a bootstrap Administrator 42';

/** The whole application over a database of its own; requests go in without a socket. */
export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly config: AppConfig;
  readonly database: TestDatabase;
  readonly dataDir: string;
  readonly clock: TestClock;
  readonly log: CapturedLog;
  /** Nobody: no credentials. */
  readonly stranger: Client;
  /** The bootstrap administrator, by token, in default_tenant. */
  readonly admin: Client;
  /** Makes tenants and members. */
  readonly world: World;
  close(): Promise<void>;
}

export interface TestAppOptions {
  readonly config?: Overrides;
  /** Go on with the database and data folder of an application that was closed with `keep`. */
  readonly from?: Pick<TestApp, 'database' | 'dataDir'>;
}

export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  installTypeParsers();
  const database = options.from?.database ?? (await createTestDatabase());
  const dataDir = options.from?.dataDir ?? (await mkdtemp(join(tmpdir(), 'holdfast-e2e-')));
  const config = loadConfig({ env: {}, overrides: { dataDir, databasePoolSize: 8, ...options.config } });
  const clock = new TestClock();
  const log = new CapturedLog();
  const dataSource = createAppDataSource({
    connection: database.app,
    entities: ALL_ENTITIES,
    poolSize: config.databasePoolSize,
    log: log.log,
  });
  await dataSource.initialize();
  const identity = {
    hostname: 'manager-1',
    privateAddress: '127.0.0.1',
    publicAddress: '127.0.0.1',
    caCertificatePem: '-----BEGIN CERTIFICATE-----\nTEST\n-----END CERTIFICATE-----\n',
  };
  const app = await createApplication({ config, dataSource, log: log.log, clock, identity });
  try {
    await seedInstallation(app, () => Promise.resolve(ADMIN_PASSWORD));
    const stranger = new Client(app);
    const admin = await signedIn(stranger, 'admin', ADMIN_PASSWORD, 'default_tenant');
    return {
      app,
      config,
      database,
      dataDir,
      clock,
      log,
      stranger,
      admin,
      world: new World(admin, stranger),
      close: async () => {
        await app.close();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** A client with a token of this user. */
export async function signedIn(stranger: Client, username: string, password: string, tenant?: string): Promise<Client> {
  const answer = await stranger.as({ basic: { username, password } }).post('/tokens', {});
  if (answer.status !== 200) throw new Error(`${username} could not sign in: ${answer.status} ${answer.text}`);
  return stranger.as({ token: answer.body.value, ...(tenant === undefined ? {} : { tenant }) });
}

/** A name that no other test has. */
export function unique(prefix: string): string {
  return `${prefix}_${randomBytes(5).toString('hex')}`;
}
