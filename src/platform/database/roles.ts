import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { DatabaseConnection } from './database-connection.js';
import { withAdvisoryLock, withClient } from './owner-session.js';
import { sqlStateOf } from './unit-of-work.js';

/** The group that migrations grant rights to. It owns nothing and nobody signs in as it. */
export const APP_ROLE = 'holdfast_app';

/** Who serves requests: a role that we make with this password, or one that the operator made (`DATABASE_APP_URL`). */
export type ServingRole = { readonly password: string } | { readonly role: string };

const SCRAM_ITERATIONS = 4096; // PostgreSQL's own default; the password is random, not guessable
const MAX_ATTEMPTS = 5;
const RETRY_MS = 50;
const INSUFFICIENT_PRIVILEGE = '42501';
/** duplicate_object, unique_violation, and internal_error as in "tuple concurrently updated": somebody else did the same. */
const RACES = new Set(['42710', '23505', 'XX000']);

/**
 * Makes sure that the serving role exists, has the given password, may connect, and is a member of `holdfast_app`.
 * Repeatable, and safe when replicas, or installations that share a server, start at once.
 * @returns the name of the serving role.
 * @throws Error with a remedy when the owner may not do it.
 */
export async function ensureAppRole(owner: DatabaseConnection, serving: ServingRole): Promise<string> {
  return withClient(owner, async (client) => {
    const role = 'role' in serving ? serving.role : servingRoleName(owner.database);
    await withAdvisoryLock(client, 'roles', () =>
      retried(async () => {
        await ensureGroup(client);
        if ('password' in serving) await ensureLogin(client, role, serving.password);
        await ensureMembership(client, role);
        await ensureGrants(client, role);
      }),
    );
    return role;
  });
}

/** Roles belong to the whole server: the name holds the database's, so that two installations on one server differ. */
export function servingRoleName(database: string): string {
  return `holdfast_server_${createHash('sha256').update(database).digest('hex').slice(0, 8)}`;
}

async function retried(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const state = sqlStateOf(error) ?? '';
      if (state === INSUFFICIENT_PRIVILEGE) throw mayNot(error);
      if (!RACES.has(state) || attempt === MAX_ATTEMPTS) throw error;
      await delay(RETRY_MS * attempt);
    }
  }
}

function mayNot(cause: unknown): Error {
  return new Error(
    `The role of DATABASE_URL may not make the roles that Holdfast needs. Give it CREATEROLE (and, when ${APP_ROLE} exists ` +
      `already, GRANT ${APP_ROLE} TO it WITH ADMIN OPTION), or create ${APP_ROLE} NOLOGIN and a role that serves, member of ` +
      `${APP_ROLE} and with CONNECT on the database, and name that role in DATABASE_APP_URL.`,
    { cause },
  );
}

async function roleExists(client: Client, role: string): Promise<boolean> {
  return holds(client, 'EXISTS (SELECT FROM pg_roles WHERE rolname = $1)', [role]);
}

/** One yes-or-no question to the database. */
async function holds(client: Client, condition: string, parameters: readonly unknown[]): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(`SELECT ${condition} AS yes`, [...parameters]);
  return rows[0]?.yes === true;
}

async function ensureGroup(client: Client): Promise<void> {
  if (await roleExists(client, APP_ROLE)) return;
  await client.query(`CREATE ROLE ${APP_ROLE} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS`);
}

async function ensureLogin(client: Client, role: string, password: string): Promise<void> {
  const name = client.escapeIdentifier(role);
  // The verifier, not the password: role statements land in the logs of servers that log them.
  const verifier = client.escapeLiteral(scramVerifier(password, randomBytes(16)));
  const statement = (await roleExists(client, role))
    ? `ALTER ROLE ${name} LOGIN PASSWORD ${verifier}`
    : `CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD ${verifier}`;
  await client.query(statement);
}

/** What PostgreSQL stores for a password (RFC 5802, RFC 7677). The password must be ASCII: SASLprep leaves it as it is. */
export function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(key('Client Key')).digest('base64');
  const serverKey = key('Server Key').toString('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

async function ensureMembership(client: Client, role: string): Promise<void> {
  if (!(await roleExists(client, role))) {
    throw new Error(`The role ${role} of DATABASE_APP_URL does not exist on the server of DATABASE_URL.`);
  }
  if (await holds(client, `pg_has_role($1, $2, 'USAGE')`, [role, APP_ROLE])) return;
  await client.query(`GRANT ${APP_ROLE} TO ${client.escapeIdentifier(role)}`);
}

async function ensureGrants(client: Client, role: string): Promise<void> {
  const database = client.escapeIdentifier(client.database ?? '');
  const name = client.escapeIdentifier(role);
  // Temporary tables come first in a search path: with them, a caller could slip its own table under a definer function.
  const owns = 'pg_has_role(current_user, (SELECT datdba FROM pg_database WHERE datname = current_database()), $1)';
  if (await holds(client, owns, ['USAGE'])) {
    await client.query(`REVOKE CREATE, TEMPORARY ON DATABASE ${database} FROM PUBLIC`);
    await client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  }
  if (!(await holds(client, `has_database_privilege($1, current_database(), 'CONNECT')`, [role]))) {
    await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${name}`);
  }
  if (!(await holds(client, `has_schema_privilege($1, 'public', 'USAGE')`, [APP_ROLE]))) {
    await client.query(`GRANT USAGE ON SCHEMA public TO ${APP_ROLE}`);
  }
}
