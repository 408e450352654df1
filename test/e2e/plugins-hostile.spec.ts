import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { FileStore } from '../../src/platform/files/file-store.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { bomb, tar, withHardLink, withSymlink, zip, type TarPart } from '../support/archive-builder.js';
import { storedFiles } from '../support/blueprints.js';
import { expectError, expectStatus } from '../support/expect-error.js';
import { packageJson, pluginYaml, pluginZip, uploadPlugin, wagon } from '../support/plugins.js';

/* Uploads by people who mean harm, or have picked the wrong file: refused by name, and nothing stays behind. */

let world: TestApp;
let server: Server;
let origin: string;
const served = new Map<string, Buffer>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const file = served.get(request.url ?? '');
    response.statusCode = file ? 200 : 404;
    response.end(file);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world = await createTestApp({
    config: { outboundHttpHosts: ['127.0.0.1', 'localhost'], outboundAllowedHosts: ['127.0.0.1'], maxUploadMib: 8 },
  });
});
afterAll(async () => {
  server?.close();
  await world?.close();
});

const facts = { name: 'bad-plugin', version: '1.0' };
const zipWith = (
  wgn: Buffer,
  more: Parameters<typeof zip>[0] = [{ name: 'plugin.yaml', content: pluginYaml(facts) }],
) => zip([{ name: 'x.wgn', content: wgn, store: true }, ...more]);
const jsonWagon = (content: string | Buffer): Buffer => wagon({ ...facts, packageJson: content });
const withJson = (changes: object): Buffer => jsonWagon(JSON.stringify({ ...packageJson(facts), ...changes }));
const withYaml = (content: string): Buffer => zipWith(wagon(facts), [{ name: 'plugin.yaml', content }]);
const wagonTar = (parts: readonly TarPart[]): Buffer =>
  gzipSync(tar([{ name: 'p/package.json', content: JSON.stringify(packageJson(facts)) }, ...parts]));
const caravanOf = (metadata: string, parts: readonly TarPart[] = []): Buffer =>
  gzipSync(tar([{ name: 'c/METADATA', content: metadata }, ...parts]));

const REFUSED: readonly (readonly [string, Buffer, RegExp])[] = [
  ['what is no archive', Buffer.from('not an archive at all'), /neither a wagon/],
  ['a gzip of something else', gzipSync('text'), /the upload/],
  ['a truncated wagon', wagon(facts, 'tar.gz').subarray(0, 80), /the upload/],
  ['a tar.gz of something else', gzipSync(tar([{ name: 'a/b.txt', content: 'x' }])), /package\.json/],
  ['a tar that is no wagon', tar([{ name: 'p/package.json', content: '{}' }]), /neither a zip or tar\.gz/],
  ['an empty zip', zip([]), /exactly one wagon \(\.wgn\); there are 0/],
  ['a zip of two wagons', zipWith(wagon(facts), [{ name: 'y.wgn', content: wagon(facts) }]), /there are 2/],
  ['a zip of a wagon alone', zipWith(wagon(facts), []), /no YAML/],
  ['a zip of a wagon that is none', zipWith(Buffer.from('no wagon')), /"x\.wgn" is no wagon/],
  ['a zip of a wagon without metadata', zipWith(zip([{ name: 'a/b', content: 'c' }])), /"x\.wgn" is no wagon.*package/],
  ['a wagon in a wagon', zipWith(pluginZip(facts)), /"x\.wgn" is no wagon/],
  ['metadata too deep in the wagon', zipWith(zip([{ name: 'a/b/package.json', content: '{}' }])), /no package\.json/],
  ['two YAML files of one name', zipWith(wagon(facts), ['a', 'b'].map((folder) => ({ name: `${folder}/plugin.yaml`, content: pluginYaml(facts) }))), /same name/], // prettier-ignore

  ['a zip with a climbing name', zipWith(wagon(facts), [{ name: '../../plugin.yaml', content: 'x' }]), /climbs/],
  ['a wagon with a climbing name', zipWith(wagonTar([{ name: '../x', content: 'x' }])), /"x\.wgn".*climbs/],
  ['a wagon with an absolute name', wagonTar([{ name: '/etc/x', content: 'x' }]), /absolute/],
  ['a wagon with a symbolic link', wagonTar([{ name: 'p/link', type: '2', linkName: '/etc/passwd' }]), /link/],
  ['metadata that is a link', gzipSync(tar([{ name: 'p/package.json', type: '2', linkName: '/etc/passwd' }])), /link/],
  ['a hard link', withHardLink(), /link/],
  ['a link in a zip', withSymlink('zip'), /link/],
  ['a bomb', bomb('tar.gz'), /times its size/],
  ['a zip bomb', bomb('zip'), /times its size/],
  ['a bomb in a wagon', zipWith(wagonTar([{ name: 'p/zeros', content: Buffer.alloc(16 * 1024 * 1024) }])), /times its size/], // prettier-ignore
  ['metadata that is a bomb', jsonWagon(Buffer.alloc(16 * 1024 * 1024, ' ')), /times its size/],

  ['metadata that is no text', jsonWagon(Buffer.from([0x22, 0xff, 0x22])), /not UTF-8/],
  ['huge metadata', withJson({ wheels: 'x'.repeat(128 * 1024) }), /package\.json is larger than 131072 bytes/],
  ['an archive name that is a path', withJson({ archive_name: 'a/../../b.wgn' }), /`archive_name`/],

  ['YAML that is none', withYaml('a: [b'), /plugin\.yaml, line 1/],
  ['YAML of an alias bomb', withYaml(`a: &a [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 8 }, (_, n) => `k${n}: &k${n} [${Array(10).fill(n === 0 ? '*a' : `*k${n - 1}`).join(',')}]`).join('\n')}`), /plugin\.yaml/], // prettier-ignore
  ['large YAML', withYaml(randomText(5 * 1024 * 1024 + 1)), /plugin\.yaml is larger than 5242880 bytes/],
  ['a reserved label', withYaml('labels: { csys-secret: { values: [a] } }'), /reserved/],

  ['a caravan that names what it has not', caravanOf('a.wgn: b.yaml'), /names "a\.wgn"/],
  ['a caravan that climbs', caravanOf('../../../../../etc/passwd: x.yaml'), /which the caravan does not hold/],
  ['a caravan that names an absolute path', caravanOf('/etc/passwd: x.yaml'), /which the caravan does not hold/],
  ['a caravan that names its metadata', caravanOf('METADATA: METADATA'), /"METADATA" is no wagon/],
  ['a caravan that names one wagon twice', caravanOf('x.wgn: []\n./x.wgn: []', [{ name: 'c/x.wgn', content: wagon(facts) }]), /twice/], // prettier-ignore
  ['a caravan with a bad wagon', caravanOf('x.wgn: []', [{ name: 'c/x.wgn', content: 'bad' }]), /"x\.wgn" is no wagon/],
];

/** Compresses badly, so that no ratio is judged. */
function randomText(length: number): string {
  let text = '';
  while (text.length < length) text += `${randomUUID()}: ${randomUUID()}\n`;
  return text.slice(0, length);
}

describe('what is refused', () => {
  it.each(REFUSED)('%s', async (_what, archive, reason) => {
    const before = await storedFiles(world.dataDir);
    const answer = await uploadPlugin(world.admin, archive);
    expectError(answer, 400, 'invalid_plugin_error');
    expect(answer.body.message).toMatch(reason);
    expect(answer.body.message).not.toContain(world.dataDir);
    expect((await world.admin.get('/plugins?_size=0')).body.metadata.pagination.total).toBe(0);
    expect(await storedFiles(world.dataDir)).toEqual(before);
  });
});

const byUrl = (url: string): ReturnType<typeof uploadPlugin> =>
  world.admin.post('/plugins', undefined, { query: { plugin_archive_url: url } });

describe('a plugin by URL', () => {
  it('is fetched, also beside an empty form', async () => {
    served.set('/p.zip', pluginZip({ name: unique('url').replaceAll('_', '-') }));
    expectStatus(await byUrl(`${origin}/p.zip`), 201);
    served.set('/q.zip', pluginZip({ name: unique('url').replaceAll('_', '-') }));
    const form = await world.admin.post('/plugins', '', {
      headers: { 'content-type': 'multipart/form-data' },
      query: { plugin_archive_url: `${origin}/q.zip`, visibility: '', id: '' },
    });
    expectStatus(form, 201);
  });

  it('is not fetched from where the policy does not let it, nor taken whatever it is', async () => {
    const before = await storedFiles(world.dataDir);
    const { port } = server.address() as AddressInfo;
    served.set('/none.zip', Buffer.from('no plugin'));
    for (const url of [
      `http://localhost:${port}/p.zip`,
      'https://169.254.169.254/latest/meta-data',
      'https://[::1]/p.zip',
      'https://10.0.0.1/p.zip',
      `http://example.com/p.zip`,
      'ftp://127.0.0.1/p.zip',
      `${origin}/missing.zip`,
    ])
      expectError(await byUrl(url), 400, 'bad_parameters_error');
    expectError(await byUrl(`${origin}/none.zip`), 400, 'invalid_plugin_error');
    expect(await storedFiles(world.dataDir)).toEqual(before);
  });
});

describe('a kill', () => {
  it('between file and row leaves files that the next start removes, and spares those with a row', async () => {
    const first = await createTestApp();
    let second: TestApp | undefined;
    try {
      const { id } = (await uploadPlugin(first.admin, pluginZip({ name: 'kept' }))).body;
      const key = `plugins/${randomUUID()}`;
      const store = first.app.get(FileStore, { strict: false });
      const staging = await store.stage();
      const folder = await mkdtemp(join(staging.path, 'p-'));
      await store.publishFolder(folder, key);
      const client = new pg.Client(first.database.owner);
      await client.connect();
      await client.query('INSERT INTO pending_file (key, holder, noted_at) VALUES ($1, $2, now())', [
        key,
        `${hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')}.999999999`,
      ]);
      await client.end();
      await first.app.close();
      second = await createTestApp({ from: first });
      expect(await second.app.get(FileStore, { strict: false }).exists(key)).toBe(false);
      expect((await second.admin.get(`/plugins/${id}/archive`)).raw.equals(wagon({ name: 'kept' }))).toBe(true);
    } finally {
      await second?.close();
    }
  });
});
