import ipaddr from 'ipaddr.js';

/** Handed out for global unicast so far; all else in IPv6 is special, or will mean something that we do not know yet. */
const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** Public by its range, but in Azure's machines it is the host itself: credentials and configuration. */
const AZURE_HOST = '168.63.129.16';

/**
 * Whether an address belongs to the public internet. Everything special is not: private, loopback, link-local (cloud
 * metadata with it), carrier-grade NAT, multicast, reserved, documentation; and every IPv6 form that carries an IPv4
 * address (mapped, compatible, NAT64, 6to4, Teredo), since where those end is not up to us. False for what is no
 * address, and for zones.
 */
export function isPublicAddress(text: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(text))
    return text !== AZURE_HOST && ipaddr.IPv4.parse(text).range() === 'unicast';
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return false;
  const address = ipaddr.IPv6.parse(text);
  return address.match(GLOBAL_UNICAST_V6) && address.range() === 'unicast';
}
