import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { StoredFile } from './file-store.js';
import { receiveUpload, type UploadLimits } from './receive-upload.js';
import { dropBody } from './upload-body.js';

let home: string;
let server: Server;
let outcomes: Array<Promise<StoredFile>>;
let limits: UploadLimits;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-upload-'));
  outcomes = [];
  limits = { maxBytes: 1_000_000 };
  server = createServer((incoming, answer) => {
    const declared = incoming.headers['content-length'];
    const outcome = receiveUpload(incoming, join(home, 'upload'), {
      ...limits,
      ...(declared === undefined ? {} : { declaredBytes: Number(declared) }),
    });
    outcomes.push(outcome);
    outcome.then(
      (stored) => answer.end(JSON.stringify(stored)),
      (error: { status?: number; message: string }) => {
        answer.statusCode = error.status ?? 500;
        answer.end(error.message);
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(home, { recursive: true, force: true });
});

function port(): number {
  return (server.address() as AddressInfo).port;
}

async function post(
  chunks: readonly Buffer[],
  headers: Record<string, string | number> = {},
): Promise<{ status: number; body: string }> {
  const outgoing = request({ port: port(), host: '127.0.0.1', method: 'PUT', headers });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  const closed = once(outgoing, 'close'); // all of the body has been taken by then
  for (const chunk of chunks) outgoing.write(chunk);
  outgoing.end();
  const [answer] = await answered;
  const body = await text(answer);
  await closed;
  return { status: answer.statusCode ?? 0, body };
}

/** Opens a connection that has sent the beginning of a chunked upload. */
async function halfUpload(): Promise<Socket> {
  const socket = connect(port(), '127.0.0.1');
  await once(socket, 'connect');
  const received = once(server, 'request');
  socket.write('PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  await received;
  return socket;
}

describe('receiveUpload', () => {
  it('writes a chunked body to the file, with its size and digest', async () => {
    const chunks = Array.from({ length: 100 }, (_, index) => Buffer.alloc(8192, index));
    const whole = Buffer.concat(chunks);
    const { status, body } = await post(chunks);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({ bytes: whole.length, sha256: createHash('sha256').update(whole).digest('hex') });
    expect((await readFile(join(home, 'upload'))).equals(whole)).toBe(true);
  });

  it('takes an empty body as an empty file', async () => {
    expect(await post([])).toMatchObject({ status: 200 });
    expect(await readFile(join(home, 'upload'), 'utf8')).toBe('');
  });

  it('refuses a body that is declared too large before it comes', async () => {
    limits = { maxBytes: 10 };
    expect(await post([Buffer.from('12345678901')], { 'content-length': 11 })).toEqual({
      status: 413,
      body: 'The request body is larger than 10 bytes',
    });
    expect(await readdir(home)).toEqual([]);
  });

  it('refuses a body that becomes too large, answers though the client still sends, and takes the next request', async () => {
    limits = { maxBytes: 100_000 };
    const chunks = Array.from({ length: 100 }, () => Buffer.alloc(65_536));
    expect(await post(chunks)).toMatchObject({ status: 413 });
    expect(await readdir(home)).toEqual([]);
    expect(await post([Buffer.from('next')])).toMatchObject({ status: 200 });
  });

  it('takes exactly as much as it may', async () => {
    limits = { maxBytes: 10 };
    expect(await post([Buffer.from('1234567890')])).toMatchObject({ status: 200 });
  });

  it('removes the file when the client goes away', async () => {
    const socket = await halfUpload();
    socket.destroy();
    await expect(outcomes[0]).rejects.toMatchObject({
      status: 400,
      message: 'The request body ended before it was complete',
    });
    expect(await readdir(home)).toEqual([]);
  });

  it('refuses a client that pauses too long', async () => {
    limits = { maxBytes: 100, idleTimeoutMs: 30 };
    const socket = await halfUpload();
    await expect(outcomes[0]).rejects.toMatchObject({ status: 408 });
    expect(await readdir(home)).toEqual([]);
    socket.destroy();
  });

  it('does not touch a file that is there already', async () => {
    await post([Buffer.from('first')]);
    const second = await post([Buffer.from('second')]);
    expect(second.status).toBe(500);
    expect(await readFile(join(home, 'upload'), 'utf8')).toBe('first');
  });
});

describe('dropBody', () => {
  it('reads to the end what is small enough', async () => {
    const body = new PassThrough();
    dropBody(body, { bytes: 1000, ms: 60_000 });
    body.end(Buffer.alloc(900));
    await once(body, 'end');
    expect(body.readableEnded).toBe(true);
  });

  it('destroys what goes on for too many bytes', async () => {
    const body = new PassThrough();
    const closed = once(body, 'close');
    dropBody(body, { bytes: 1000, ms: 60_000 });
    body.write(Buffer.alloc(1001));
    await closed;
    expect(body.destroyed).toBe(true);
  });

  it('destroys what goes on for too long', async () => {
    const body = new PassThrough();
    const closed = once(body, 'close');
    const keepAlive = setTimeout(() => undefined, 10_000); // its own timer does not hold the process
    dropBody(body, { bytes: 1000, ms: 10 });
    await closed;
    clearTimeout(keepAlive);
    expect(body.destroyed).toBe(true);
  });
});
