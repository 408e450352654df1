import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { Agent, get, type RequestOptions } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import type { RequestListener } from 'node:http';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import {
  authority,
  companyAuthorities,
  exchange,
  handshake,
  RecordingLog,
  serverCertificate,
  shownBy,
  TlsWorld,
} from '../../../test/support/tls-world.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { createListeners, type Listeners } from './listeners.js';
import type { ListenerLimits } from './listener.js';
import { TlsMaterials } from './tls-materials.js';
import type { TlsOptions } from './tls-options.js';

let world: TlsWorld;
let log: RecordingLog;
let closing: (() => Promise<unknown>)[];

beforeEach(async () => {
  world = await TlsWorld.make();
  log = new RecordingLog();
  closing = [];
});
afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  await world.remove();
});

const hello: RequestListener = (request, response) => {
  response.end(`${request.url} from ${request.socket.remoteAddress}`);
};

interface Opened {
  readonly listeners: Listeners;
  readonly materials: TlsMaterials;
  /** To the external listener, trusting our CA. */
  readonly at: ConnectionOptions & { readonly port: number };
}

async function open(
  changes: Partial<TlsOptions> = {},
  handler = hello,
  limits: Partial<ListenerLimits> = {},
  host = '127.0.0.1',
): Promise<Opened> {
  const tls = world.options(changes);
  const timing = { settleMs: 20, pollMs: 40, checkMs: 3_600_000 };
  const materials = await TlsMaterials.open(tls, { clock: new TestClock(), log, timing });
  closing.push(() => materials.close());
  const endpoint = { host, port: 0 };
  const listeners = createListeners({ external: endpoint, internal: endpoint, tls, materials, log, limits }, handler);
  const { external } = await listeners.start();
  closing.push(() => listeners.stop(0));
  return { listeners, materials, at: { port: external.port, ca: materials.trust.pem } };
}

async function ask(options: RequestOptions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get({ host: '127.0.0.1', ...options }, (response) => {
    let text = '';
    response.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text));
  }).on('error', reject);
  return promise;
}

async function ownFiles(name: string, address: string) {
  const pair = await serverCertificate(await authority(), [address]);
  return {
    cert: await world.write(`${name}.pem`, pair.certificatePem),
    key: await world.write(`${name}.key`, pair.keyPem),
  };
}

/** Sends bytes over TLS and gives what comes back until the other side closes. */
async function over(at: ConnectionOptions, bytes: string): Promise<string> {
  const socket = await handshake(at);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString('latin1'))).on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

/** A handler whose answers wait until the test lets them go. */
function held() {
  const answers: (() => void)[] = [];
  const arrived = Promise.withResolvers<void>();
  const handler: RequestListener = (_request, response) => {
    answers.push(() => response.end('done'));
    arrived.resolve();
  };
  return { handler, arrived: arrived.promise, release: () => answers.forEach((answer) => answer()) };
}

const behind = (...trustedProxies: string[]): Partial<TlsOptions> => ({ tls: 'terminated-at-proxy', trustedProxies });

describe('certificates', () => {
  it('shows each client the certificate of the address that it came to', async () => {
    const { at } = await open(
      { externalAddresses: ['localhost', 'manager.test', '127.0.0.1', '127.0.0.2'] },
      hello,
      {},
      '0.0.0.0',
    );
    expect(await shownBy({ ...at, servername: 'manager.test' })).toEqual({
      cn: 'manager.test',
      san: 'DNS:manager.test',
    });
    expect(await shownBy({ ...at, servername: 'localhost' })).toEqual({ cn: 'localhost', san: 'DNS:localhost' });
    expect(await shownBy(at)).toEqual({ cn: '127.0.0.1', san: 'IP Address:127.0.0.1' });
    expect(await shownBy({ ...at, host: '127.0.0.2' })).toEqual({ cn: '127.0.0.2', san: 'IP Address:127.0.0.2' });
  });

  it('finds the address also where IPv4 arrives inside IPv6', async () => {
    const { at } = await open({ externalAddresses: ['localhost', '::1', '127.0.0.1'] }, hello, {}, '::');
    expect((await shownBy(at)).cn).toBe('127.0.0.1');
    expect((await shownBy({ ...at, host: '::1' })).cn).toBe('::1');
  });

  it('shows one certificate for all addresses on request', async () => {
    const { at } = await open({ singleCertificate: true, externalAddresses: ['127.0.0.1', 'manager.test'] });
    const all = { cn: '127.0.0.1', san: 'IP Address:127.0.0.1, DNS:manager.test' };
    expect(await shownBy({ ...at, servername: 'manager.test' })).toEqual(all);
    expect(await shownBy(at)).toEqual(all);
  });

  it('has different ones inside and outside', async () => {
    const { listeners, at } = await open();
    const [outside, inside] = [await handshake(at), await handshake({ ...at, port: listeners.internal.address.port })];
    expect(inside.getPeerCertificate().fingerprint256).not.toBe(outside.getPeerCertificate().fingerprint256);
    expect(await ask({ ...at, port: listeners.internal.address.port, agent: false, path: '/inside' })).toContain(
      '/inside from',
    );
    inside.destroy();
    outside.destroy();
  });

  it('sends what lies between it and the root of an own CA', async () => {
    const { root, issuing } = await companyAuthorities();
    const caCertFile = await world.write('ca.pem', issuing.certificatePem + root.certificatePem);
    const caKeyFile = await world.write('ca.key', issuing.keyPem);
    const { at, materials } = await open({ caCertFile, caKeyFile });
    expect(materials.trust.pem.trim()).toBe(root.certificatePem.trim());
    const socket = await handshake({ ...at, ca: root.certificatePem });
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });

  it('are exchanged under open connections, which go on', async () => {
    const [old, next] = [await ownFiles('old', 'old.test'), await ownFiles('new', 'new.test')];
    const { at, materials } = await open({ externalCertFile: old.cert, externalKeyFile: old.key });
    materials.follow();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    await ask({ port: at.port, agent, path: '/before' });
    const replaced = log.next(
      ({ sentence, fields }) => sentence === 'certificate in service' && String(fields.subject).includes('new.test'),
    );
    await copyFile(next.cert, old.cert);
    await copyFile(next.key, old.key);
    await replaced;
    expect(await ask({ port: at.port, agent, path: '/after' })).toContain('/after');
    const [socket] = Object.values(agent.freeSockets).flat() as TLSSocket[];
    expect(socket?.getPeerCertificate().subject.CN).toBe('old.test');
    agent.destroy();
    expect((await shownBy({ port: at.port, rejectUnauthorized: false })).cn).toBe('new.test');
  });
});

describe('the protocol', () => {
  it('is TLS 1.3 where the client can, and 1.2 with forward secrecy where it cannot', async () => {
    const { at } = await open();
    const modern = await handshake(at);
    const older = await handshake({ ...at, maxVersion: 'TLSv1.2' });
    expect(modern.getProtocol()).toBe('TLSv1.3');
    expect(older.getProtocol()).toBe('TLSv1.2');
    expect(older.getCipher().name).toMatch(/^ECDHE-.*(GCM|POLY1305)/);
    modern.destroy();
    older.destroy();
  });

  it('is never TLS 1.1, whatever the client would put up with', async () => {
    const { at } = await open();
    const weak = { minVersion: 'TLSv1' as const, maxVersion: 'TLSv1.1' as const, ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(handshake({ ...at, ...weak })).rejects.toThrow(/alert protocol version/);
  });

  it('refuses ciphers without forward secrecy', async () => {
    const { at } = await open();
    await expect(handshake({ ...at, maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' })).rejects.toThrow(
      /handshake failure/,
    );
  });

  it('may be raised to TLS 1.3', async () => {
    const { at } = await open({ minVersion: 'TLSv1.3' });
    await expect(handshake({ ...at, maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/);
  });

  it('does not renegotiate', async () => {
    const { at } = await open();
    const socket = await handshake({ ...at, maxVersion: 'TLSv1.2' });
    const refusal = Promise.withResolvers<Error>();
    socket.on('error', refusal.resolve);
    socket.renegotiate({ rejectUnauthorized: false }, () => undefined);
    expect(String(await refusal.promise)).toMatch(/no renegotiation|ECONNRESET/);
  });

  it('resumes sessions within the process', async () => {
    const { at } = await open();
    const first = await handshake({ ...at, maxVersion: 'TLSv1.2' });
    const session = first.getSession();
    first.destroy();
    const second = await handshake({ ...at, maxVersion: 'TLSv1.2', ...(session === undefined ? {} : { session }) });
    expect(second.isSessionReused()).toBe(true);
    second.destroy();
  });
});

describe('plain HTTP', () => {
  const REFUSAL = /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/json\r\n/;

  it.each([
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    `POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(30_000)}`,
    '\r\n',
    'x',
  ])('is refused with SSL_REQUIRED: %j', async (bytes) => {
    const { at, listeners } = await open();
    for (const port of [at.port, listeners.internal.address.port]) {
      const answer = await exchange(port, bytes);
      expect(answer).toMatch(REFUSAL);
      const body: unknown = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
      expect(body).toEqual({ message: expect.any(String), error_code: 'SSL_REQUIRED' });
    }
  });

  it('costs TLS nothing: the handshake may arrive byte by byte', async () => {
    const { at } = await open();
    const relay = await slowRelay(at.port);
    expect(await ask({ ...at, port: relay, agent: false, path: '/slow' })).toContain('/slow');
  });

  it('cuts off who says nothing, or drips a handshake without end', async () => {
    const { at } = await open({}, hello, { handshakeMs: 150 });
    expect(await exchange(at.port, '')).toBe('');
    const dripping = connectTcp(at.port, '127.0.0.1', () => dripping.write(Buffer.from([0x16, 3, 1, 2, 0])));
    const drip = setInterval(() => dripping.write(Buffer.from([1])), 20);
    dripping.on('error', () => undefined);
    await once(dripping, 'close');
    clearInterval(drip);
  });

  it('does not stumble over who hangs up at once, half-closes, or sends noise', async () => {
    const { at } = await open();
    const impatient = connectTcp(at.port, '127.0.0.1', () => impatient.resetAndDestroy());
    impatient.on('error', () => undefined);
    await once(impatient, 'close');
    const silent = connectTcp(at.port, '127.0.0.1', () => silent.end());
    silent.resume();
    await once(silent, 'close');
    expect(await exchange(at.port, Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5]))).not.toContain('HTTP');
    expect(await exchange(at.port, Buffer.from([0, 1, 2]))).toMatch(REFUSAL);
    expect(await ask({ ...at, agent: false, path: '/still' })).toContain('/still');
  });
});

/** Passes bytes on one at a time. */
async function slowRelay(target: number): Promise<number> {
  const { createServer } = await import('node:net');
  const relay = createServer((client) => {
    const server = connectTcp({ port: target, host: '127.0.0.1', noDelay: true });
    client.on('data', (chunk) => {
      for (const byte of chunk) server.write(Buffer.from([byte]));
    });
    server.pipe(client);
    for (const socket of [client, server]) socket.on('error', () => undefined);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  closing.push(async () => relay.close());
  const address = relay.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('TLS that ends at the proxy', () => {
  const REQUEST = 'GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

  it('takes plain HTTP from the proxy and from nobody else', async () => {
    const { at } = await open(behind('127.0.0.7'));
    expect(await exchange(at.port, REQUEST, '127.0.0.1', '127.0.0.7')).toContain('/x from 127.0.0.7');
    const stranger = await exchange(at.port, REQUEST, '127.0.0.1', '127.0.0.8');
    expect(stranger).toMatch(/^HTTP\/1\.1 403 Forbidden/);
    expect(stranger).not.toContain('/x');
    expect(log.lines.find(({ level }) => level === 'warn')?.fields).toMatchObject({ address: '127.0.0.8' });
  });

  it('knows the proxy also where IPv4 arrives inside IPv6', async () => {
    const { at } = await open(behind('127.0.0.0/8'), hello, {}, '::');
    expect(await exchange(at.port, REQUEST)).toContain('/x from ::ffff:127.0.0.1');
  });

  it('keeps TLS inside', async () => {
    const { at, listeners } = await open(behind('127.0.0.1'));
    expect(await exchange(listeners.internal.address.port, REQUEST)).toContain('SSL_REQUIRED');
    expect(await ask({ ...at, port: listeners.internal.address.port, agent: false, path: '/inside' })).toContain(
      '/inside',
    );
  });

  it('says a refusal once, however often it is provoked', async () => {
    const { at } = await open(behind('127.0.0.7'));
    for (let index = 0; index < 5; index += 1) await exchange(at.port, REQUEST);
    expect(log.sentences('warn')).toHaveLength(1);
  });
});

describe('bytes that are no request', () => {
  it.each([
    ['nonsense', 'nonsense\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['huge headers', `GET / HTTP/1.1\r\nHost: x\r\nX-Pad: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX-Pad: ${'x'.repeat(2_000_000)}`, 431],
  ])('are answered exactly: %s', async (_name, bytes, status) => {
    const { at, listeners } = await open();
    listeners.external.server.on('clientError', () => {
      throw new Error('a framework’s own answer must be gone');
    });
    await listeners.stop(0);
    await listeners.start();
    const answer = await over({ ...at, port: listeners.external.address.port }, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({ message: expect.any(String) });
  });

  it('do not follow half an answer', async () => {
    const { at } = await open({}, (_request, response) => {
      response.write('half');
    });
    const answer = await over(at, 'GET / HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n');
    expect(answer).not.toContain('400');
  });
});

describe('stopping', () => {
  it('lets requests under way finish, and closes their connections', async () => {
    const { handler, arrived, release } = held();
    const { listeners, at } = await open({}, handler);
    const agent = new Agent({ keepAlive: true });
    const answer = ask({ ...at, agent });
    await arrived;
    const stopped = listeners.stop(60_000);
    await expect(handshake(at)).rejects.toThrow(/ECONNREFUSED/);
    release();
    expect(await answer).toBe('done');
    expect(await stopped).toBe(0);
    agent.destroy();
  });

  it('cuts off at once who has no request under way: idle, silent, or in the middle of a handshake', async () => {
    const { listeners, at } = await open();
    const agent = new Agent({ keepAlive: true });
    await ask({ ...at, agent });
    const silent = await handshake(at);
    const doorstep: Socket = connectTcp(at.port, '127.0.0.1');
    await once(doorstep, 'connect');
    const closed = [silent, doorstep].map((socket) => once(socket.on('error', () => undefined).resume(), 'close'));
    expect(await listeners.stop(60_000)).toBe(0);
    await Promise.all(closed);
    agent.destroy();
  });

  it('cuts off after the grace who does not come to an end', async () => {
    const { handler, arrived } = held();
    const { listeners, at } = await open({}, handler);
    const answer = ask({ ...at, agent: false });
    await arrived;
    const cutOff = listeners.stop(50);
    await expect(answer).rejects.toThrow(/hang up|ECONNRESET/);
    expect(await cutOff).toBe(1);
  });
});

describe('starting', () => {
  it('names the port that another program has, and opens neither', async () => {
    const { listeners, materials } = await open();
    const taken = { host: '127.0.0.1', port: listeners.internal.address.port };
    const tls = world.options();
    const second = createListeners(
      { external: { host: '127.0.0.1', port: 0 }, internal: taken, tls, materials, log },
      hello,
    );
    await expect(second.start()).rejects.toThrow(
      `the internal listener cannot use 127.0.0.1 port ${taken.port}: another program listens there`,
    );
    expect(second.external.server.listening).toBe(false);
  });

  it('survives a system that has no more files for connections', async () => {
    const { listeners, at } = await open();
    listeners.external.server.emit('error', new Error('accept EMFILE'));
    expect(log.sentences('warn')).toContain('connection could not be accepted');
    expect(await ask({ ...at, agent: false, path: '/still' })).toContain('/still');
  });

  it('bounds the number of connections', async () => {
    const { at } = await open({}, hello, { maxConnections: 2 });
    const taking = [await handshake(at), await handshake(at)];
    await expect(handshake(at)).rejects.toThrow(/ECONNRESET|closed before|disconnected before/);
    for (const socket of taking) socket.destroy();
    expect(log.sentences('warn')).toContain('connections refused: there are too many');
  });
});
