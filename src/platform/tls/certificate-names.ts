import type { X509Certificate } from 'node:crypto';
import { parseTlsAddress, type TlsAddress } from './tls-address.js';

/** One `TYPE:value` of Node's list; a value with odd characters comes quoted as in JSON. */
const ENTRY = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/gy;

/** The host names and IP addresses that a certificate is made out to: its SAN alone, as today's clients read it. */
export function namesOf(certificate: X509Certificate): readonly TlsAddress[] {
  const names: TlsAddress[] = [];
  for (const [, type, value] of (certificate.subjectAltName ?? '').matchAll(ENTRY)) {
    if (value === undefined || value.startsWith('"') || (type !== 'DNS' && type !== 'IP Address')) continue;
    const address = parseTlsAddress(value);
    if (address !== null) names.push(address);
  }
  return names;
}

/** Whether a client that asks for the address will be content with the certificate. */
export function covers(certificate: X509Certificate, address: TlsAddress): boolean {
  const found =
    address.kind === 'ip'
      ? certificate.checkIP(address.value)
      : certificate.checkHost(address.value, { subject: 'never' });
  return (
    found !== undefined ||
    namesOf(certificate).some((name) => name.kind === address.kind && name.value === address.value)
  );
}
