import { canonicalIp } from '../../core/access/client-address.js';
import type { Credential } from './credential.js';
import { isLoopback } from './tls-address.js';

/**
 * The certificates of one listener at one moment, and which of them a connection gets. Clients that ask for a host name
 * say so (SNI); clients that ask for an IP address do not, so theirs is found by the address that they reached.
 */
export class ListenerCertificates {
  private readonly byName = new Map<string, Credential>();
  private readonly byIp = new Map<string, Credential>();
  /** For who asks for nothing we know: behind address translation, most likely by a public IP address. */
  readonly fallback: Credential;

  /** @param all in the order of the addresses; the first that holds a name serves it. */
  constructor(readonly all: readonly [Credential, ...Credential[]]) {
    for (const credential of all) {
      for (const { kind, value } of credential.names) {
        const map = kind === 'ip' ? this.byIp : this.byName;
        if (!map.has(value)) map.set(value, credential);
      }
    }
    this.fallback = all.find(({ names }) => names.some((name) => name.kind === 'ip' && !isLoopback(name))) ?? all[0];
  }

  /** By the address of ours that the client connected to. */
  forLocalAddress(localAddress: string | undefined): Credential {
    const ip = localAddress === undefined ? null : canonicalIp(localAddress);
    return (ip === null ? undefined : this.byIp.get(ip)) ?? this.fallback;
  }

  /** By the name that the client asked for; undefined when no certificate holds it. */
  forServerName(serverName: string): Credential | undefined {
    const name = serverName.toLowerCase().replace(/\.$/, '');
    return this.byName.get(name) ?? this.byName.get(name.replace(/^[^.]+\./, '*.')) ?? this.byIp.get(name);
  }
}
