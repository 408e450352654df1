import { createHmac } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createAppDataSource, type ServingDataSource } from '../platform/database/data-source.js';
import { parseDatabaseUrl, type DatabaseConnection } from '../platform/database/database-connection.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../platform/database/embedded-postgres.js';
import { runMigrations } from '../platform/database/migrate.js';
import { installTypeParsers } from '../platform/database/pg-types.js';
import { assertServerVersion, assertServingRoleIsHarmless } from '../platform/database/roles-check.js';
import { ensureAppRole } from '../platform/database/roles.js';
import type { AppConfig } from '../platform/config/config.js';
import type { Log } from '../platform/logging/log.js';
import { ALL_ENTITIES } from './entities.js';

export interface OpenDatabase {
  /** Serves requests, as a role that owns nothing. */
  readonly dataSource: ServingDataSource;
  readonly owner: DatabaseConnection;
  /** Set when the database server is ours. */
  readonly embedded: EmbeddedPostgres | null;
  close(): Promise<void>;
}

export interface OpenDatabaseOptions {
  /** Bring the schema up to date first; commands that only look leave it. */
  readonly migrate: boolean;
  /** Use the server of a manager that is running; commands beside it do. */
  readonly whenBusy: 'refuse' | 'share';
}

/**
 * Opens the database that the settings name, the embedded one as a rule: makes the serving role, migrates as the owner,
 * and connects as the serving role, which must be harmless (security-design §5).
 */
export async function openDatabase(config: AppConfig, log: Log, options: OpenDatabaseOptions): Promise<OpenDatabase> {
  installTypeParsers();
  const embedded = config.databaseUrl === null ? await startEmbedded(config, log, options) : null;
  try {
    const owner = embedded?.owner ?? parseDatabaseUrl(config.databaseUrl ?? '');
    await assertServerVersion(owner);
    const serving = await servingConnection(config, owner, embedded !== null);
    if (options.migrate) await runMigrations(owner, log);
    await assertServingRoleIsHarmless(serving);
    const dataSource = createAppDataSource({
      connection: serving,
      entities: ALL_ENTITIES,
      poolSize: config.databasePoolSize,
      log,
    });
    await dataSource.initialize();
    return {
      dataSource,
      owner,
      embedded,
      close: async () => {
        if (dataSource.isInitialized) await dataSource.destroy();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

async function startEmbedded(
  config: AppConfig,
  log: Log,
  { whenBusy }: OpenDatabaseOptions,
): Promise<EmbeddedPostgres> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  return startEmbeddedPostgres({ dataDir: config.dataDir, log, whenBusy });
}

async function servingConnection(
  config: AppConfig,
  owner: DatabaseConnection,
  isEmbedded: boolean,
): Promise<DatabaseConnection> {
  if (config.databaseAppUrl !== null) {
    const serving = parseDatabaseUrl(config.databaseAppUrl, 'DATABASE_APP_URL');
    await ensureAppRole(owner, { role: serving.user });
    return serving;
  }
  const password = servingPassword(owner, isEmbedded);
  return { ...owner, user: await ensureAppRole(owner, { password }), password };
}

/** Derived from the owner's, so that all replicas arrive at the same one and none has to store it. */
function servingPassword(owner: DatabaseConnection, isEmbedded: boolean): string {
  if (owner.password === undefined && !isEmbedded) {
    throw new Error(
      "DATABASE_URL holds no password to derive the serving role's from: make a role and give it in DATABASE_APP_URL.",
    );
  }
  // The embedded server is reached by a socket that only this user may open; it asks for no password.
  return createHmac('sha256', owner.password ?? 'embedded')
    .update(`holdfast serving role of ${owner.database}`)
    .digest('base64url');
}
