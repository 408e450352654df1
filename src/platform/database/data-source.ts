import { DataSource, type EntitySchema, type Logger, type MigrationInterface } from 'typeorm';
import type { DatabaseConnection, DatabaseLog } from './database-connection.js';

type EntityClass = (new () => object) | EntitySchema;

/** A pool of the serving role; what holds it need not know the library behind it. */
export type ServingDataSource = DataSource;

export interface AppDataSourceOptions {
  /** The serving role's connection: never the owner's (security-design §5). */
  readonly connection: DatabaseConnection;
  readonly entities: readonly EntityClass[];
  /** Connections that this process may hold open. */
  readonly poolSize: number;
  readonly log: DatabaseLog;
  /** How long one statement may run, ms. A page of a large list takes well under a second. */
  readonly statementTimeoutMs?: number;
  /** How long a transaction may wait for us between statements, ms: a hung request must not hold its locks for ever. */
  readonly idleInTransactionTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** The DataSource of the serving process, not yet initialised: `await createAppDataSource(…).initialize()`. */
export function createAppDataSource(options: AppDataSourceOptions): DataSource {
  return dataSourceOf(options.connection, {
    entities: options.entities,
    migrations: [],
    poolSize: options.poolSize,
    log: options.log,
    applicationName: 'holdfast',
    session: {
      statement_timeout: options.statementTimeoutMs ?? 60_000,
      idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 60_000,
      lock_timeout: 30_000,
    },
  });
}

/** The DataSource that migrates. Statements may take long there: a new index on a large table does. */
export function createOwnerDataSource(
  connection: DatabaseConnection,
  migrations: readonly (new () => MigrationInterface)[],
  log: DatabaseLog,
): DataSource {
  return dataSourceOf(connection, {
    entities: [],
    migrations,
    poolSize: 1,
    log,
    applicationName: 'holdfast-migrate',
    session: { statement_timeout: 0, idle_in_transaction_session_timeout: 0, lock_timeout: 60_000 },
  });
}

interface Parts {
  readonly entities: readonly EntityClass[];
  readonly migrations: readonly (new () => MigrationInterface)[];
  readonly poolSize: number;
  readonly log: DatabaseLog;
  readonly applicationName: string;
  readonly session: Readonly<Record<string, number>>;
}

function dataSourceOf(connection: DatabaseConnection, parts: Parts): DataSource {
  const { user, password, ssl, ...address } = connection;
  return new DataSource({
    type: 'postgres',
    ...address,
    username: user,
    ...(password === undefined ? {} : { password }),
    entities: [...parts.entities],
    migrations: [...parts.migrations],
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
    synchronize: false,
    migrationsRun: false,
    installExtensions: false, // the serving role may not, and nothing we use needs one
    logger: SILENT,
    applicationName: parts.applicationName,
    poolSize: parts.poolSize,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: (error: unknown) =>
      parts.log.warn('a database connection was lost', { reason: messageOf(error) }),
    extra: { ...parts.session, options: SESSION_OPTIONS, ...(ssl === undefined ? {} : { ssl }) },
  });
}

export const MIGRATIONS_TABLE = 'schema_migration';

/** Said when a connection opens, so that no default of the server or the role changes what our SQL means. */
export const SESSION_OPTIONS = '-c TimeZone=UTC -c search_path=public -c DateStyle=ISO';

/** Statements and parameters are nobody's to read, and what fails is thrown: the library's own lines say nothing more. */
const SILENT: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
