import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseAddressRanges } from '../../core/access/client-address.js';
import { DEFAULT_LIMITS, Listener, type Admission, type ListenerLimits } from './listener.js';
import type { TlsMaterials } from './tls-materials.js';
import { speaksTls, type ListenerName, type TlsLog, type TlsOptions } from './tls-options.js';

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface ListenersOptions {
  readonly external: Endpoint;
  readonly internal: Endpoint;
  readonly tls: TlsOptions;
  readonly materials: TlsMaterials;
  readonly log: TlsLog;
  readonly limits?: Partial<ListenerLimits>;
}

/** The two doors of the manager; behind both is the same handler. */
export class Listeners {
  constructor(
    readonly external: Listener,
    readonly internal: Listener,
  ) {}

  /** @throws TlsConfigurationError when a port cannot be had; then neither is open. */
  async start(): Promise<{ readonly external: AddressInfo; readonly internal: AddressInfo }> {
    const external = await this.external.start();
    try {
      return { external, internal: await this.internal.start() };
    } catch (error) {
      await this.external.stop(0);
      throw error;
    }
  }

  /**
   * Drains both: nothing new is accepted, what is under way may finish within the grace.
   * @returns how many connections had to be cut off
   */
  async stop(graceMs: number): Promise<number> {
    const cutOff = await Promise.all([this.external.stop(graceMs), this.internal.stop(graceMs)]);
    return cutOff[0] + cutOff[1];
  }
}

/**
 * Makes the listeners; they are silent until `start`. For Fastify: `serverFactory: (handler) => createListeners(options,
 * handler).external.server`, then `start()` in place of `listen()`.
 */
export function createListeners(options: ListenersOptions, handler: RequestListener): Listeners {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const make = (name: ListenerName): Listener =>
    new Listener({ name, ...options[name], admission: admissionOf(options, name), limits, log: options.log }, handler);
  return new Listeners(make('external'), make('internal'));
}

function admissionOf({ tls, materials }: ListenersOptions, name: ListenerName): Admission {
  if (!speaksTls(tls, name)) return { kind: 'proxies', proxies: parseAddressRanges(tls.trustedProxies) };
  return { kind: 'tls', door: { minVersion: tls.minVersion, certificates: () => materials.certificatesFor(name) } };
}
