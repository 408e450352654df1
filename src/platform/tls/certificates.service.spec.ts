import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { authority, DAY_MS, RecordingLog, serverCertificate, TlsWorld } from '../../../test/support/tls-world.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { CertificatesService } from './certificates.service.js';
import { TlsMaterials } from './tls-materials.js';
import type { TlsOptions } from './tls-options.js';

let world: TlsWorld;
let clock: TestClock;
const log = new RecordingLog();

beforeEach(async () => {
  world = await TlsWorld.make();
  clock = new TestClock();
});
afterEach(() => world.remove());

const service = (changes: Partial<TlsOptions> = {}): CertificatesService =>
  new CertificatesService(world.options(changes), clock, log);

async function started(changes: Partial<TlsOptions> = {}): Promise<TlsMaterials> {
  const materials = await TlsMaterials.open(world.options(changes), { clock, log });
  await materials.close();
  return materials;
}

async function ownFiles(addresses: readonly string[]) {
  const { certificatePem, keyPem } = await serverCertificate(await authority('Own CA'), addresses);
  return {
    certFile: await world.write('own.pem', certificatePem),
    keyFile: await world.write('own.key', keyPem),
    keyPem,
  };
}

const prints = (materials: TlsMaterials): readonly string[] =>
  materials.certificatesFor('external').all.map(({ leaf }) => leaf.fingerprint256);

describe('list', () => {
  it('tells every certificate with its names, end and fingerprint, and makes nothing', async () => {
    expect(await service().list()).toEqual([]);
    await expect(stat(world.path('tls'))).rejects.toThrow('ENOENT');
    const materials = await started();
    const views = await service().list();
    expect(views.map(({ purpose, source, problem }) => [purpose, source, problem])).toEqual([
      ['ca', 'self-made', null],
      ['external', 'self-made', null],
      ['external', 'self-made', null],
      ['internal', 'self-made', null],
    ]);
    expect(views[0]?.certificate).toMatchObject({ fingerprint256: materials.trust.fingerprint256, names: [] });
    expect(views[1]).toMatchObject({
      file: world.path('tls/external/localhost.pem'),
      certificate: { subject: 'CN=localhost, O=Holdfast', names: ['localhost'], daysLeft: 824 },
    });
  });

  it('tells what is wrong with one', async () => {
    await started();
    await chmod(world.path('tls/external/localhost.pem'), 0o644);
    await writeFile(world.path('tls/internal/127.0.0.1.pem'), 'nonsense');
    clock.advance(900 * DAY_MS);
    const views = await service().list();
    expect(views.map(({ problem }) => problem)).toEqual([
      null,
      expect.stringMatching(/localhost\.pem: .*mode 0644/),
      expect.stringMatching(/expired/),
      expect.stringMatching(/127\.0\.0\.1\.pem: holds no certificate/),
    ]);
    expect(views[1]?.certificate).toBeNull();
    expect(views[2]?.certificate?.daysLeft).toBe(-76);
  });
});

describe('renew', () => {
  it('makes the self-made certificates anew under the same CA', async () => {
    const before = await started();
    const views = await service().renew();
    expect(views).toHaveLength(3);
    const after = await started();
    expect(after.trust).toEqual(before.trust);
    expect(prints(after)).not.toEqual(prints(before));
  });

  it('leaves own certificates alone', async () => {
    const { certFile, keyFile } = await ownFiles(['localhost']);
    const text = await readFile(certFile, 'utf8');
    const own = { externalCertFile: certFile, externalKeyFile: keyFile };
    await started(own);
    expect((await service(own).renew()).map(({ purpose }) => purpose)).toEqual(['internal']);
    expect(await readFile(certFile, 'utf8')).toBe(text);
  });
});

describe('addAddress', () => {
  it('gives the address a certificate on both listeners, and keeps it at later starts', async () => {
    await started();
    const views = await service().addAddress('Manager.Example.ORG');
    expect(views.map(({ purpose, certificate }) => [purpose, certificate?.names])).toEqual([
      ['external', ['manager.example.org']],
      ['internal', ['manager.example.org']],
    ]);
    await rm(world.path('tls/external/manager.example.org.pem'));
    const materials = await started();
    expect(materials.certificatesFor('external').forServerName('manager.example.org')).toBeDefined();
  });

  it('adds it to the single certificate, for one listener if asked', async () => {
    await started({ singleCertificate: true });
    const [view, ...others] = await service({ singleCertificate: true }).addAddress('192.0.2.1', ['external']);
    expect(others).toEqual([]);
    expect(view?.certificate?.names).toEqual(['localhost', '127.0.0.1', '192.0.2.1']);
  });

  it.each(['https://x', 'x:8443', '../x', ''])('refuses what is no address and changes nothing: %j', async (text) => {
    await expect(service().addAddress(text)).rejects.toThrow('neither a host name nor an IP address');
    await expect(stat(world.path('tls'))).rejects.toThrow('ENOENT');
  });

  it('refuses where an own certificate would have to hold it', async () => {
    const { certFile, keyFile } = await ownFiles(['localhost']);
    const own = service({ externalCertFile: certFile, externalKeyFile: keyFile });
    await expect(own.addAddress('192.0.2.1')).rejects.toThrow(
      `${certFile}: the external listener has a certificate of its own`,
    );
  });

  it.each(['{', '[]', 'null', '{"external":"x"}', '{"external":[1]}', '{"internal":["a b"]}'])(
    'names a list of addresses that somebody has broken: %s',
    async (content) => {
      await started();
      await writeFile(world.path('tls/addresses.json'), content);
      await expect(started()).rejects.toMatchObject({ file: world.path('tls/addresses.json') });
    },
  );
});

describe('importOwn', () => {
  it('takes over certificate and key, which a running manager then serves', async () => {
    const timing = { settleMs: 20, pollMs: 40, checkMs: 3_600_000 };
    const materials = await TlsMaterials.open(world.options(), { clock, log, timing });
    materials.follow();
    const files = await ownFiles(['own.example.org']);
    const replaced = log.next(
      ({ sentence, fields }) => sentence === 'certificate in service' && fields.source === 'imported',
    );
    const { imported, lackedAddresses } = await service({ externalAddresses: ['localhost', '192.0.2.1'] }).importOwn(
      'external',
      files,
    );
    expect(imported).toMatchObject({ source: 'imported', certificate: { names: ['own.example.org'] }, problem: null });
    expect(lackedAddresses).toEqual(['192.0.2.1']);
    expect((await stat(imported.file)).mode & 0o777).toBe(0o600);
    await replaced;
    expect(materials.certificatesFor('external').fallback.leaf.subjectAltName).toBe('DNS:own.example.org');
    await materials.close();
  });

  it('refuses what could not be served and changes nothing', async () => {
    await started();
    const files = await ownFiles(['own.example.org']);
    const stranger = await world.write('stranger.key', (await authority()).keyPem);
    await expect(service().importOwn('external', { ...files, keyFile: stranger })).rejects.toMatchObject({
      file: stranger,
    });
    await expect(stat(world.path('tls/own/external.pem'))).rejects.toThrow('ENOENT');
  });

  it('refuses where the settings name a certificate, which would win', async () => {
    const files = await ownFiles(['own.example.org']);
    const configured = service({ internalCertFile: files.certFile, internalKeyFile: files.keyFile });
    await expect(configured.importOwn('internal', files)).rejects.toThrow(
      'the settings name a certificate for the internal listener',
    );
  });
});

describe('ca', () => {
  it('gives the certificate that clients must trust', async () => {
    await expect(service().ca()).rejects.toThrow('there is no CA yet');
    const { trust } = await started();
    const view = await service().ca();
    expect(view).toMatchObject({
      pem: trust.pem,
      file: trust.file,
      certificate: { fingerprint256: trust.fingerprint256 },
    });
  });
});
