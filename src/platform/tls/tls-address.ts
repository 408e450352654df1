import { domainToASCII } from 'node:url';
import { canonicalIp } from '../../core/access/client-address.js';

/** An address that a certificate can name. */
export type TlsAddress =
  { readonly kind: 'ip'; readonly value: string } | { readonly kind: 'dns'; readonly value: string };

const MAX_NAME_LENGTH = 253;
/** Underscores are no host name by the letter, but container networks use them. */
const LABEL = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;

/**
 * Reads an IP address or a host name (`*.` allowed in front; international names become punycode), written in one way:
 * lower case, RFC 5952. Null for anything else, such as a URL, a port, or a name that other programs read as a number.
 */
export function parseTlsAddress(text: string): TlsAddress | null {
  const trimmed = text.trim();
  const ip = trimmed.includes('%') ? null : canonicalIp(trimmed);
  if (ip !== null) return { kind: 'ip', value: ip };
  const name = asciiName(trimmed).toLowerCase().replace(/\.$/, '');
  if (name.length > MAX_NAME_LENGTH) return null;
  const labels = name.split('.');
  const named = labels[0] === '*' && labels.length > 2 ? labels.slice(1) : labels;
  if (!named.every((label) => LABEL.test(label))) return null;
  if (labels.length > 1 && /^\d+$/.test(labels.at(-1) ?? '')) return null;
  return { kind: 'dns', value: name };
}

/** Only names beyond ASCII: the URL rules would turn `127.1` into an address. */
function asciiName(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? name : domainToASCII(name);
}

/**
 * The name of the address's file, without its ending. Colons and stars are spelled out, since shells and other file
 * systems take them amiss; no host name begins with an underscore, so nothing collides.
 */
export function fileNameOf(address: TlsAddress): string {
  if (address.kind === 'ip') return address.value.replaceAll(':', '_');
  return address.value.replace(/^\*\./, '_wildcard.');
}

/** Whether the address can only be reached from this machine. */
export function isLoopback(address: TlsAddress): boolean {
  if (address.kind === 'ip') return address.value === '::1' || address.value.startsWith('127.');
  return address.value === 'localhost';
}

/** Each address once, in the order given. */
export function uniqueAddresses(addresses: readonly TlsAddress[]): readonly TlsAddress[] {
  return [...new Map(addresses.map((address) => [address.value, address])).values()];
}
