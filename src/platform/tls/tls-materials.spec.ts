import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { chmod, copyFile, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import {
  authority,
  DAY_MS,
  forClientsOnly,
  oddCertificate,
  RecordingLog,
  serverCertificate,
  TlsWorld,
} from '../../../test/support/tls-world.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { TlsMaterials } from './tls-materials.js';
import type { ListenerName, TlsOptions } from './tls-options.js';

let world: TlsWorld;
let clock: TestClock;
let log: RecordingLog;
let opened: TlsMaterials[];

beforeEach(async () => {
  world = await TlsWorld.make();
  clock = new TestClock();
  log = new RecordingLog();
  opened = [];
});
afterEach(async () => {
  for (const materials of opened) await materials.close();
  await world.remove();
});

async function open(changes: Partial<TlsOptions> = {}): Promise<TlsMaterials> {
  const timing = { settleMs: 20, pollMs: 40, checkMs: 3_600_000 };
  const materials = await TlsMaterials.open(world.options(changes), { clock, log, timing });
  opened.push(materials);
  return materials;
}

function served(materials: TlsMaterials, listener: ListenerName = 'external') {
  return materials
    .certificatesFor(listener)
    .all.map(({ leaf }) => ({ subject: leaf.subject, san: leaf.subjectAltName }));
}

const prints = (materials: TlsMaterials): readonly string[] =>
  materials.certificatesFor('external').all.map(({ leaf }) => leaf.fingerprint256);

const modeOf = async (name: string): Promise<number> => (await stat(world.path(`tls/${name}`))).mode & 0o777;

const inService = (subject: string) => (line: { sentence: string; fields: Readonly<Record<string, unknown>> }) =>
  line.sentence === 'certificate in service' && String(line.fields.subject).includes(subject);
const refused = ({ sentence }: { sentence: string }): boolean => sentence === 'certificates refused; those in use stay';

async function ownPair(addresses: readonly string[], name = 'own', now = clock.now()) {
  const ca = await authority('Own CA', now);
  const { certificatePem, keyPem } = await serverCertificate(ca, addresses, now);
  return {
    certFile: await world.write(`${name}.pem`, certificatePem),
    keyFile: await world.write(`${name}.key`, keyPem),
    certificatePem,
    keyPem,
  };
}

describe('the first start', () => {
  it('makes a CA and, for each listener, a certificate for each address with it as CN and SAN', async () => {
    const materials = await open({
      externalAddresses: ['manager.example.org', '10.0.0.1'],
      internalAddresses: ['::1'],
    });
    expect(served(materials)).toEqual([
      { subject: 'CN=manager.example.org\nO=Holdfast', san: 'DNS:manager.example.org' },
      { subject: 'CN=10.0.0.1\nO=Holdfast', san: 'IP Address:10.0.0.1' },
    ]);
    expect(served(materials, 'internal')).toEqual([
      { subject: 'CN=::1\nO=Holdfast', san: 'IP Address:0:0:0:0:0:0:0:1' },
    ]);
    const ca = new X509Certificate(await readFile(world.path('tls/ca.pem'), 'utf8'));
    expect(materials.trust.fingerprint256).toBe(ca.fingerprint256);
    for (const listener of ['external', 'internal'] as const) {
      for (const { leaf } of materials.certificatesFor(listener).all) expect(leaf.verify(ca.publicKey)).toBe(true);
    }
  });

  it('keeps keys to itself and the CA certificate for everybody', async () => {
    await open();
    expect(await modeOf('ca.pem')).toBe(0o644);
    for (const name of ['ca-key.pem', 'external/localhost.pem', 'external/127.0.0.1.pem', 'internal/127.0.0.1.pem']) {
      expect(await modeOf(name)).toBe(0o600);
    }
  });

  it('puts several addresses into one certificate on request', async () => {
    const materials = await open({
      singleCertificate: true,
      externalAddresses: ['10.0.0.1', '192.0.2.1', 'localhost'],
    });
    expect(served(materials)).toEqual([
      { subject: 'CN=10.0.0.1\nO=Holdfast', san: 'IP Address:10.0.0.1, IP Address:192.0.2.1, DNS:localhost' },
    ]);
  });

  it('goes on with what a kill left: a CA key without its certificate', async () => {
    await open();
    await unlink(world.path('tls/ca.pem'));
    const key = await readFile(world.path('tls/ca-key.pem'), 'utf8');
    await open();
    expect(await readFile(world.path('tls/ca-key.pem'), 'utf8')).toBe(key);
  });

  it('makes one CA, whoever else starts at the same moment', async () => {
    const both = await Promise.all([open(), open()]);
    expect(both[0].trust.fingerprint256).toBe(both[1].trust.fingerprint256);
  });

  it('makes nothing for the external listener where TLS ends at the proxy', async () => {
    const materials = await open({ tls: 'terminated-at-proxy', trustedProxies: ['10.0.0.0/8'] });
    expect(() => materials.certificatesFor('external')).toThrow('TLS ends at the proxy');
    expect(served(materials, 'internal')).toHaveLength(1);
  });
});

describe('a later start', () => {
  it('keeps what is there', async () => {
    const first = await open();
    expect(prints(await open())).toEqual(prints(first));
  });

  it('makes a certificate for an address given later, and leaves the others', async () => {
    const first = await open({ externalAddresses: ['localhost'] });
    const second = await open({ externalAddresses: ['localhost', '192.0.2.1'] });
    expect(prints(second)).toHaveLength(2);
    expect(prints(second)[0]).toBe(prints(first)[0]);
  });

  it('makes the single certificate anew when it lacks an address', async () => {
    await open({ singleCertificate: true, externalAddresses: ['localhost'] });
    const second = await open({ singleCertificate: true, externalAddresses: ['localhost', '192.0.2.1'] });
    expect(served(second)[0]?.san).toBe('DNS:localhost, IP Address:192.0.2.1');
  });

  it('renews a self-made certificate with fewer than 30 days left, not before', async () => {
    const first = await open();
    clock.advance(790 * DAY_MS);
    expect(prints(await open())).toEqual(prints(first));
    clock.advance(6 * DAY_MS);
    expect(prints(await open())).not.toEqual(prints(first));
  });

  it('renews one that has expired while the manager was off', async () => {
    const first = await open();
    clock.advance(2_000 * DAY_MS);
    expect(prints(await open())).not.toEqual(prints(first));
    expect(log.sentences('error')).toEqual([]);
  });

  it('renews the CA a year before its end with the same key: who has the old one is still content', async () => {
    const first = await open();
    clock.advance(3_300 * DAY_MS);
    const second = await open();
    expect(second.trust.fingerprint256).not.toBe(first.trust.fingerprint256);
    const old = new X509Certificate(first.trust.pem);
    expect(second.certificatesFor('external').fallback.leaf.verify(old.publicKey)).toBe(true);
    expect(log.sentences('warn')).toContain(
      'internal CA renewed with the same key: give clients the new file before the old one ends',
    );
  });

  it.each(['ca-key.pem', 'external/localhost.pem', 'internal/127.0.0.1.pem'])(
    'refuses to start when %s is open to others, and names it',
    async (name) => {
      await open();
      await chmod(world.path(`tls/${name}`), 0o644);
      await expect(open()).rejects.toMatchObject({ name: 'TlsConfigurationError', file: world.path(`tls/${name}`) });
    },
  );

  it.each(['ca-key.pem', 'ca.pem', 'external/localhost.pem'])(
    'refuses to start when %s is broken, and names it',
    async (name) => {
      await open();
      const path = world.path(`tls/${name}`);
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.slice(0, text.length / 2));
      await expect(open()).rejects.toThrow(path);
    },
  );

  it('refuses to start on the key of another CA, and names it', async () => {
    await open();
    const path = world.path('tls/ca-key.pem');
    await writeFile(path, (await authority()).keyPem);
    await expect(open()).rejects.toThrow(`${path}: the private key does not belong to the certificate`);
  });

  it('refuses to start without the key of a CA that clients may trust', async () => {
    await open();
    await unlink(world.path('tls/ca-key.pem'));
    await expect(open()).rejects.toThrow(/ca-key\.pem: the key of the internal CA is missing/);
  });

  it('signs its certificates anew when CA and key were exchanged', async () => {
    const first = await open();
    const ca = await authority('Another');
    await writeFile(world.path('tls/ca.pem'), ca.certificatePem);
    await writeFile(world.path('tls/ca-key.pem'), ca.keyPem);
    expect(prints(await open())).not.toEqual(prints(first));
  });
});

describe('an own certificate', () => {
  it('is served in place of the self-made ones, and lacking addresses are told', async () => {
    const { certFile, keyFile } = await ownPair(['own.example.org']);
    const materials = await open({
      externalCertFile: certFile,
      externalKeyFile: keyFile,
      externalAddresses: ['localhost', '192.0.2.1'],
    });
    expect(served(materials)).toEqual([{ subject: 'CN=own.example.org\nO=Holdfast', san: 'DNS:own.example.org' }]);
    expect(served(materials, 'internal')[0]?.subject).toContain('CN=127.0.0.1');
    const warning = log.lines.find(({ level }) => level === 'warn');
    expect(warning?.fields).toMatchObject({ file: certFile, addresses: ['192.0.2.1'] });
  });

  it('is refused with the key of another certificate, naming the key’s file', async () => {
    const [one, other] = [await ownPair(['a.org'], 'one'), await ownPair(['a.org'], 'other')];
    const start = open({ externalCertFile: one.certFile, externalKeyFile: other.keyFile });
    await expect(start).rejects.toMatchObject({ file: other.keyFile });
  });

  it('is refused when its key is open to others, naming the file', async () => {
    const { certFile, keyFile } = await ownPair(['a.org']);
    await chmod(keyFile, 0o644);
    await expect(open({ externalCertFile: certFile, externalKeyFile: keyFile })).rejects.toThrow(
      /own\.key: .*mode 0644/,
    );
  });

  it('is refused when it has expired or is not valid yet, naming the file', async () => {
    const { certFile, keyFile } = await ownPair(['a.org']);
    const own = { externalCertFile: certFile, externalKeyFile: keyFile };
    clock.advance(-2 * DAY_MS);
    await expect(open(own)).rejects.toThrow(/own\.pem: the certificate is valid only from/);
    clock.advance(900 * DAY_MS);
    await expect(open(own)).rejects.toThrow(/own\.pem: the certificate expired at/);
  });

  it('is refused when key or certificate are something else', async () => {
    const { certFile, keyFile, certificatePem } = await ownPair(['a.org']);
    const bad = await world.write('bad.pem', 'password: hunter2');
    await expect(open({ externalCertFile: bad, externalKeyFile: keyFile })).rejects.toThrow(
      `${bad}: holds no certificate`,
    );
    await expect(open({ externalCertFile: certFile, externalKeyFile: bad })).rejects.toThrow(
      `${bad}: holds no private key`,
    );
    const broken = await world.write('broken.pem', certificatePem.replace(/\n[A-Za-z0-9+/]{4}/, '\nAAAA'));
    await expect(open({ externalCertFile: broken, externalKeyFile: keyFile })).rejects.toThrow(`${broken}: `);
  });

  it('is refused with a chain in the wrong order', async () => {
    const { certFile, keyFile, certificatePem } = await ownPair(['a.org']);
    const stranger = await authority('Stranger');
    await writeFile(certFile, certificatePem + stranger.certificatePem);
    await expect(open({ externalCertFile: certFile, externalKeyFile: keyFile })).rejects.toThrow(
      /is not signed by the one behind it/,
    );
  });

  it('is refused when it is meant for clients', async () => {
    const odd = await oddCertificate('odd', null, [forClientsOnly()]);
    const certFile = await world.write('odd.pem', odd.certificatePem);
    const keyFile = await world.write('odd.key', odd.keyPem);
    await expect(open({ externalCertFile: certFile, externalKeyFile: keyFile })).rejects.toThrow(
      /odd\.pem: .*not meant for servers/,
    );
  });

  it('may share a file with its key, which then must be 0600', async () => {
    const { certificatePem, keyPem } = await ownPair(['a.org']);
    const both = await world.write('both.pem', keyPem + certificatePem);
    const own = { externalCertFile: both, externalKeyFile: both };
    expect(served(await open(own))[0]?.san).toBe('DNS:a.org');
    await chmod(both, 0o644);
    await expect(open(own)).rejects.toThrow(/both\.pem: .*mode 0644/);
  });

  it('is never touched, but its end is told', async () => {
    const { certFile, keyFile, certificatePem } = await ownPair(['localhost', '127.0.0.1']);
    const materials = await open({ externalCertFile: certFile, externalKeyFile: keyFile });
    clock.advance(800 * DAY_MS);
    await materials.dailyCheck();
    expect(await readFile(certFile, 'utf8')).toBe(certificatePem);
    expect(log.lines.find(({ sentence }) => sentence === 'certificate ends soon')?.fields).toMatchObject({
      file: certFile,
      daysLeft: 24,
    });
    clock.advance(50 * DAY_MS);
    await materials.dailyCheck();
    expect(log.sentences('error')).toContain('certificate has expired');
  });
});

describe('an own CA', () => {
  it('signs our certificates; its end is theirs too', async () => {
    const ca = await authority('Company CA', new Date(clock.now().getTime() - 3_300 * DAY_MS));
    const caCertFile = await world.write('company.pem', ca.certificatePem, 0o644);
    const caKeyFile = await world.write('company.key', ca.keyPem);
    const materials = await open({ caCertFile, caKeyFile });
    const signer = new X509Certificate(ca.certificatePem);
    const { leaf } = materials.certificatesFor('external').fallback;
    expect(leaf.verify(signer.publicKey)).toBe(true);
    expect(leaf.validToDate).toEqual(signer.validToDate);
    expect(materials.trust).toMatchObject({ file: caCertFile, fingerprint256: signer.fingerprint256 });
    await expect(stat(world.path('tls/ca.pem'))).rejects.toThrow('ENOENT');
  });

  it('that ends soon is told once a day, and certificates are not renewed for nothing', async () => {
    const ca = await authority('Company CA', new Date(clock.now().getTime() - 3_640 * DAY_MS));
    const caCertFile = await world.write('company.pem', ca.certificatePem);
    const caKeyFile = await world.write('company.key', ca.keyPem);
    const materials = await open({ caCertFile, caKeyFile });
    const before = prints(materials);
    await materials.dailyCheck();
    expect(prints(materials)).toEqual(before);
    expect(log.sentences('warn')).toContain('certificate ends soon');
  });

  it('opens with the password of its key, and is refused with a wrong one', async () => {
    const ca = await authority('Company CA');
    const encrypted = ca.key.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'correct horse',
    });
    const caCertFile = await world.write('company.pem', ca.certificatePem);
    const caKeyFile = await world.write('company.key', encrypted.toString());
    await expect(open({ caCertFile, caKeyFile })).rejects.toThrow(/company\.key: the private key is encrypted/);
    await expect(open({ caCertFile, caKeyFile, caKeyPassword: 'wrong' })).rejects.toThrow(
      /company\.key: .* does not open/,
    );
    await expect(open({ caCertFile, caKeyFile, caKeyPassword: 'correct horse' })).resolves.toBeDefined();
  });

  it('is refused when it is no CA, has a strange key, or an open key file', async () => {
    const server = await ownPair(['a.org'], 'server');
    await expect(open({ caCertFile: server.certFile, caKeyFile: server.keyFile })).rejects.toThrow(
      /server\.pem: .*not a CA/,
    );
    const ca = await authority('Company CA');
    const caCertFile = await world.write('company.pem', ca.certificatePem);
    await expect(open({ caCertFile, caKeyFile: server.keyFile })).rejects.toThrow(
      /server\.key: the private key does not belong/,
    );
    const caKeyFile = await world.write('company.key', ca.keyPem);
    await chmod(caKeyFile, 0o640);
    await expect(open({ caCertFile, caKeyFile })).rejects.toThrow(/company\.key: .*mode 0640/);
  });
});

it('reports every problem of the settings at once', async () => {
  const start = open({
    externalAddresses: ['https://x'],
    internalAddresses: [],
    externalKeyFile: 'x',
    caCertFile: 'y',
    trustedProxies: ['z'],
  });
  await expect(start).rejects.toThrow(
    /externalKeyFile is given without externalCertFile; caCertFile is given without caKeyFile; externalAddresses: .*; internalAddresses is empty.*; trustedProxies: .*z/,
  );
  await expect(open({ tls: 'terminated-at-proxy' })).rejects.toThrow(/needs trustedProxies/);
});

describe('while it runs', () => {
  it('takes a replaced certificate without being told', async () => {
    const { certFile, keyFile } = await ownPair(['old.example.org']);
    const materials = await open({ externalCertFile: certFile, externalKeyFile: keyFile });
    materials.follow();
    const replaced = log.next(inService('new.example.org'));
    const next = await ownPair(['new.example.org'], 'next');
    await copyFile(next.certFile, certFile);
    await copyFile(next.keyFile, keyFile);
    await replaced;
    expect(served(materials)[0]?.san).toBe('DNS:new.example.org');
  });

  it('keeps the one in use when the replacement is bad, says so, and takes the next good one', async () => {
    const { certFile, keyFile, keyPem } = await ownPair(['old.example.org']);
    const materials = await open({ externalCertFile: certFile, externalKeyFile: keyFile });
    materials.follow();
    const complaint = log.next(refused);
    const next = await ownPair(['new.example.org'], 'next');
    await copyFile(next.certFile, certFile);
    expect((await complaint).fields).toMatchObject({ what: 'external', file: keyFile });
    expect(JSON.stringify(log.lines)).not.toContain(keyPem.slice(40, 80));
    expect(served(materials)[0]?.san).toBe('DNS:old.example.org');
    const replaced = log.next(inService('new.example.org'));
    await copyFile(next.keyFile, keyFile);
    await replaced;
  });

  it('keeps the one in use when its key file is opened to others', async () => {
    const { certFile, keyFile } = await ownPair(['old.example.org']);
    const materials = await open({ externalCertFile: certFile, externalKeyFile: keyFile });
    materials.follow();
    const complaint = log.next(refused);
    await chmod(keyFile, 0o644);
    expect((await complaint).fields.reason).toContain('mode 0644');
    expect(served(materials)).toHaveLength(1);
  });

  it('makes a new certificate in place of a removed one, and leaves the rest in service', async () => {
    const materials = await open();
    const [kept] = materials.certificatesFor('external').all;
    materials.follow();
    const replaced = log.next(inService('127.0.0.1'));
    await rm(world.path('tls/external/127.0.0.1.pem'));
    await replaced;
    expect(materials.certificatesFor('external').all[0]).toBe(kept);
  });

  it('renews self-made certificates at the daily check, and starts new session keys', async () => {
    const materials = await open();
    const before = materials.certificatesFor('external').all;
    await materials.dailyCheck();
    expect(prints(materials)).toEqual(before.map(({ leaf }) => leaf.fingerprint256));
    expect(materials.certificatesFor('external').all[0].context).not.toBe(before[0].context);
    clock.advance(800 * DAY_MS);
    await materials.dailyCheck();
    expect(prints(materials)).not.toEqual(before.map(({ leaf }) => leaf.fingerprint256));
  });
});

it('knows what agents must trust: our CA, or the top of an own internal certificate', async () => {
  const ours = await open();
  expect(ours.internalTrustPem).toBe(ours.trust.pem);
  const { certFile, keyFile, certificatePem } = await ownPair(['127.0.0.1']);
  const own = await open({ internalCertFile: certFile, internalKeyFile: keyFile });
  expect(own.internalTrustPem).toBe(new X509Certificate(certificatePem).toString());
});
