import ipaddr from 'ipaddr.js';
import { BadParametersError } from '../errors/app-error.js';

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/** A network: its address and the number of leading bits that count. */
export type AddressRange = readonly [Ip, number];

/** What of a request tells where it came from. */
export interface ForwardedRequest {
  /** The peer of the connection, as the socket names it. */
  readonly remoteAddress: string | undefined;
  /** `X-Forwarded-For`, one header or several. */
  readonly forwardedFor: string | readonly string[] | undefined;
}

const MAPPED_BITS = 96;
const MAPPED = '::ffff:';
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

/**
 * The one way an address is written: dotted IPv4, RFC 5952 IPv6. IPv4 inside IPv6 (`::ffff:10.0.0.1`, what a dual-stack
 * socket shows) becomes plain IPv4, a zone (`%eth0`) is dropped. Null for anything else: short, octal and hexadecimal
 * IPv4 are refused, since other programs read them as other addresses.
 */
export function canonicalIp(text: string): string | null {
  const bare = text.startsWith(MAPPED) ? text.slice(MAPPED.length) : text;
  if (IPV4.test(bare)) return bare; // what sockets show, nearly always: asked on every request
  return parseIp(text)?.toString() ?? null;
}

function parseIp(text: string): Ip | null {
  if (IPV4.test(text)) return ipaddr.IPv4.parse(text);
  const [bare] = text.split('%');
  if (bare === undefined || !bare.includes(':')) return null;
  try {
    const address = ipaddr.IPv6.parse(bare);
    return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
  } catch {
    return null; // asking first would parse twice
  }
}

/** As `canonicalIp` for what a socket shows: the system writes IPv6 as RFC 5952 does, so there is nothing to parse. */
function peerAddress(shown: string): string {
  const bare = shown.startsWith(MAPPED) ? shown.slice(MAPPED.length) : shown;
  const zone = bare.indexOf('%');
  return zone === -1 ? bare : bare.slice(0, zone);
}

/**
 * Reads addresses and networks (`10.0.0.7`, `10.0.0.0/8`, `fd00::/8`).
 * @throws BadParametersError naming every entry that is neither, and a network that holds every address: trusting
 * everybody would let anybody choose the address they are seen under.
 */
export function parseAddressRanges(entries: readonly string[]): readonly AddressRange[] {
  const ranges = entries.map(parseRange);
  const bad = entries.filter((_entry, index) => ranges[index] === null);
  if (bad.length > 0) throw new BadParametersError(`Not an address or a network of addresses: ${bad.join(', ')}`);
  return ranges.filter((range) => range !== null);
}

function parseRange(entry: string): AddressRange | null {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry.trim());
  const text = match?.[1];
  const ip = text === undefined ? null : parseIp(text);
  if (text === undefined || ip === null) return null;
  const width = ip.kind() === 'ipv4' ? 32 : 128;
  if (match?.[2] === undefined) return [ip, width];
  const isMapped = width === 32 && text.includes(':');
  const bits = Number(match[2]) - (isMapped ? MAPPED_BITS : 0);
  return bits >= 1 && bits <= width ? [ip, bits] : null;
}

/** Whether the address lies in one of the ranges. False for what is no address. */
export function isInRanges(address: string, ranges: readonly AddressRange[]): boolean {
  const ip = parseIp(address);
  return ip !== null && inRanges(ip, ranges);
}

function inRanges(ip: Ip, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([network, bits]) => network.kind() === ip.kind() && ip.match(network, bits));
}

/**
 * Where a request came from (security-design §2): the peer of the connection, unless that is a trusted proxy. Then the
 * right-most entry of `X-Forwarded-For` that is no trusted proxy itself: each trusted hop wrote the entry before it, and
 * what stands further left may be the client's invention. Where a trusted hop wrote something that is no address
 * (`unknown`), that hop is the answer. Null when the peer is gone.
 */
export function clientAddressOf(request: ForwardedRequest, trustedProxies: readonly AddressRange[]): string | null {
  const peer = request.remoteAddress === undefined ? null : peerAddress(request.remoteAddress);
  if (peer === null || trustedProxies.length === 0 || !isInRanges(peer, trustedProxies)) return peer;
  const { forwardedFor } = request;
  if (forwardedFor === undefined) return peer;
  const hops = (typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',')).split(',');
  let nearest = peer;
  for (const hop of hops.toReversed()) {
    const ip = parseIp(withoutPort(hop.trim()));
    if (ip === null) return nearest;
    nearest = ip.toString();
    if (!inRanges(ip, trustedProxies)) return nearest;
  }
  return nearest;
}

/** Some proxies write `192.0.2.1:5678` or `[2001:db8::1]:5678`. */
function withoutPort(hop: string): string {
  const match = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(hop);
  return match?.[1] ?? match?.[2] ?? hop;
}
