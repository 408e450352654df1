import { join } from 'node:path';
import { fileNameOf, type TlsAddress } from './tls-address.js';
import type { ListenerName } from './tls-options.js';

/**
 * The folder `<data>/tls`:
 *
 *     ca.pem              the internal CA's certificate, for clients (0644)
 *     ca-key.pem          its key (0600)
 *     addresses.json      addresses added by `certs add-address`
 *     external/ADDRESS.pem, internal/ADDRESS.pem    a certificate and its key (0600)
 *     external/_all.pem, internal/_all.pem          the same where one certificate holds all addresses
 *     own/external.pem, own/internal.pem            what `certs import` brought (0600)
 *
 * A certificate and its key share a file, so that one rename replaces both: no kill can part them.
 */
export class TlsPaths {
  constructor(readonly directory: string) {}

  get authorityCertificate(): string {
    return join(this.directory, 'ca.pem');
  }
  get authorityKey(): string {
    return join(this.directory, 'ca-key.pem');
  }
  get addedAddresses(): string {
    return join(this.directory, 'addresses.json');
  }
  get importFolder(): string {
    return join(this.directory, 'own');
  }
  listenerFolder(listener: ListenerName): string {
    return join(this.directory, listener);
  }
  imported(listener: ListenerName): string {
    return join(this.importFolder, `${listener}.pem`);
  }
  /** @param addresses what the certificate holds: one address, or all of them in a single certificate. */
  selfMade(listener: ListenerName, addresses: readonly TlsAddress[], isSingle: boolean): string {
    const [first] = addresses;
    const name = isSingle || first === undefined ? '_all' : fileNameOf(first);
    return join(this.listenerFolder(listener), `${name}.pem`);
  }
  /** Every folder whose changes may change what is served. */
  get folders(): readonly string[] {
    return [this.directory, this.listenerFolder('external'), this.listenerFolder('internal'), this.importFolder];
  }
}
