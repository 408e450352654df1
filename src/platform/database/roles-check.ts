import type { DatabaseConnection } from './database-connection.js';
import { withClient } from './owner-session.js';

const OLDEST_VERSION = 150_000;

/**
 * Every way in which a role could look over the wall of row-level security or take it down, its memberships included
 * (a member may become the role). One row for each reason.
 */
const DANGERS = `
  WITH reachable AS (
    SELECT oid, rolname, CASE WHEN rolname = session_user THEN '' ELSE ' (through its role ' || rolname || ')' END AS way
      FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')
  ), attribute AS (
    SELECT format('it %s%s', danger, way) AS reason
      FROM reachable JOIN pg_roles AS r USING (oid),
           LATERAL (VALUES (r.rolsuper, 'is a superuser'), (r.rolbypassrls, 'has BYPASSRLS'),
                           (r.rolcreaterole, 'has CREATEROLE'), (r.rolcreatedb, 'has CREATEDB'),
                           (r.rolreplication, 'has REPLICATION')) AS held (yes, danger)
     WHERE held.yes
  ), predefined AS (
    SELECT format('it is a member of %s', rolname) AS reason FROM reachable
     WHERE rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files',
                       'pg_execute_server_program', 'pg_maintain', 'pg_create_subscription')
  ), owned AS (
    SELECT format('it owns the database %s%s', datname, way) AS reason
      FROM pg_database JOIN reachable ON reachable.oid = datdba WHERE datname = current_database()
    UNION ALL
    SELECT format('it owns the schema %s%s', nspname, way)
      FROM pg_namespace JOIN reachable ON reachable.oid = nspowner WHERE nspname = 'public'
    UNION ALL
    SELECT format('it owns the relation %s%s', relname, way)
      FROM pg_class JOIN reachable ON reachable.oid = relowner
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT format('it owns the function %s%s', proname, way)
      FROM pg_proc JOIN reachable ON reachable.oid = proowner WHERE pronamespace = 'public'::regnamespace
  ), granted AS (
    SELECT 'it may create objects in the schema public' AS reason
     WHERE has_schema_privilege(session_user, 'public', 'CREATE')
  )
  SELECT reason FROM attribute UNION ALL SELECT reason FROM predefined
  UNION ALL SELECT reason FROM owned UNION ALL SELECT reason FROM granted
  LIMIT 5`;

/**
 * Refuses a serving role for which row-level security is no wall (security-design §5).
 * @throws Error that names the role and what is wrong with it.
 */
export async function assertServingRoleIsHarmless(serving: DatabaseConnection): Promise<void> {
  const reasons = await withClient(serving, async (client) => {
    const { rows } = await client.query<{ reason: string }>(DANGERS);
    return rows.map((row) => row.reason);
  });
  if (reasons.length === 0) return;
  throw new Error(
    `The database role ${serving.user} must not serve requests: ${reasons.join('; ')}. ` +
      'Name a role in DATABASE_APP_URL that owns nothing and has no such rights, or leave it out: Holdfast then makes one.',
  );
}

/** @throws Error unless the server is PostgreSQL 15 or newer. */
export async function assertServerVersion(connection: DatabaseConnection): Promise<void> {
  const { number, name } = await withClient(connection, async (client) => {
    const { rows } = await client.query<{ number: string; name: string }>(
      `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS name`,
    );
    return { number: Number(rows[0]?.number ?? 0), name: rows[0]?.name ?? 'unknown' };
  });
  if (number < OLDEST_VERSION) {
    throw new Error(`Holdfast needs PostgreSQL 15 or newer; the server of DATABASE_URL is ${name}.`);
  }
}
