import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import type { DatabaseConnection } from './database-connection.js';
import { assertPrivateFolder, serverIdentity } from './embedded-postgres-identity.js';
import { readPidFile, servesFolder } from './embedded-postgres-process.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';

const log = { info: () => undefined, warn: () => undefined };
const SUPPORT = path.resolve(import.meta.dirname, '../../../test/support');

async function query<Row>(connection: DatabaseConnection, sql: string): Promise<Row[]> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The embedded database under a process of its own, which a test may kill. */
async function startElsewhere(
  dataDir: string,
): Promise<{ child: ChildProcess; lines: AsyncIterator<string>; reused: boolean }> {
  const child = spawn(
    process.execPath,
    ['--import', path.join(SUPPORT, 'typescript-hooks.mjs'), path.join(SUPPORT, 'run-embedded-postgres.ts'), dataDir],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first: { reused: boolean } = JSON.parse((await lines.next()).value ?? '{}');
  return { child, lines, reused: first.reused };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function serverPid(dataDir: string): Promise<number> {
  return (await readPidFile(path.join(dataDir, 'pgdata')))?.pid ?? 0;
}

describe('the embedded PostgreSQL', () => {
  let dataDir: string;
  let running: EmbeddedPostgres | undefined;

  async function start(): Promise<EmbeddedPostgres> {
    running = await startEmbeddedPostgres({ dataDir, log });
    return running;
  }

  beforeAll(async () => {
    dataDir = await realpath(await mkdtemp(path.join(os.tmpdir(), 'holdfast-spec-')));
    const { owner } = await start();
    await query(owner, 'CREATE TABLE kept (word text); INSERT INTO kept VALUES ($$first$$)');
  });

  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  afterAll(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));

  it('gives an owner that is no superuser, a checked and UTF-8 database, and no TCP', async () => {
    const { owner } = running ?? (await start());
    expect(
      await query(
        owner,
        `SELECT rolsuper AS superuser, rolcreaterole AS createrole, rolbypassrls AS bypassrls,
                pg_has_role(current_user, 'pg_database_owner', 'USAGE') AS owns, current_setting('listen_addresses') AS tcp,
                current_setting('data_checksums') AS checksums, current_setting('server_encoding') AS encoding,
                current_setting('fsync') AS fsync, lower('ÄÖ') AS lower
           FROM pg_roles WHERE rolname = current_user`,
      ),
    ).toEqual([
      {
        superuser: false,
        createrole: true,
        bypassrls: false,
        owns: true,
        tcp: '',
        checksums: 'on',
        encoding: 'UTF8',
        fsync: 'on',
        lower: 'äö',
      },
    ]);
  });

  it('keeps its files and its socket to ourselves', async () => {
    const { owner } = await start();
    for (const folder of [path.join(dataDir, 'pgdata'), owner.host]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
  });

  it('leaves no process and no lock behind after a stop, which may be called twice', async () => {
    const database = await start();
    const pid = await serverPid(dataDir);
    expect(await servesFolder(pid, path.join(dataDir, 'pgdata'))).toBe(true);
    await Promise.all([database.stop(), database.stop()]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(await readPidFile(path.join(dataDir, 'pgdata'))).toBeUndefined();
    expect((await readdir(dataDir)).filter((name) => name.includes('.new-'))).toEqual([]);
  });

  it('writes no value of a statement to its log, not even when the statement fails', async () => {
    const { owner } = await start();
    await query(owner, 'CREATE TABLE IF NOT EXISTS only_one (word text PRIMARY KEY)');
    const attempts = [
      `SELECT 'canary-7f3a'::int`,
      `INSERT INTO only_one VALUES ('canary-7f3a'), ('canary-7f3a') RETURNING word::int`,
      `DO $$ BEGIN RAISE WARNING 'canary-7f3a'; RAISE EXCEPTION 'canary-7f3a'; END $$`,
    ];
    for (const sql of attempts) await expect(query(owner, sql)).rejects.toThrow('canary-7f3a');
    await running?.stop();
    const folder = path.join(dataDir, 'pgdata', 'log');
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8')));
    expect(files.join('')).toContain('database system is ready');
    expect(files.join('')).not.toContain('canary-7f3a');
  });

  it('is taken over, with its data, from a process that was killed', async () => {
    const { child, reused } = await startElsewhere(dataDir);
    expect(reused).toBe(false);
    const pid = await serverPid(dataDir);
    await kill(child);
    const { owner, reused: takenOver } = await start();
    expect(takenOver).toBe(true);
    expect(await serverPid(dataDir)).toBe(pid);
    expect(await query(owner, 'SELECT word FROM kept')).toEqual([{ word: 'first' }]);
    await running?.stop();
    expect(await servesFolder(pid, path.join(dataDir, 'pgdata'))).toBe(false);
  });

  it('is not taken from a living process, but a command may share it', async () => {
    const { child } = await startElsewhere(dataDir);
    const shared = await startEmbeddedPostgres({ dataDir, log, whenBusy: 'share' });
    expect(shared.reused).toBe(true);
    await shared.stop();
    // A guest's stop() leaves its host's server alone.
    expect(await query(shared.owner, 'SELECT word FROM kept')).toEqual([{ word: 'first' }]);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    expect(await readPidFile(path.join(dataDir, 'pgdata'))).toBeUndefined();
  });

  it('tells when the server dies under us, and recovers what was committed', async () => {
    const { child, lines } = await startElsewhere(dataDir);
    const { owner } = await startEmbeddedPostgres({ dataDir, log, whenBusy: 'share' });
    await query(owner, `INSERT INTO kept VALUES ('second')`);
    process.kill(await serverPid(dataDir), 'SIGKILL');
    expect((await lines.next()).value).toContain('ended unexpectedly');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(3);

    const again = await start();
    expect(again.reused).toBe(false);
    expect(await query(again.owner, 'SELECT word FROM kept ORDER BY word')).toEqual([
      { word: 'first' },
      { word: 'second' },
    ]);
  });

  it('tells when a server that it took over dies', async () => {
    const { child } = await startElsewhere(dataDir);
    await kill(child);
    const { unexpectedExit } = await start();
    process.kill(await serverPid(dataDir), 'SIGKILL');
    expect((await unexpectedExit).message).toContain('ended unexpectedly');
  });

  it('goes on when one of its processes crashes and it restarts itself', async () => {
    const restarted = Promise.withResolvers<void>();
    running = await startEmbeddedPostgres({ dataDir, log: { ...log, warn: () => restarted.resolve() } });
    const victim = new Client(running.owner);
    victim.on('error', () => undefined);
    await victim.connect();
    const { rows } = await victim.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    await restarted.promise;
    expect(await query(running.owner, 'SELECT count(*)::int AS words FROM kept')).toEqual([{ words: 2 }]);
    await victim.end().catch(() => undefined);
  });

  it('starts over lock files that a crash left: empty, of a dead process, of a stranger', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const pidFile = path.join(dataDir, 'pgdata', 'postmaster.pid');
    const socketFolder = path.join(dataDir, 'pgsocket');
    try {
      for (const pid of ['', '4194303', String(stranger.pid)]) {
        const stale =
          pid === '' ? '' : `${pid}\n${path.join(dataDir, 'pgdata')}\n1700000000\n5432\n${socketFolder}\n\n`;
        await writeFile(pidFile, stale, { mode: 0o600 });
        await writeFile(path.join(socketFolder, '.s.PGSQL.5432.lock'), stale, { mode: 0o600 });
        const database = await start();
        expect(database.reused).toBe(false);
        expect(await query(database.owner, 'SELECT count(*)::int AS words FROM kept')).toEqual([{ words: 2 }]);
        await database.stop();
      }
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('lies under a path longer than a socket’s address holds, commas, quotes and spaces included', async () => {
    const deep = path.join(dataDir, `long, "quoted" path ${'x'.repeat(80)}`);
    const database = await startEmbeddedPostgres({ dataDir: deep, log });
    expect(Buffer.byteLength(`${database.owner.host}/.s.PGSQL.5432`)).toBeLessThanOrEqual(107);
    expect(await query(database.owner, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await database.stop();
    await expect(stat(database.owner.host)).rejects.toThrow('ENOENT');

    // Whoever makes the folder first could listen there in our place.
    await mkdir(database.owner.host, { mode: 0o755 });
    await expect(startEmbeddedPostgres({ dataDir: deep, log })).rejects.toThrow(
      /must be a folder of our own with mode 0700/,
    );
    await rm(database.owner.host, { recursive: true });
    await symlink(dataDir, database.owner.host);
    await expect(startEmbeddedPostgres({ dataDir: deep, log })).rejects.toThrow(
      /must be a folder of our own with mode 0700/,
    );
    await rm(database.owner.host);
  });

  it('trusts no socket folder that others may enter', async () => {
    const folder = path.join(dataDir, 'open');
    await mkdir(folder);
    await chmod(folder, 0o711);
    await expect(assertPrivateFolder(folder, await serverIdentity())).rejects.toThrow(/mode 0700/);
  });

  it('makes the database anew when its making was cut short, and refuses a folder that is none', async () => {
    const fresh = path.join(dataDir, 'fresh');
    await mkdir(path.join(fresh, 'pgdata.new-4194303-0a0b0c0d', 'base'), { recursive: true });
    const database = await startEmbeddedPostgres({ dataDir: fresh, log });
    expect(await query(database.owner, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await database.stop();
    expect((await readdir(fresh)).filter((name) => name.includes('.new-'))).toEqual([]);

    const alien = path.join(dataDir, 'alien');
    await mkdir(path.join(alien, 'pgdata'), { recursive: true });
    await writeFile(path.join(alien, 'pgdata', 'letter.txt'), 'dear');
    await expect(startEmbeddedPostgres({ dataDir: alien, log })).rejects.toThrow(/Cannot create the embedded database/);
    expect(await readFile(path.join(alien, 'pgdata', 'letter.txt'), 'utf8')).toBe('dear');
  });

  it('is made once when two processes find the folder empty', async () => {
    const contested = path.join(dataDir, 'contested');
    const both = await Promise.all([
      startEmbeddedPostgres({ dataDir: contested, log, whenBusy: 'share' }),
      startEmbeddedPostgres({ dataDir: contested, log, whenBusy: 'share' }),
    ]);
    for (const database of both) expect(await query(database.owner, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await Promise.all(both.map((database) => database.stop()));
    expect(await readPidFile(path.join(contested, 'pgdata'))).toBeUndefined();
  });
});
