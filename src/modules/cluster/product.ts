import { readFileSync } from 'node:fs';
import { VERSION } from '../../platform/version.js';

/** The release whose API this is: what clients and plugins compare with, and what they show (rest-api §2.7, §5.8). */
export const API_RELEASE = '7.1.0';

/** We hold no licence and always say licensed (rest-api §1.18). */
const EDITION = 'premium';

/** What `version` and `managers` tell of the program and of the system it runs on. */
export interface Product {
  readonly version: string;
  readonly edition: string;
  /** Our own version. */
  readonly build: string;
  readonly distribution: string | null;
  readonly distro_release: string | null;
}

export const PRODUCT: Product = {
  version: API_RELEASE,
  edition: EDITION,
  build: VERSION,
  ...distributionOf(systemRelease()),
};

function systemRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return ''; // not a Linux system, or a bare container
  }
}

/** Reads os-release(5). */
export function distributionOf(release: string): Pick<Product, 'distribution' | 'distro_release'> {
  const values = new Map(
    [...release.matchAll(/^([A-Z_]+)=(["']?)(.*?)\2\s*$/gm)].map(([, name, , value]) => [name, value]),
  );
  return {
    distribution: values.get('ID') ?? null,
    distro_release: values.get('VERSION_CODENAME') ?? values.get('VERSION_ID') ?? null,
  };
}
