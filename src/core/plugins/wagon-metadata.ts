import { isStorable } from '../text/storable.js';
import { PluginFault } from './plugin-fault.js';

/** What a wagon's `package.json` says of it (agent-protocol §15), as the contract shows it (rest-api §3.12). */
export interface WagonMetadata {
  readonly packageName: string;
  readonly packageVersion: string;
  readonly archiveName: string;
  readonly packageSource: string | null;
  readonly distribution: string | null;
  readonly distributionRelease: string | null;
  readonly distributionVersion: string | null;
  readonly supportedPlatform: unknown;
  readonly supportedPyVersions: unknown;
  readonly wheels: unknown;
  readonly excludedWheels: unknown;
}

type Raw = Readonly<Record<string, unknown>>;

/** A wagon of hundreds of wheels needs a tenth of it; each list of plugins holds this much for each of its rows. */
export const MAX_METADATA_BYTES = 128 * 1024;
const MAX_DEPTH = 16;
const MAX_TEXT_LENGTH = 256;
/** Names of Python packages; they stand in `plugin:NAME?…`, so nothing that means something in a query. */
const PACKAGE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
/** What PEP 440 versions are made of. */
const PACKAGE_VERSION = /^[A-Za-z0-9][A-Za-z0-9._!+-]*$/;
const ARCHIVE_NAME = /^[A-Za-z0-9][A-Za-z0-9._!+~ -]*$/;

/**
 * @param text of the `package.json`
 * @param file how messages name it
 * @throws PluginFault
 */
export function readWagonMetadata(text: string, file: string): WagonMetadata {
  const raw = objectOf(text, file);
  const build = raw['build_server_os_properties'] ?? {};
  if (!isObject(build)) throw new PluginFault(`${file}: \`build_server_os_properties\` must be an object`);
  const packageName = named(raw, 'package_name', PACKAGE_NAME, file);
  const packageVersion = named(raw, 'package_version', PACKAGE_VERSION, file);
  return {
    packageName,
    packageVersion,
    archiveName:
      textOrNull(raw, 'archive_name', file) === null
        ? `${packageName}-${packageVersion}.wgn`
        : named(raw, 'archive_name', ARCHIVE_NAME, file),
    packageSource: textOrNull(raw, 'package_source', file),
    distribution: textOrNull(build, 'distribution', file),
    distributionRelease: textOrNull(build, 'distribution_release', file),
    distributionVersion: textOrNull(build, 'distribution_version', file),
    supportedPlatform: raw['supported_platform'] ?? null,
    supportedPyVersions: raw['supported_python_versions'] ?? null,
    wheels: raw['wheels'] ?? [],
    excludedWheels: raw['excluded_wheels'] ?? null,
  };
}

function objectOf(text: string, file: string): Raw {
  if (text.length > MAX_METADATA_BYTES) {
    throw new PluginFault(`${file} is larger than ${MAX_METADATA_BYTES} bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PluginFault(`${file} is not valid JSON`);
  }
  if (!isObject(value)) throw new PluginFault(`${file} is not a JSON object`);
  if (isDeeperThan(value, MAX_DEPTH)) throw new PluginFault(`${file} is nested more than ${MAX_DEPTH} levels deep`);
  if (!isStorable(value)) throw new PluginFault(`${file} holds a character that cannot be stored`);
  return value;
}

function named(raw: Raw, name: string, pattern: RegExp, file: string): string {
  const text = textOrNull(raw, name, file);
  if (text === null) throw new PluginFault(`${file} has no \`${name}\``);
  if (!pattern.test(text)) throw new PluginFault(`${file}: \`${name}\` holds characters that it must not`);
  return text;
}

function textOrNull(raw: Raw, name: string, file: string): string | null {
  const value = (Object.hasOwn(raw, name) ? raw[name] : null) ?? null;
  if (value === null || value === '') return null;
  if (typeof value !== 'string') throw new PluginFault(`${file}: \`${name}\` must be a text`);
  if (value.length > MAX_TEXT_LENGTH) {
    throw new PluginFault(`${file}: \`${name}\` is longer than ${MAX_TEXT_LENGTH} characters`);
  }
  return value;
}

function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((child) => isDeeperThan(child, levels - 1));
}
