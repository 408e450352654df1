// oxlint-disable-next-line import/no-unassigned-import -- the ASN.1 library needs it in place before it is loaded
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate as DecodedCertificate,
} from '@peculiar/x509';
import { authority, serverCertificate } from '../../../test/support/tls-world.js';
import { renewAuthority, UnsupportedKeyError, writeAuthority } from './x509-writer.js';

const NOW = new Date('2026-03-01T12:00:00.500Z');
const DAY_MS = 86_400_000;

describe('a CA', () => {
  it('lasts ten years, signs certificates and lists, and allows no CA below it', async () => {
    const { certificatePem, key } = await authority('Our CA', NOW);
    const certificate = new X509Certificate(certificatePem);
    const decoded = new DecodedCertificate(certificatePem);
    expect(certificate.subject).toBe('CN=Our CA\nO=Holdfast');
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(decoded.getExtension(BasicConstraintsExtension)).toMatchObject({ ca: true, pathLength: 0, critical: true });
    const usage = decoded.getExtension(KeyUsagesExtension);
    expect(usage).toMatchObject({ usages: KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, critical: true });
    expect(certificate.validToDate.getUTCFullYear()).toBe(2036);
  });

  it('is renewed with the same name and key, so that what it signed stays good', async () => {
    const old = await authority('Our CA', NOW);
    const server = await serverCertificate(old, ['localhost'], NOW);
    const renewed = new X509Certificate(await renewAuthority(old, new Date(NOW.getTime() + 3_000 * DAY_MS)));
    const leaf = new X509Certificate(server.certificatePem);
    expect(leaf.checkIssued(renewed)).toBe(true);
    expect(leaf.verify(renewed.publicKey)).toBe(true);
    expect(renewed.serialNumber).not.toBe(new X509Certificate(old.certificatePem).serialNumber);
  });
});

describe('a server certificate', () => {
  it('names its address in CN and SAN, serves servers alone, and refers to its CA', async () => {
    const ca = await authority('Our CA', NOW);
    const { certificatePem, keyPem } = await serverCertificate(ca, ['manager.example.org'], NOW);
    const leaf = new X509Certificate(certificatePem);
    const decoded = new DecodedCertificate(certificatePem);
    expect(leaf.subject).toBe('CN=manager.example.org\nO=Holdfast');
    expect(leaf.subjectAltName).toBe('DNS:manager.example.org');
    expect(leaf.checkIssued(new X509Certificate(ca.certificatePem))).toBe(true);
    expect(leaf.verify(new X509Certificate(ca.certificatePem).publicKey)).toBe(true);
    expect(leaf.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(decoded.getExtension(BasicConstraintsExtension)).toMatchObject({ ca: false });
    expect(decoded.getExtension(KeyUsagesExtension)).toMatchObject({ usages: KeyUsageFlags.digitalSignature });
    expect(decoded.getExtension(ExtendedKeyUsageExtension)?.usages).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(decoded.getExtension(AuthorityKeyIdentifierExtension)?.keyId).toBe(
      new DecodedCertificate(ca.certificatePem).getExtension(SubjectKeyIdentifierExtension)?.keyId,
    );
    expect(decoded.getExtension(SubjectKeyIdentifierExtension)?.keyId).toMatch(/^[0-9a-f]{40}$/);
  });

  it('holds several addresses, IPv6 among them', async () => {
    const ca = await authority();
    const { certificatePem } = await serverCertificate(ca, ['10.0.0.1', 'localhost', '2001:db8::1']);
    const leaf = new X509Certificate(certificatePem);
    expect(leaf.subject).toContain('CN=10.0.0.1');
    expect(leaf.subjectAltName).toBe('IP Address:10.0.0.1, DNS:localhost, IP Address:2001:DB8:0:0:0:0:0:1');
  });

  it('lasts no longer than 825 days, and no longer than its CA', async () => {
    const young = new X509Certificate(
      (await serverCertificate(await authority('Young', NOW), ['a'], NOW)).certificatePem,
    );
    const days = (young.validToDate.getTime() - young.validFromDate.getTime()) / DAY_MS;
    expect(days).toBeLessThan(825);
    expect(days).toBeGreaterThan(824.9);
    const old = await authority('Old', new Date(NOW.getTime() - 3_600 * DAY_MS));
    const short = new X509Certificate((await serverCertificate(old, ['a'], NOW)).certificatePem);
    expect(short.validToDate).toEqual(new X509Certificate(old.certificatePem).validToDate);
  });

  it('has a random serial number of 128 bits that is never negative', async () => {
    const ca = await authority();
    const pems = await Promise.all(Array.from({ length: 20 }, () => serverCertificate(ca, ['a'])));
    const serials = pems.map(({ certificatePem }) => new X509Certificate(certificatePem).serialNumber);
    expect(new Set(serials).size).toBe(20);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  it('leaves the CN out where the address is longer than a CN may be', async () => {
    const long = `${'a'.repeat(40)}.${'b'.repeat(40)}.example.org`;
    const leaf = new X509Certificate((await serverCertificate(await authority(), [long])).certificatePem);
    expect(leaf.subject).toBe('O=Holdfast');
    expect(leaf.checkHost(long)).toBe(long);
  });
});

it.each([
  ['P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey],
  ['RSA 2048', () => generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey],
])('signs with an own CA key: %s', async (_name, makeKey) => {
  const key = makeKey();
  const certificatePem = await writeAuthority(key, 'Own', new Date());
  const leaf = new X509Certificate((await serverCertificate({ certificatePem, key }, ['a'])).certificatePem);
  expect(leaf.verify(new X509Certificate(certificatePem).publicKey)).toBe(true);
});

it('refuses to sign with a key that clients would not accept', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  await expect(writeAuthority(privateKey, 'Odd', new Date())).rejects.toThrow(UnsupportedKeyError);
});
