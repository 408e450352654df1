import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest, type RequestOptions } from 'node:https';
import path from 'node:path';
import { basicHeader } from '../support/client.js';
import {
  databaseProcessesOf,
  holdfast,
  ManagerProcess,
  newDataDir,
  type WireAnswer,
} from '../support/manager-process.js';

/* The program as an operator meets it: real processes, real sockets, a real folder. */

const START_MS = 90_000;
const folders: string[] = [];
const running = new Set<ManagerProcess>();

async function folder(): Promise<string> {
  const made = await newDataDir();
  folders.push(made);
  return made;
}

async function start(...args: Parameters<typeof ManagerProcess.start>): Promise<ManagerProcess> {
  const manager = await ManagerProcess.start(...args);
  running.add(manager);
  return manager;
}

async function stop(manager: ManagerProcess, signal?: NodeJS.Signals): Promise<number | null> {
  running.delete(manager);
  return manager.stop(signal);
}

afterAll(async () => {
  await Promise.all([...running].map((manager) => stop(manager)));
  await Promise.all(folders.map((name) => rm(name, { recursive: true, force: true })));
}, START_MS);

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

async function asAdmin(manager: ManagerProcess): Promise<Record<string, string>> {
  return { authorization: basicHeader('admin', await manager.adminPassword()), tenant: 'default_tenant' };
}

/** Sends the first half of a body, and answers what sends the rest. */
function halfOf(
  manager: ManagerProcess,
  target: string,
  headers: Record<string, string>,
  body: string,
): () => Promise<number> {
  const ca = readFileSync(manager.greeting('CA file'));
  const options: RequestOptions = {
    method: 'PUT',
    ca,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
  };
  const outgoing = tlsRequest(`${manager.url}${target}`, options);
  const status = new Promise<number>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
  });
  outgoing.write(body.slice(0, 10));
  return () => {
    outgoing.end(body.slice(10));
    return status;
  };
}

const basic = (password: string): Record<string, string> => ({ authorization: basicHeader('ops', password) });

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`It never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a first start, and those after it', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await folder();
  });

  it(
    'greets with the address, the CA, the password file and commands to try, and keeps secrets private',
    async () => {
      const manager = await start(dataDir);
      expect(manager.url).toMatch(/^https:\/\/\S+:\d+$/);
      expect(manager.greeting('URL')).toBe(manager.url);
      const ca = new X509Certificate(readFileSync(manager.greeting('CA file')));
      expect(manager.greeting('fingerprint')).toBe(ca.fingerprint256);
      const passwordFile = manager.greeting('password').split(' ', 1)[0] ?? '';
      expect([modeOf(passwordFile), modeOf(dataDir)]).toEqual(['600', '700']);
      for (const key of readdirSync(path.join(dataDir, 'keys')))
        expect([key, modeOf(path.join(dataDir, 'keys', key))]).toEqual([key, '600']);
      expect(manager.output.stdout.match(/^ {2}curl /gm)).toHaveLength(3);

      const headers = await asAdmin(manager);
      const user = await manager.request('/api/v3.1/user', { headers });
      expect([user.status, user.body?.username]).toEqual([200, 'admin']);
      expect(
        (await manager.request('/api/v3.1/secrets/kept', { method: 'PUT', headers, body: { value: 'v' } })).status,
      ).toBe(200);
      expect(await stop(manager)).toBe(0);
      const password = readFileSync(passwordFile, 'utf8').trim();
      expect(password.length).toBeGreaterThanOrEqual(20);
      expect(manager.output.stdout + manager.output.stderr).not.toContain(password);
    },
    START_MS,
  );

  it(
    'leaves no database behind, and is ready again within five seconds, with all that was there',
    async () => {
      expect(databaseProcessesOf(dataDir)).toEqual([]);
      const manager = await start(dataDir);
      // The promise is 5 s on a machine with nothing else to do; a busy one gets more, and the figure is in the output.
      process.stderr.write(`second start: ${manager.startedInMs} ms\n`);
      expect(manager.startedInMs).toBeLessThan(20_000);
      const headers = await asAdmin(manager);
      expect((await manager.request('/api/v3.1/secrets/kept', { headers })).body?.value).toBe('v');
      expect(await stop(manager, 'SIGINT')).toBe(0);
      expect(databaseProcessesOf(dataDir)).toEqual([]);
    },
    START_MS,
  );

  it(
    'finishes what is under way when it is told to stop, takes nothing new, and ends with 0',
    async () => {
      const manager = await start(dataDir);
      const headers = await asAdmin(manager);
      expect((await manager.request('/api/v3.1/user', { headers })).status).toBe(200);
      const finish = halfOf(manager, '/api/v3.1/secrets/slow', headers, JSON.stringify({ value: 'in time' }));
      // The request is under way when a later one on another connection has been answered.
      expect((await manager.request('/api/v3.1/status', { headers })).status).toBe(200);
      running.delete(manager);
      const ended = manager.stop();
      await until(() => manager.output.stderr.includes('"message":"stopping"'), 'the signal is heard');
      await until(
        () =>
          manager.request('/api/version').then(
            () => false,
            () => true,
          ),
        'new connections are refused',
      );
      expect(await finish()).toBe(200);
      expect(await ended).toBe(0);
      const next = await start(dataDir);
      expect((await next.request('/api/v3.1/secrets/slow', { headers })).body?.value).toBe('in time');
      expect(await stop(next)).toBe(0);
    },
    START_MS,
  );

  it(
    'recovers from a kill: the next start takes the database over, and nothing is lost',
    async () => {
      const manager = await start(dataDir);
      const headers = await asAdmin(manager);
      await manager.request('/api/v3.1/secrets/before-kill', {
        method: 'PUT',
        headers,
        body: { value: 'acknowledged' },
      });
      running.delete(manager);
      await manager.kill();
      const next = await start(dataDir);
      expect((await next.request('/api/v3.1/secrets/before-kill', { headers })).body?.value).toBe('acknowledged');
      expect(await stop(next)).toBe(0);
      expect(databaseProcessesOf(dataDir)).toEqual([]);
    },
    START_MS,
  );

  it(
    'takes the first line of a given file as the password, and a second manager on the folder is refused',
    async () => {
      const other = await folder();
      const file = path.join(await folder(), 'password');
      await writeFile(file, 'a password of My own 12\nanother line\n', { mode: 0o600 });
      const manager = await start(other, { args: ['--admin-password-file', file] });
      const headers = { authorization: basicHeader('admin', 'a password of My own 12') };
      expect((await manager.request('/api/v3.1/user', { headers })).status).toBe(200);
      await expect(ManagerProcess.start(other)).rejects.toThrow(/ended with 1/);
      expect((await manager.request('/api/v3.1/user', { headers })).status).toBe(200);
      expect(await stop(manager)).toBe(0);
    },
    START_MS,
  );

  it(
    'refuses keys that others can read, and names the file',
    async () => {
      const keys = readdirSync(path.join(dataDir, 'keys')).map((name) => path.join(dataDir, 'keys', name));
      const tlsKey = readdirSync(path.join(dataDir, 'tls', 'external'))
        .filter((name) => name.includes('key'))
        .map((name) => path.join(dataDir, 'tls', 'external', name));
      const files = [...keys, ...tlsKey.slice(0, 1)];
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        chmodSync(file, 0o644);
        await expect(ManagerProcess.start(dataDir)).rejects.toThrow(file);
        chmodSync(file, 0o600);
        expect(databaseProcessesOf(dataDir)).toEqual([]);
      }
    },
    2 * START_MS,
  );
});

describe('settings', () => {
  it(
    'that are wrong are all named at once, before anything is made',
    async () => {
      const dataDir = path.join(await folder(), 'never');
      const file = path.join(path.dirname(dataDir), 'settings.yaml');
      await writeFile(file, 'no_such_thing: 1\nmin_password_length: short\n');
      const { code, stderr } = await holdfast(['serve', '--data', dataDir, '--config', file], {
        env: { HOLDFAST_PORT: '99999', HOLDFAST_LOG_LEVEL: 'loud', HOLDFAST_TLS: 'off' },
      });
      expect(code).toBe(1);
      for (const name of [/port/, /log_level/, /\btls\b/, /no_such_thing/, /min_password_length/])
        expect(stderr).toMatch(name);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(existsSync(dataDir)).toBe(false);
    },
    START_MS,
  );

  it(
    'let TLS end at a proxy only when the proxy is named; from anywhere else plain HTTP is refused',
    async () => {
      const dataDir = await folder();
      const env = { HOLDFAST_TLS: 'terminated-at-proxy' };
      await expect(ManagerProcess.start(dataDir, { env })).rejects.toThrow(/trusted_?proxies/i);
      const manager = await start(dataDir, { env: { ...env, HOLDFAST_TRUSTED_PROXIES: '127.0.0.1,::1' } });
      expect(manager.url).toMatch(/^http:/);
      expect((await manager.request('/api/version')).status).toBe(200);
      expect(await stop(manager)).toBe(0);
      const far = await start(dataDir, { env: { ...env, HOLDFAST_TRUSTED_PROXIES: '192.0.2.1' } });
      const refused = await far.request('/api/version').catch((error: unknown) => error);
      expect(refused).not.toMatchObject({ status: 200 });
      expect(await stop(far)).toBe(0);
    },
    2 * START_MS,
  );
});

describe('the holdfast command', () => {
  let manager: ManagerProcess;
  let dataDir: string;
  let admin: Record<string, string>;
  beforeAll(async () => {
    dataDir = await folder();
    manager = await start(dataDir);
    admin = await asAdmin(manager);
  }, START_MS);

  const on = (...args: string[]): ReturnType<typeof holdfast> => holdfast([...args, '--data', dataDir]);
  const ask = (target: string, headers: Record<string, string> = admin): Promise<WireAnswer> =>
    manager.request(`/api/v3.1${target}`, { headers });

  it(
    'explains itself everywhere, and refuses what it does not know',
    async () => {
      const commands = [[], ['serve'], ['users', 'set-password'], ['keys', 'rotate'], ['audit', 'verify'], ['certs']];
      const explained = await Promise.all(commands.map((command) => holdfast([...command, '--help'])));
      for (const [index, { code, stdout }] of explained.entries()) {
        const command = ['holdfast', ...(commands[index] ?? [])].join(' ');
        expect({ command, code, stdout }).toEqual({
          command,
          code: 0,
          stdout: expect.stringContaining(`Usage: ${command}`),
        });
      }
      expect((await holdfast(['no-such-thing'])).code).not.toBe(0);
    },
    2 * START_MS,
  );

  it(
    'sets a password, ends tokens and forgets failures while the manager serves',
    async () => {
      const password = 'set from the Machine 31';
      const body = { username: 'ops', password: 'the first Password 31' };
      expect((await manager.request('/api/v3.1/users', { method: 'PUT', headers: admin, body })).status).toBe(201);
      const token = async (secret: string): Promise<Record<string, string>> => {
        const made = await manager.request('/api/v3.1/tokens', { method: 'POST', headers: basic(secret), body: {} });
        return { 'authentication-token': made.body.value as string };
      };
      const before = await token(body.password);
      expect(
        (await holdfast(['users', 'set-password', 'ops', '--data', dataDir], { input: `${password}\n` })).code,
      ).toBe(0);
      expect((await ask('/user', before)).status).toBe(401);
      expect((await ask('/user', basic(body.password))).status).toBe(401);
      expect((await ask('/user', basic(password))).status).toBe(200);

      const second = await token(password);
      expect((await on('users', 'revoke-tokens', 'ops')).code).toBe(0);
      expect((await ask('/user', second)).status).toBe(401);

      for (let guess = 1; guess <= 6; guess += 1) await ask('/user', basic(`a wrong guess ${guess}`));
      expect((await ask('/user', basic(password))).status).toBe(401);
      expect((await on('users', 'unlock', 'ops')).code).toBe(0);
      expect((await ask('/user', basic(password))).status).toBe(200);
      const unknown = await on('users', 'unlock', 'nobody');
      expect(unknown.code).toBe(1);
      expect(unknown.stderr).toMatch(/nobody.*not found/);
    },
    2 * START_MS,
  );

  it(
    'rotates keys while the manager serves, and says how they stand',
    async () => {
      for (let count = 1; count <= 20; count += 1)
        await manager.request(`/api/v3.1/secrets/s${count}`, {
          method: 'PUT',
          headers: admin,
          body: { value: `v${count}` },
        });
      const rotated = await on('keys', 'rotate');
      expect([rotated.code, rotated.stderr]).toEqual([0, '']);
      expect(rotated.stdout).toMatch(/\d+ rows are under new keys/);
      for (let count = 1; count <= 20; count += 1)
        expect((await ask(`/secrets/s${count}`)).body?.value).toBe(`v${count}`);
      const status = await on('keys', 'status');
      expect(status.code).toBe(0);
      expect(JSON.parse(status.stdout)).toHaveProperty('columns');
      const root = await on('keys', 'rotate', '--root');
      expect([root.code, root.stderr]).toEqual([0, '']);
      expect((await ask('/secrets/s1')).body?.value).toBe('v1');
    },
    2 * START_MS,
  );

  it(
    'verifies the audit log, exports it, and verifies the export without a database',
    async () => {
      const verified = await on('audit', 'verify');
      expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('is intact')]);
      const [exported, key] = [path.join(await folder(), 'audit.jsonl'), path.join(await folder(), 'key.pem')];
      expect((await on('audit', 'export', '--output', exported)).code).toBe(0);
      await writeFile(key, (await on('audit', 'public-key')).stdout);
      const offline = (): ReturnType<typeof holdfast> =>
        holdfast(['audit', 'verify', '--export', exported, '--public-key', key]);
      expect(await offline()).toMatchObject({ code: 0, stdout: expect.stringContaining('is intact') });
      const text = readFileSync(exported, 'utf8');
      expect(text).toContain('"user.create"');
      await writeFile(exported, text.replace('"user.create"', '"user.creatE"'));
      expect(await offline()).toMatchObject({ code: 1, stdout: expect.stringContaining('NOT intact') });
    },
    2 * START_MS,
  );

  it(
    'prints certificates, settings without their secrets, and the API document',
    async () => {
      const certs = await on('certs', 'list');
      expect([certs.code, certs.stdout]).toEqual([0, expect.stringContaining('localhost')]);
      const config = await holdfast(['config', 'print', '--data', dataDir], {
        env: { DATABASE_URL: 'postgresql://me:swordfish@db/x' },
      });
      expect(config.code).toBe(0);
      expect(config.stdout).not.toContain('swordfish');
      expect(config.stdout).toContain('***');
      const document = await holdfast(['openapi']);
      expect(JSON.parse(document.stdout)).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
    },
    2 * START_MS,
  );

  it('meets plain HTTP at the TLS door with the code that clients know', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const { port } = new URL(manager.url);
      plainRequest({ host: '127.0.0.1', port, path: '/api/version' }, (response) => {
        let text = `${response.statusCode} `;
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('end', () => resolve(text));
      })
        .once('error', reject)
        .end();
    });
    expect(answer).toMatch(/^400 .*SSL_REQUIRED/);
  });

  it(
    'leaves nothing running',
    async () => {
      expect(await stop(manager)).toBe(0);
      expect(databaseProcessesOf(dataDir)).toEqual([]);
    },
    START_MS,
  );
});
