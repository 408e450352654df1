import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { isMultipart, receiveMultipart, type MultipartForm, type MultipartLimits } from './multipart.js';

const BOUNDARY = 'f1e2d3c4';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const LIMITS: MultipartLimits = { maxFileBytes: 100_000 };

let home: string;
let target: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-form-'));
  target = join(home, 'upload');
});

afterEach(async () => {
  jest.restoreAllMocks();
  await rm(home, { recursive: true, force: true });
});

interface Part {
  readonly disposition: string;
  readonly headers?: readonly string[];
  readonly content: string | Buffer;
}

function field(name: string, content: string | Buffer): Part {
  return { disposition: `form-data; name="${name}"`, content };
}

/** As the Python client sends it: file name literally `filename`, part type text/plain (rest-api §5.4). */
function filePart(content: string | Buffer, name = 'blueprint_archive', fileName = 'filename'): Part {
  return {
    disposition: `form-data; name="${name}"; filename="${fileName}"`,
    headers: ['Content-Type: text/plain'],
    content,
  };
}

function form(parts: readonly Part[], boundary = BOUNDARY): Buffer {
  const pieces = parts.flatMap(({ disposition, headers = [], content }) => [
    `--${boundary}\r\n`,
    [`Content-Disposition: ${disposition}`, ...headers].join('\r\n'),
    '\r\n\r\n',
    content,
    '\r\n',
  ]);
  return Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)));
}

function receive(bytes: Buffer, limits: MultipartLimits = LIMITS, type = TYPE, step = 1000): Promise<MultipartForm> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) chunks.push(bytes.subarray(at, at + step));
  return receiveMultipart(Readable.from(chunks, { objectMode: false }), type, target, limits);
}

/** The refusal, and what is left. */
async function refusal(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.then(
    () => 'it was taken',
    (reason: unknown) => reason,
  );
  const { status, code, message } = error as { status?: number; code?: string; message?: string };
  return { status, code, message, left: await readdir(home) };
}

function malformed(message: string): unknown {
  return { status: 400, code: 'bad_parameters_error', message, left: [] };
}

describe('isMultipart', () => {
  it('looks at the type alone', () => {
    expect(isMultipart(TYPE)).toBe(true);
    expect(isMultipart('Multipart/Form-Data')).toBe(true);
    expect(isMultipart('multipart/mixed; boundary=x')).toBe(false);
    expect(isMultipart('application/json')).toBe(false);
    expect(isMultipart(undefined)).toBe(false);
  });
});

describe('receiveMultipart', () => {
  it('takes fields and a file, in whichever order', async () => {
    const archive = Buffer.from([0, 13, 10, 45, 45, 255]);
    const digest = createHash('sha256').update(archive).digest('hex');
    const parts = [field('params', '{"visibility": "tenant"}'), filePart(archive)];
    for (const ordered of [parts, parts.toReversed()]) {
      const received = await receive(form(ordered));
      expect([...received.fields]).toEqual([['params', '{"visibility": "tenant"}']]);
      expect(received.file).toEqual({
        bytes: 6,
        sha256: digest,
        path: target,
        fieldName: 'blueprint_archive',
        fileName: 'filename',
      });
      expect((await readFile(target)).equals(archive)).toBe(true);
      await rm(target);
    }
  });

  it.each([1, 2, 7, 64, 100_000])('takes it %i bytes at a time', async (step) => {
    const content = Buffer.alloc(5_000, `\r\n--${BOUNDARY.slice(0, -1)}`);
    const received = await receive(form([filePart(content), field('params', '{}')]), LIMITS, TYPE, step);
    expect(received.file?.bytes).toBe(5_000);
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it('takes forms without a file, without fields, and without anything', async () => {
    expect(await receive(form([field('params', '{}')]))).toEqual({ fields: new Map([['params', '{}']]), file: null });
    expect((await receive(form([filePart('x')]))).fields.size).toBe(0);
    await rm(target);
    for (const empty of [form([]), Buffer.alloc(0), Buffer.from(`--${BOUNDARY}--`)]) {
      expect(await receive(empty)).toEqual({ fields: new Map(), file: null });
    }
    expect(await receive(Buffer.alloc(0), LIMITS, 'multipart/form-data')).toEqual({ fields: new Map(), file: null });
    expect(await readdir(home)).toEqual([]);
  });

  it('takes a file field that nobody filled in as no file, and an empty file as a file', async () => {
    const unfilled = {
      disposition: 'form-data; name="f"; filename=""',
      headers: ['Content-Type: application/octet-stream'],
      content: '',
    };
    expect((await receive(form([unfilled]))).file).toBeNull();
    expect(await readdir(home)).toEqual([]);
    expect((await receive(form([filePart('')]))).file?.bytes).toBe(0);
  });

  it('takes exactly as much as it may', async () => {
    const limits = { maxFileBytes: 10, maxFieldBytes: 5, maxParts: 2 };
    const received = await receive(form([field('params', '12345'), filePart('1234567890')]), limits);
    expect([received.fields.get('params'), received.file?.bytes]).toEqual(['12345', 10]);
  });

  it('keeps names that mean something to the language as plain names', async () => {
    const received = await receive(form([field('__proto__', 'x'), field('constructor', 'y')]));
    expect([...received.fields.keys()]).toEqual(['__proto__', 'constructor']);
  });

  it('makes no path of what the client calls its file', async () => {
    const received = await receive(form([filePart('x', 'f', '../../etc/passwd')]));
    expect(received.file?.path).toBe(target);
    expect(await readdir(home)).toEqual(['upload']);
  });

  describe('refuses', () => {
    it('a file that is too large', async () => {
      expect(await refusal(receive(form([field('params', '{}'), filePart(Buffer.alloc(100_001))])))).toMatchObject({
        status: 413,
        left: [],
      });
    });

    it('a field that is too large', async () => {
      const limits = { ...LIMITS, maxFieldBytes: 5 };
      expect(await refusal(receive(form([filePart('x'), field('params', '123456')]), limits))).toEqual({
        status: 413,
        code: undefined,
        message: 'A field of the form is larger than 5 bytes',
        left: [],
      });
    });

    it('an endless preamble', async () => {
      const limits = { maxFileBytes: 10, maxFieldBytes: 10, maxParts: 1 };
      expect(await refusal(receive(Buffer.alloc(2_000_000), limits, TYPE, 65_536))).toMatchObject({
        status: 413,
        left: [],
      });
    });

    it('too many parts', async () => {
      const many = Array.from({ length: 33 }, (_, index) => field(`f${index}`, ''));
      expect(await refusal(receive(form(many)))).toEqual(malformed('The form has more than 32 parts'));
      expect((await receive(form(many.slice(1)))).fields.size).toBe(32);
    });

    it('a second file, and a field twice', async () => {
      expect(await refusal(receive(form([filePart('a'), filePart('b')])))).toEqual(
        malformed('The form has more than one file'),
      );
      expect(await refusal(receive(form([field('a', '1'), field('a', '2')])))).toEqual(
        malformed('The form has a field twice'),
      );
    });

    it('text that is not UTF-8', async () => {
      expect(await refusal(receive(form([field('params', Buffer.from([0xff, 0xfe]))])))).toEqual(
        malformed('The form is not valid UTF-8'),
      );
    });

    it('a form without a boundary in its type, or with another one', async () => {
      const bytes = form([field('a', '1')]);
      expect(await refusal(receive(bytes, LIMITS, 'multipart/form-data'))).toEqual(
        malformed('The form is malformed: its content type has no boundary'),
      );
      expect(await refusal(receive(bytes, LIMITS, 'multipart/form-data; boundary=other'))).toEqual(
        malformed('The form is malformed or incomplete'),
      );
    });

    it('a form that is cut short anywhere', async () => {
      const whole = form([field('params', '{}'), filePart('archive')]);
      for (let length = 1; length < whole.length - 2; length += 1) {
        expect(await refusal(receive(whole.subarray(0, length)))).toEqual(
          malformed('The form is malformed or incomplete'),
        );
      }
    });

    it('malformed and endless part headers', async () => {
      const bad = Buffer.from(`--${BOUNDARY}\r\nno colon here\r\n\r\nx\r\n--${BOUNDARY}--\r\n`);
      expect(await refusal(receive(bad))).toEqual(malformed('The form is malformed or incomplete'));
      const long = { disposition: 'form-data; name="a"', headers: [`X: ${'y'.repeat(20_000)}`], content: 'x' };
      expect(await refusal(receive(form([long])))).toEqual(malformed('The form is malformed or incomplete'));
    });

    it('to overwrite a file, which stays', async () => {
      await writeFile(target, 'mine');
      expect(await refusal(receive(form([filePart('theirs')])))).toMatchObject({ code: 'EEXIST', left: ['upload'] });
      expect(await readFile(target, 'utf8')).toBe('mine');
    });
  });

  it('says that the disk is full, and leaves nothing behind', async () => {
    const handle = await open(join(home, 'any'), 'w');
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    await rm(join(home, 'any'));
    jest.spyOn(prototype, 'write').mockRejectedValue(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    expect(await refusal(receive(form([filePart('x'.repeat(5000)), field('params', '{}')])))).toMatchObject({
      status: 500,
      code: 'file_server_exception',
      left: [],
    });
  });

  it('removes the file when the client pauses too long or goes away', async () => {
    const begun = form([filePart('x'.repeat(5000))]).subarray(0, 3000);
    const paused = new PassThrough();
    paused.write(begun);
    expect(await refusal(receiveMultipart(paused, TYPE, target, { ...LIMITS, idleTimeoutMs: 30 }))).toMatchObject({
      status: 408,
      left: [],
    });
    const gone = new PassThrough();
    gone.write(begun);
    const work = receiveMultipart(gone, TYPE, target, LIMITS);
    gone.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    expect(await refusal(work)).toMatchObject({
      status: 400,
      message: 'The request body ended before it was complete',
      left: [],
    });
  });

  it('opens or refuses any damage, and never hangs', async () => {
    const whole = form([field('params', '{"a": 1}'), filePart('archive\r\n--not\r\n'), field('more', 'x')]);
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(damage, fc.integer({ min: 1, max: 200 }), async (changes, step) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        const outcome = await receive(bytes, LIMITS, TYPE, step).then(
          ({ file }) => (file === null ? 'no file' : 'file'),
          (error: { status?: number }) => error.status,
        );
        expect(await readdir(home)).toEqual(outcome === 'file' ? ['upload'] : []);
        expect(['file', 'no file', 400]).toContain(outcome);
        await rm(target, { force: true });
      }),
      { seed: 20_260_103, numRuns: 150 },
    );
  });
});

describe('receiveMultipart, on a connection', () => {
  let server: Server;

  beforeEach(async () => {
    server = createServer((incoming, answer) => {
      receiveMultipart(incoming, incoming.headers['content-type'] ?? '', target, LIMITS).then(
        ({ file }) => answer.end(`took ${file?.bytes ?? 'nothing'}`),
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
  });

  async function put(bytes: Buffer, type = TYPE): Promise<{ status: number; body: string }> {
    const { port } = server.address() as AddressInfo;
    const outgoing = request({
      port,
      host: '127.0.0.1',
      method: 'PUT',
      headers: { 'content-type': type, 'content-length': bytes.length },
    });
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    const closed = once(outgoing, 'close'); // all of the body has been taken by then
    outgoing.end(bytes);
    const [answer] = await answered;
    const body = await text(answer);
    await closed;
    return { status: answer.statusCode ?? 0, body };
  }

  it('answers a form that it refuses, though the client still sends, and takes the next', async () => {
    expect(await put(form([filePart('a'), filePart(Buffer.alloc(5_000_000))]))).toEqual({
      status: 400,
      body: 'The form has more than one file',
    });
    expect(await put(form([filePart(Buffer.alloc(8_000_000))]))).toMatchObject({ status: 413 });
    expect(await put(form([filePart('good')]))).toEqual({ status: 200, body: 'took 4' });
  });
});
