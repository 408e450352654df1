import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { BodyReader } from './body-reader.js';

let now = 0;
const reader = new BodyReader({ now: () => new Date(now) });

/** A request whose body comes in these pieces. */
function request(
  pieces: Iterable<string | Buffer> | AsyncIterable<string | Buffer>,
  headers: Record<string, string> = {},
): FastifyRequest {
  const raw = Readable.from(pieces, { objectMode: false });
  return {
    raw,
    headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked', ...headers },
  } as unknown as FastifyRequest;
}
const json = (text: string | Buffer, headers?: Record<string, string>): Promise<Record<string, unknown>> =>
  reader.json(request([text], headers));

/** A body without an end. */
function* endless(): Generator<string> {
  for (;;) yield ' '.repeat(65_536);
}

const deep = (levels: number): string => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

/** Its second half comes so many milliseconds after the first. */
async function* halves(milliseconds: number): AsyncGenerator<string> {
  yield '{"a"';
  await Promise.resolve();
  now += milliseconds;
  yield ': 1}';
}

describe('a JSON body', () => {
  it('is an object, whatever its pieces', async () => {
    const text = Buffer.from('{"name": "größe 猫"}');
    for (const size of [1, 2, 3, 100]) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < text.length; at += size) pieces.push(text.subarray(at, at + size));
      expect(await reader.json(request(pieces))).toEqual({ name: 'größe 猫' });
    }
  });

  it('is read once and remembered', async () => {
    const once = request(['{"a": 1}']);
    expect(await reader.json(once)).toBe(await reader.json(once));
  });

  it.each(['', '{', '{"a": }', "{'a': 1}", '{"a": 1} x', '\uFEFF\uFEFF{}', 'NaN', '{"a": 01}'])(
    '%j is none',
    async (text) => {
      await expect(json(text)).rejects.toMatchObject({ status: 400 });
    },
  );

  it('is none that is not UTF-8', async () => {
    await expect(json(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).rejects.toMatchObject({ status: 400 });
  });

  it.each(['[]', '"text"', '1', 'null', 'true'])('%s is no object', async (text) => {
    await expect(json(text)).rejects.toMatchObject({ status: 400, code: 'bad_parameters_error' });
  });

  it('may be a list where one is wanted', async () => {
    expect(await reader.jsonList(request(['[1, {}]']))).toEqual([1, {}]);
    await expect(reader.jsonList(request(['{}']))).rejects.toMatchObject({ code: 'bad_parameters_error' });
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ])('may say that it is %s', async (type) => {
    expect(await json('{}', { 'content-type': type })).toEqual({});
  });

  it.each([
    '',
    'text/plain',
    'application/json; charset=latin1',
    'application/json, text/plain',
    'application/jsonx',
    'application/ld+json',
    ' application/json;',
  ])('may not say that it is %j', async (type) => {
    await expect(json('{}', { 'content-type': type })).rejects.toMatchObject({
      status: 415,
      code: 'unsupported_content_type_error',
    });
  });

  it('is refused as too large by what it says, and by what it is', async () => {
    await expect(json('{}', { 'content-length': '2000000' })).rejects.toMatchObject({ status: 413 });
    await expect(reader.json(request(endless()))).rejects.toMatchObject({ status: 413 });
    const filler = ' '.repeat(1024 * 1024 - 2);
    expect(await json(`{}${filler}`)).toEqual({});
    await expect(json(`{} ${filler}`)).rejects.toMatchObject({ status: 413 });
    expect(await reader.json(request([`{}${filler}${filler}`]), 4 * 1024 * 1024)).toEqual({});
  });

  it('is 64 levels deep at most, and a hostile one costs little', async () => {
    expect(await json(deep(64))).toHaveProperty('a');
    await expect(json(deep(66))).rejects.toMatchObject({ code: 'bad_parameters_error' });
    const began = performance.now();
    await expect(json(`{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`)).rejects.toMatchObject({ status: 400 });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('keeps keys that mean something to the language as data', async () => {
    const body = await json('{"__proto__": {"admin": true}, "constructor": 1}');
    expect(Object.keys(body)).toEqual(['__proto__', 'constructor']);
    expect((body as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe('a body that may be absent', () => {
  it('is empty where there is none, or something else than JSON', async () => {
    const bodiless = { raw: Readable.from([]), headers: { 'content-type': 'application/json' } };
    expect(await reader.optionalJson(bodiless as unknown as FastifyRequest)).toEqual({});
    expect(await reader.optionalJson(request([''], { 'content-length': '0' }))).toEqual({});
    expect(await reader.optionalJson(request([' \n']))).toEqual({});
    expect(
      await reader.optionalJson(request(['--x--'], { 'content-type': 'multipart/form-data; boundary=x' })),
    ).toEqual({});
  });

  it('is judged where there is one', async () => {
    expect(await reader.optionalJson(request(['{"a": 1}']))).toEqual({ a: 1 });
    await expect(reader.optionalJson(request(['[]']))).rejects.toMatchObject({ code: 'bad_parameters_error' });
    await expect(reader.optionalJson(request(['{']))).rejects.toMatchObject({ status: 400 });
  });
});

describe('a body that took its time', () => {
  it('is known to be late, so that its request is judged again', async () => {
    const [quick, slow] = [request(halves(1_000)), request(halves(1_001))];
    expect(await reader.json(quick)).toEqual({ a: 1 });
    expect(await reader.json(slow)).toEqual({ a: 1 });
    expect([reader.wasLate(quick), reader.wasLate(slow)]).toEqual([false, true]);
    const optional = request(halves(5_000));
    await reader.optionalJson(optional);
    expect(reader.wasLate(optional)).toBe(true);
  });
});
