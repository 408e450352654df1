import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHash, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../logging/log.js';
import { newAuthorityKey, writeAuthority, writeServerCertificate } from '../tls/x509-writer.js';
import { OutboundClient, type OutboundOptions } from './outbound-client.js';
import type { OutboundPolicy } from './outbound.js';
import { OutboundRefusedError } from './outbound-refused-error.js';

const CLOSED: OutboundPolicy = { allowedHosts: [], allowedNetworks: [], httpHosts: [] };
/** Hosts of these tests, and where they are. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'files.test': ['127.0.0.1'],
  'other.test': ['127.0.0.1'],
  'inside.test': ['10.1.2.3'],
  'mixed.test': ['93.184.216.34', '127.0.0.1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'zoned.test': ['fe80::1%lo'],
  'empty.test': [],
};

let home: string;
let target: string;
let servers: Array<Server | TcpServer>;
let seen: IncomingMessage[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-outbound-'));
  target = join(home, 'fetched');
  servers = [];
  seen = [];
});

afterEach(async () => {
  for (const server of servers) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(home, { recursive: true, force: true });
});

async function listening(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function serve(answer: RequestListener): Promise<number> {
  return listening(
    createHttpServer((request, response) => {
      seen.push(request);
      answer(request, response);
    }),
  );
}

/** A policy that lets the tests' own hosts through, over http. */
const OPEN: OutboundPolicy = {
  ...CLOSED,
  allowedHosts: ['files.test'],
  httpHosts: ['files.test', 'other.test', 'inside.test', '127.0.0.1'],
};

function knownAddresses(name: string): Promise<readonly string[]> {
  const addresses = NAMES[name];
  return addresses === undefined ? Promise.reject(new Error(`queryA ENOTFOUND ${name}`)) : Promise.resolve(addresses);
}

function client(policy: OutboundPolicy = OPEN, options: Partial<OutboundOptions> = {}): OutboundClient {
  return new OutboundClient(policy, { resolve: knownAddresses, ...options });
}

function fetchUrl(url: string, policy = CLOSED): Promise<unknown> {
  return client(policy).fetchToFile(url, target, { maxBytes: 100 });
}

function fetchFrom(port: number, options: Partial<OutboundOptions> = {}, maxBytes = 100): Promise<unknown> {
  return client(OPEN, options).fetchToFile(`http://files.test:${port}/`, target, { maxBytes });
}

/** The refusal's reason and message; and nothing must be left of the file. */
async function refusal(work: Promise<unknown>): Promise<{ reason: string; message: string; left: readonly string[] }> {
  const error: unknown = await work.then(
    () => 'it was fetched',
    (reason: unknown) => reason,
  );
  if (!(error instanceof OutboundRefusedError)) throw new Error('It was not refused.', { cause: error });
  return {
    reason: error.reason,
    message: `${error.status} ${error.code}: ${error.message}`,
    left: await readdir(home),
  };
}

function refused(reason: string, message: RegExp): unknown {
  return {
    reason,
    message: expect.stringMatching(new RegExp(`^400 bad_parameters_error: .*${message.source}`)),
    left: [],
  };
}

describe('OutboundClient', () => {
  it('fetches a file with its size and digest', async () => {
    const content = Buffer.alloc(300_000, 'abc');
    const port = await serve((_, response) => response.end(content));
    const stored = await client().fetchToFile(`http://files.test:${port}/a/b.zip?x=1#part`, target, {
      maxBytes: 300_000,
    });
    expect(stored).toEqual({ bytes: 300_000, sha256: createHash('sha256').update(content).digest('hex') });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(seen[0]?.url).toBe('/a/b.zip?x=1');
    expect(seen[0]?.headers).toMatchObject({ host: `files.test:${port}`, 'accept-encoding': 'identity' });
  });

  it('stores the bytes as they come, whatever coding is declared', async () => {
    const port = await serve((_, response) => response.setHeader('content-encoding', 'gzip').end('not gzip'));
    await client().fetchToFile(`http://files.test:${port}/`, target, { maxBytes: 100 });
    expect(await readFile(target, 'utf8')).toBe('not gzip');
  });

  describe('judges URLs', () => {
    it.each([
      '',
      'nonsense',
      'https://',
      'https://[fe80::1%25eth0]/',
      'https://256.1.1.1/',
      'https://a:99999/',
      `https://a/${'x'.repeat(9000)}`,
    ])('refuses %j as no URL', async (url) => {
      expect(await refusal(fetchUrl(url))).toEqual(refused('url', /The URL is not valid/));
    });

    it('refuses ftp with the reason, and other schemes', async () => {
      expect(await refusal(fetchUrl('ftp://files.test/a.zip'))).toEqual(
        refused('scheme', /ftp is not supported by this manager/),
      );
      for (const url of ['file:///etc/passwd', 'gopher://a/', 'data:text/plain,x', 'javascript:1', 'ws://a/']) {
        expect(await refusal(fetchUrl(url))).toEqual(refused('scheme', /must begin with https/));
      }
    });

    it('refuses plain http unless the host is listed for it', async () => {
      expect(await refusal(fetchUrl('http://files.test/'))).toEqual(
        refused('scheme', /plain http is not allowed for files\.test; use https/),
      );
    });

    it.each([
      'https://127.0.0.1/',
      'https://127.1/',
      'https://2130706433/',
      'https://0x7f000001/',
      'https://0177.0.0.1/',
      'https://0/',
      'https://１２７.0.0.1/',
      'https://[::1]/',
      'https://[::]/',
      'https://[::ffff:127.0.0.1]/',
      'https://[64:ff9b::7f00:1]/',
      'https://169.254.169.254/latest/meta-data/',
      'https://10.0.0.1/',
      'https://localhost@127.0.0.1/',
    ])('refuses the address in %s', async (url) => {
      expect(await refusal(fetchUrl(url))).toEqual(refused('address', /not on the public internet/));
    });

    it.each(['files.test', 'FILES.test', 'files.test.', 'inside.test', 'mixed.test', 'mapped.test', 'zoned.test'])(
      'refuses %s, a name with any address that is not public, and does not tell which',
      async (host) => {
        const found = await refusal(fetchUrl(`https://${host}/`));
        expect(found).toEqual(refused('address', /not on the public internet/));
        expect(found.message).not.toMatch(/127\.0\.0\.1|10\.1\.2\.3|fe80/);
      },
    );

    it('tells the log alone which names exist inside', async () => {
      const info = jest.fn<Log['info']>();
      const told = client(CLOSED, { log: { info } });
      const texts: string[] = [];
      for (const host of ['inside.test', 'missing.test']) {
        const { message } = await refusal(told.fetchToFile(`https://u:p@${host}/x?y`, target, { maxBytes: 1 }));
        texts.push(message.replace(host, 'HOST'));
      }
      expect(texts[0]).toBe(texts[1]);
      expect(info.mock.calls.map(([, fields]) => fields)).toMatchObject([
        { origin: 'https://inside.test', reason: 'address' },
        { origin: 'https://missing.test', reason: 'name' },
      ]);
    });

    it('refuses names without addresses, and what the system calls localhost', async () => {
      expect(await refusal(fetchUrl('https://empty.test/'))).toEqual(refused('name', /public internet/));
      expect(await refusal(fetchUrl('https://missing.test/'))).toEqual(refused('name', /public internet/));
      const real = new OutboundClient(CLOSED);
      expect(await refusal(real.fetchToFile('https://localhost/', target, { maxBytes: 1 }))).toEqual(
        refused('address', /public/),
      );
    });

    it('lets a listed host have any address, and any host an address in a listed network', async () => {
      const port = await serve((_, response) => response.end('ok'));
      const byNetwork = { ...CLOSED, allowedNetworks: ['127.0.0.0/8'], httpHosts: ['other.test'] };
      await client(byNetwork).fetchToFile(`http://other.test:${port}/`, target, { maxBytes: 100 });
      await rm(target);
      const byHost = { ...CLOSED, allowedHosts: ['127.0.0.1'], httpHosts: ['127.0.0.1'] };
      await client(byHost).fetchToFile(`http://127.0.0.1:${port}/`, target, { maxBytes: 100 });
      expect(seen).toHaveLength(2);
    });

    it('takes the names of the policy as URLs write them', async () => {
      const port = await serve((_, response) => response.end('ok'));
      const policy = { ...CLOSED, allowedHosts: ['Files.TEST.'], httpHosts: ['FILES.test'] };
      await client(policy).fetchToFile(`http://files.test:${port}/`, target, { maxBytes: 100 });
      expect(seen).toHaveLength(1);
    });

    it.each([
      { allowedNetworks: ['10.0.0.0/64'] },
      { allowedNetworks: ['files.test'] },
      { allowedHosts: ['a/b'] },
      { httpHosts: ['a:80'] },
    ])('does not start with the policy %j', (part) => {
      expect(() => client({ ...CLOSED, ...part })).toThrow(/^Not /);
    });
  });

  describe('connects to what it judged', () => {
    it('looks a name up once, so that a second answer cannot send it elsewhere', async () => {
      const port = await serve((_, response) => response.end('internal'));
      let asked = 0;
      const rebinding = (): Promise<readonly string[]> => {
        asked += 1;
        return Promise.resolve(asked === 1 ? ['192.0.2.1'] : ['127.0.0.1']);
      };
      const policy = { ...CLOSED, allowedNetworks: ['192.0.2.0/24'], httpHosts: ['rebind.test'] };
      const work = client(policy, { resolve: rebinding, connectTimeoutMs: 200 }).fetchToFile(
        `http://rebind.test:${port}/`,
        target,
        { maxBytes: 100 },
      );
      expect((await refusal(work)).reason).toMatch(/^(timeout|connection)$/);
      expect(asked).toBe(1);
      expect(seen).toHaveLength(0);
    });

    it('speaks TLS to the address under the name of the host', async () => {
      const { keyPem, certificatePem, ca } = await certificateFor('files.test');
      const names: string[] = [];
      const server = createHttpsServer(
        {
          key: keyPem,
          cert: certificatePem,
          SNICallback: (name, done) => {
            names.push(name);
            done(null);
          },
        },
        (_, response) => {
          response.end('secured');
        },
      );
      const port = await listening(server);
      const policy = { ...CLOSED, allowedHosts: ['files.test', 'other.test'] };
      await client(policy, { ca: [ca] }).fetchToFile(`https://files.test:${port}/`, target, { maxBytes: 100 });
      expect(await readFile(target, 'utf8')).toBe('secured');
      expect(names).toEqual(['files.test']);
      await rm(target);

      const wrongName = client(policy, { ca: [ca] }).fetchToFile(`https://other.test:${port}/`, target, {
        maxBytes: 100,
      });
      expect(await refusal(wrongName)).toEqual(refused('certificate', /certificate is not valid/));
      const unknownAuthority = client(policy).fetchToFile(`https://files.test:${port}/`, target, { maxBytes: 100 });
      expect(await refusal(unknownAuthority)).toEqual(refused('certificate', /certificate is not valid/));
    });

    it('asks no proxy that the environment names', async () => {
      const port = await serve((_, response) => response.end('ok'));
      const proxies = { http_proxy: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1', NODE_USE_ENV_PROXY: '1' };
      const before = Object.keys(proxies).map((name) => [name, process.env[name]] as const);
      Object.assign(process.env, proxies);
      try {
        await client().fetchToFile(`http://files.test:${port}/`, target, { maxBytes: 100 });
      } finally {
        for (const [name, value] of before) {
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
      }
      expect(await readFile(target, 'utf8')).toBe('ok');
    });
  });

  describe('follows redirects', () => {
    it.each([301, 302, 303, 307, 308])('of status %i, relative ones too', async (status) => {
      const port = await serve((request, response) => {
        if (request.url === '/end') return response.end('end');
        return response.writeHead(status, { location: 'end' }).end('moved');
      });
      await client().fetchToFile(`http://files.test:${port}/start`, target, { maxBytes: 100 });
      expect(await readFile(target, 'utf8')).toBe('end');
    });

    it('three times and no more', async () => {
      let left = 3;
      const port = await serve((_, response) => {
        if (left === 0) return response.end('end');
        left -= 1;
        return response.writeHead(302, { location: '/again' }).end();
      });
      await client().fetchToFile(`http://files.test:${port}/`, target, { maxBytes: 100 });
      await rm(target);
      left = 4;
      expect(await refusal(client().fetchToFile(`http://files.test:${port}/`, target, { maxBytes: 100 }))).toEqual(
        refused('redirect', /more than 3 redirects/),
      );
    });

    it.each([
      ['the loopback', 'http://127.0.0.1:1/', 'address'],
      ['an inner host', 'http://inside.test/', 'address'],
      ['the metadata service', 'https://169.254.169.254/latest', 'address'],
      ['plain http where that is not listed', 'http://mixed.test/', 'scheme'],
      ['a file', 'file:///etc/passwd', 'scheme'],
      ['ftp', 'ftp://files.test/', 'scheme'],
      ['nonsense', 'https://[', 'url'],
    ])('but not to %s', async (_, location, reason) => {
      const port = await serve((_request, response) => response.writeHead(302, { location }).end());
      const found = await refusal(client().fetchToFile(`http://files.test:${port}/`, target, { maxBytes: 100 }));
      expect(found).toEqual(refused(reason, /./));
      expect(seen).toHaveLength(1);
    });

    it('and refuses one that leads nowhere', async () => {
      const port = await serve((_, response) => response.writeHead(302).end());
      expect(await refusal(client().fetchToFile(`http://files.test:${port}/`, target, { maxBytes: 100 }))).toEqual(
        refused('redirect', /redirects to nowhere/),
      );
    });
  });

  describe('keeps credentials to the host they were given for', () => {
    const policy = { ...OPEN, allowedHosts: ['files.test', 'other.test'] };

    it('sends them there, also after a redirect within the host', async () => {
      const port = await serve((request, response) => {
        if (request.url === '/end') return response.end('end');
        return response.writeHead(302, { location: '/end' }).end();
      });
      await client(policy).fetchToFile(`http://ann:p%40ss%3Aw%C3%B6rd@files.test:${port}/`, target, { maxBytes: 100 });
      const expected = `Basic ${Buffer.from('ann:p@ss:wörd').toString('base64')}`;
      expect(seen.map(({ headers }) => headers.authorization)).toEqual([expected, expected]);
    });

    it('drops them on the way to another host or port, and for good', async () => {
      const other = await serve((request, response) => {
        if (request.url === '/end') return response.end('end');
        return response.writeHead(302, { location: `http://files.test:${first}/back` }).end();
      });
      const first = await serve((request, response) => {
        const location =
          request.url === '/back' ? `http://other.test:${other}/end` : `http://eve:x@other.test:${other}/`;
        response.writeHead(302, { location }).end();
      });
      await client(policy).fetchToFile(`http://ann:secret@files.test:${first}/`, target, { maxBytes: 100 });
      expect(seen.map(({ headers }) => headers.authorization !== undefined)).toEqual([true, false, false, false]);
    });

    it('and out of every message', async () => {
      const port = await serve((_, response) => response.writeHead(500).end());
      const urls = [
        `http://ann:hunter2@files.test:${port}/private/hunter2?token=hunter2`,
        'https://ann:hunter2@inside.test/hunter2',
        'https://ann:hunter2@missing.test/?hunter2',
        'http://ann:hunter2@mixed.test/hunter2',
        'https://ann:hunter2@[/',
        'ftp://ann:hunter2@files.test/',
      ];
      for (const url of urls) {
        const error: unknown = await client(policy)
          .fetchToFile(url, target, { maxBytes: 100 })
          .catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(OutboundRefusedError);
        expect(
          JSON.stringify([String(error), Object.entries(error as object), String((error as Error).cause)]),
        ).not.toContain('hunter2');
      }
    });
  });

  describe('gives up', () => {
    it.each([201, 204, 206, 304, 400, 401, 404, 500])('on status %i', async (status) => {
      const port = await serve((_, response) => response.writeHead(status).end());
      expect(await refusal(fetchFrom(port))).toEqual(
        refused('status', new RegExp(`http://files\\.test:${port}: the server answered ${status}$`)),
      );
    });

    it('on more bytes than allowed, declared or not', async () => {
      const declared = await serve((_, response) => response.end(Buffer.alloc(101)));
      expect(await refusal(fetchFrom(declared))).toEqual(refused('too-large', /larger than 100 bytes/));
      const endless = await serve((_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        };
        response.on('drain', more);
        more();
      });
      expect(await refusal(fetchFrom(endless, {}, 1_000_000))).toEqual(
        refused('too-large', /larger than 1000000 bytes/),
      );
    });

    it('on a server that says nothing, at once or in the middle', async () => {
      const silent = await serve(() => undefined);
      expect(await refusal(fetchFrom(silent, { idleTimeoutMs: 50 }))).toEqual(refused('timeout', /takes too long/));
      const stuck = await serve((_, response) => void response.write('begun'));
      expect(await refusal(fetchFrom(stuck, { idleTimeoutMs: 50 }))).toEqual(refused('timeout', /takes too long/));
    });

    it('on one that drips for too long', async () => {
      const port = await serve((_, response) => {
        const timer = setInterval(() => response.write('x'), 10);
        response.on('close', () => clearInterval(timer));
      });
      expect(await refusal(fetchFrom(port, { idleTimeoutMs: 5_000, totalTimeoutMs: 150 }))).toEqual(
        refused('timeout', /takes too long/),
      );
    });

    it('on a name server that does not answer', async () => {
      const silence = new Promise<readonly string[]>(() => undefined);
      expect(await refusal(fetchFrom(1, { resolve: () => silence, connectTimeoutMs: 30 }))).toEqual(
        refused('timeout', /takes too long/),
      );
    });

    it('on a connection that is refused, breaks, or speaks no HTTP', async () => {
      const port = await serve((_, response) => response.end());
      const gone = servers.pop();
      await new Promise((resolve) => gone?.close(resolve));
      expect(await refusal(fetchFrom(port))).toEqual(refused('connection', /the connection failed/));
      const breaking = await serve((_, response) => {
        response.writeHead(200, { 'content-length': '50' });
        response.write('half', () => response.destroy());
      });
      expect(await refusal(fetchFrom(breaking))).toEqual(refused('connection', /the connection failed/));
      const gibberish = await listening(createTcpServer((socket) => socket.resume().end('SSH-2.0-OpenSSH\r\n')));
      expect(await refusal(fetchFrom(gibberish))).toEqual(refused('connection', /the connection failed/));
    });

    it('when it is told to, with the reason it was told', async () => {
      const controller = new AbortController();
      const port = await serve(() => controller.abort(new Error('shutting down')));
      const work = client().fetchToFile(`http://files.test:${port}/`, target, {
        maxBytes: 100,
        signal: controller.signal,
      });
      await expect(work).rejects.toThrow('shutting down');
      expect(await readdir(home)).toEqual([]);
    });

    it('rather than overwrite a file', async () => {
      await writeFile(target, 'mine');
      const port = await serve((_, response) => response.end('theirs'));
      await expect(fetchFrom(port)).rejects.toMatchObject({ code: 'EEXIST' });
      expect(await readFile(target, 'utf8')).toBe('mine');
    });
  });
});

async function certificateFor(host: string): Promise<{ keyPem: string; certificatePem: string; ca: string }> {
  const key = createPrivateKey(newAuthorityKey());
  const now = new Date();
  const ca = await writeAuthority(key, 'Test authority', now);
  const written = await writeServerCertificate({ certificatePem: ca, key }, [{ kind: 'dns', value: host }], now);
  return { ...written, ca };
}
