import { isIP } from 'node:net';
import { isInRanges, parseAddressRanges, type AddressRange } from '../../core/access/client-address.js';
import type { OutboundPolicy } from './outbound.js';
import { OutboundRefusedError } from './outbound-refused-error.js';
import { isPublicAddress } from './public-address.js';

const MAX_URL_LENGTH = 8192;

/** A URL that was judged, and the addresses it may be fetched from. */
export interface VettedTarget {
  readonly url: URL;
  /** Scheme, host and port, for messages. */
  readonly origin: string;
  readonly addresses: readonly string[];
}

/** All addresses of a name. Rejects when it has none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** Judges URLs before anything is connected: scheme, host, and every address that the host has. */
export class OutboundRules {
  private readonly allowedHosts: ReadonlySet<string>;
  private readonly allowedNetworks: readonly AddressRange[];
  private readonly httpHosts: ReadonlySet<string>;

  /** @throws BadParametersError naming entries of the policy that are no networks, or no hosts. */
  constructor(
    policy: OutboundPolicy,
    private readonly resolve: Resolve,
  ) {
    this.allowedHosts = new Set(policy.allowedHosts.map(listedHost));
    this.allowedNetworks = parseAddressRanges(policy.allowedNetworks);
    this.httpHosts = new Set(policy.httpHosts.map(listedHost));
  }

  /** @throws OutboundRefusedError `url` or `scheme` */
  parse(text: string, base?: URL): URL {
    const url = text.length <= MAX_URL_LENGTH ? URL.parse(text, base?.href) : null;
    // The reason it does not parse would quote it, with the credentials that it may hold.
    if (url === null) throw new OutboundRefusedError('url', 'The URL is not valid');
    if (url.protocol === 'ftp:') {
      throw new OutboundRefusedError('scheme', 'Fetching over ftp is not supported by this manager; use https');
    }
    if (url.protocol !== 'https:' && url.protocol !== 'http:') {
      throw new OutboundRefusedError('scheme', 'The URL must begin with https');
    }
    if (url.protocol === 'http:' && !this.httpHosts.has(hostOf(url))) {
      throw new OutboundRefusedError('scheme', `Fetching over plain http is not allowed for ${url.host}; use https`);
    }
    return url;
  }

  /**
   * Looks the host up and judges every address: one that is not public refuses them all, since which of them a later
   * look-up or connection would use is not ours to choose.
   * @throws OutboundRefusedError `name` or `address`
   */
  async vet(url: URL): Promise<VettedTarget> {
    const host = hostOf(url);
    const origin = url.origin;
    const addresses = isIP(host) === 0 ? await this.lookUp(host, origin) : [host];
    const isAllowed = addresses.every(
      (address) => isIP(address) !== 0 && !address.includes('%') && this.mayReach(host, address),
    );
    if (!isAllowed) {
      throw new OutboundRefusedError('address', unreachable(origin));
    }
    return { url, origin, addresses };
  }

  private async lookUp(host: string, origin: string): Promise<readonly string[]> {
    const refusal = (cause?: unknown): OutboundRefusedError =>
      new OutboundRefusedError('name', unreachable(origin), { cause });
    const addresses = await this.resolve(host).catch((error: unknown) => {
      throw refusal(error);
    });
    if (addresses.length === 0) throw refusal();
    return addresses;
  }

  private mayReach(host: string, address: string): boolean {
    return this.allowedHosts.has(host) || isPublicAddress(address) || isInRanges(address, this.allowedNetworks);
  }
}

/** One text for both: whether a name exists in our network, and with which address, is nothing for a stranger. */
function unreachable(origin: string): string {
  return `Cannot fetch from ${origin}: the host is not on the public internet, or its name cannot be resolved`;
}

/** The host as it is compared and looked up: what the URL parser made of it, without brackets and the root's dot. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function listedHost(entry: string): string {
  const url = URL.parse(`https://${entry.includes(':') && !entry.startsWith('[') ? `[${entry}]` : entry}`);
  if (url === null || url.pathname !== '/' || url.port !== '' || url.username !== '') {
    throw new OutboundRefusedError('url', `Not a host name or address: ${entry}`);
  }
  return hostOf(url);
}
