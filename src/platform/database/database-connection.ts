import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/** How to reach a database as one role. Its fields are those of `pg`, so it goes into `new pg.Pool(…)` as it is. */
export interface DatabaseConnection {
  /** A host name or address, or the folder of a UNIX socket (begins with `/`). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  readonly ssl?: false | ConnectionOptions;
}

/** Where start-up reports progress; a fixed sentence and fields (conventions of the service log). */
export interface DatabaseLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

const DEFAULT_PORT = 5432;

/**
 * Reads a `postgres://` URL as `DATABASE_URL` holds it. Understood parameters: `sslmode` (disable, no-verify, require,
 * verify-ca, verify-full; the last three all verify the server), `sslrootcert`, `host` and `port` (for a socket folder).
 * @throws Error naming the setting, never the URL, which holds a password.
 */
export function parseDatabaseUrl(text: string, setting = 'DATABASE_URL'): DatabaseConnection {
  const url = urlOf(text, setting);
  const parameters = url.searchParams;
  const host = parameters.get('host') ?? decode(url.hostname, setting).replace(/^\[(.*)\]$/, '$1');
  const database = decode(url.pathname.replace(/^\//, ''), setting);
  const user = decode(url.username, setting);
  const port = Number(parameters.get('port') ?? (url.port || DEFAULT_PORT));
  if (!host) throw new Error(`${setting} names no host.`);
  if (!user) throw new Error(`${setting} names no user.`);
  if (!database) throw new Error(`${setting} names no database.`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${setting} has a port that is not a number.`);
  const ssl = sslOf(parameters, setting);
  return {
    host,
    port,
    user,
    database,
    ...(url.password ? { password: decode(url.password, setting) } : {}),
    ...(ssl === undefined ? {} : { ssl }),
  };
}

function urlOf(text: string, setting: string): URL {
  // A socket URL has no host (`postgres://user@/db?host=/run`), which WHATWG URLs refuse together with a user name.
  const patched = text.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=\/)/, '$1socket.invalid');
  let url: URL;
  try {
    url = new URL(patched);
  } catch {
    throw new Error(`${setting} is not a URL of the form postgres://user:password@host:port/database.`);
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw new Error(`${setting} must begin with postgres:// or postgresql://.`);
  }
  if (url.hostname === 'socket.invalid' && !url.searchParams.has('host')) throw new Error(`${setting} names no host.`);
  return url;
}

function sslOf(parameters: URLSearchParams, setting: string): false | ConnectionOptions | undefined {
  const mode = parameters.get('sslmode');
  const caFile = parameters.get('sslrootcert');
  if (mode === null && caFile === null) return undefined;
  switch (mode ?? 'verify-full') {
    case 'disable':
      return false;
    case 'no-verify':
      return { rejectUnauthorized: false };
    case 'require':
    case 'verify-full':
      return { rejectUnauthorized: true, ...authority(caFile) };
    case 'verify-ca':
      return { rejectUnauthorized: true, checkServerIdentity: () => undefined, ...authority(caFile) };
    default:
      throw new Error(`${setting}: sslmode must be one of disable, no-verify, require, verify-ca, verify-full.`);
  }
}

function authority(caFile: string | null): ConnectionOptions {
  return caFile === null ? {} : { ca: readFileSync(caFile, 'utf8') };
}

function decode(text: string, setting: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`${setting} holds a % that begins no escape; write it as %25.`);
  }
}
