import { fileExists, readPublicFile, writePublicFile } from './key-file.js';
import { parseTlsAddress, uniqueAddresses, type TlsAddress } from './tls-address.js';
import { TlsConfigurationError } from './tls-configuration-error.js';
import { addressesOf, type ListenerName, type TlsOptions } from './tls-options.js';
import type { TlsPaths } from './tls-paths.js';

type AddedAddresses = Readonly<Record<ListenerName, readonly TlsAddress[]>>;

/** The addresses that `certs add-address` added beside those of the settings. */
async function addedAddresses(paths: TlsPaths): Promise<AddedAddresses> {
  const file = paths.addedAddresses;
  if (!(await fileExists(file))) return { external: [], internal: [] };
  const content = parseJson(await readPublicFile(file), file);
  return { external: listIn(content, 'external', file), internal: listIn(content, 'internal', file) };
}

/** Every address that the listener needs a certificate for: the settings', then the added ones. */
export async function wantedAddresses(
  options: TlsOptions,
  paths: TlsPaths,
  listener: ListenerName,
): Promise<readonly TlsAddress[]> {
  const added = await addedAddresses(paths);
  return uniqueAddresses([...addressesOf(options, listener), ...added[listener]]);
}

/** Remembers the address for the listeners, so that its certificates are kept and renewed. */
export async function rememberAddress(
  paths: TlsPaths,
  address: TlsAddress,
  listeners: readonly ListenerName[],
): Promise<void> {
  const added = await addedAddresses(paths);
  const next = (name: ListenerName): string[] => {
    const addresses = listeners.includes(name) ? uniqueAddresses([...added[name], address]) : added[name];
    return addresses.map(({ value }) => value);
  };
  const content = { external: next('external'), internal: next('internal') };
  await writePublicFile(paths.addedAddresses, `${JSON.stringify(content, null, 2)}\n`);
}

function parseJson(text: string, file: string): object {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  } catch (error) {
    throw new TlsConfigurationError('is not valid JSON', file, { cause: error });
  }
  throw new TlsConfigurationError('is not an object with lists of addresses', file);
}

function listIn(content: object, name: ListenerName, file: string): readonly TlsAddress[] {
  const list: unknown = Object.entries(content).find(([key]) => key === name)?.[1] ?? [];
  if (!Array.isArray(list)) throw new TlsConfigurationError(`"${name}" is not a list of addresses`, file);
  return list.map((entry: unknown) => {
    const address = typeof entry === 'string' ? parseTlsAddress(entry) : null;
    if (address === null) throw new TlsConfigurationError(`"${name}" holds something that is no address`, file);
    return address;
  });
}
