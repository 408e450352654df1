import { beforeAll, expect, it } from '@jest/globals';
import { authority, serverCertificate } from '../../../test/support/tls-world.js';
import { makeCredential, type Credential } from './credential.js';
import { ListenerCertificates } from './listener-certificates.js';
import type { Issuer } from './x509-writer.js';

let ca: Issuer;
beforeAll(async () => {
  ca = await authority();
});

async function credential(...addresses: readonly string[]): Promise<Credential> {
  const { certificatePem, keyPem } = await serverCertificate(ca, addresses);
  const pair = { certificatePem, keyPem, certificateFile: 'test.pem', keyFile: 'test.key' };
  return makeCredential(pair, 'self-made', { minVersion: 'TLSv1.2' }, new Date());
}

it('picks by the name asked for, in any case, with wildcards for one label', async () => {
  const [one, wild, ip] = [
    await credential('one.example.org'),
    await credential('*.example.org'),
    await credential('10.0.0.1'),
  ];
  const certificates = new ListenerCertificates([one, wild, ip]);
  expect(certificates.forServerName('ONE.example.org.')).toBe(one);
  expect(certificates.forServerName('two.example.org')).toBe(wild);
  expect(certificates.forServerName('a.b.example.org')).toBeUndefined();
  expect(certificates.forServerName('example.org')).toBeUndefined();
  expect(certificates.forServerName('10.0.0.1')).toBe(ip);
});

it('picks by the address reached where no name is asked for, also inside IPv6', async () => {
  const [name, loopback, six] = [await credential('a.org'), await credential('127.0.0.1'), await credential('::1')];
  const certificates = new ListenerCertificates([name, loopback, six]);
  expect(certificates.forLocalAddress('::ffff:127.0.0.1')).toBe(loopback);
  expect(certificates.forLocalAddress('::1')).toBe(six);
  expect(certificates.forLocalAddress('172.17.0.2')).toBe(name);
  expect(certificates.forLocalAddress(undefined)).toBe(name);
});

it('falls back to the first address that others can reach: behind address translation that is what they asked for', async () => {
  const all = [
    await credential('a.org'),
    await credential('127.0.0.1'),
    await credential('192.0.2.1'),
    await credential('192.0.2.2'),
  ] as const;
  const certificates = new ListenerCertificates(all);
  expect(certificates.forLocalAddress('172.17.0.2')).toBe(all[2]);
});
