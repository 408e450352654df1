import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { AppConfig, SECRET_SETTINGS } from './config.js';

/** The settings are wrong; the message lists every problem at once. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = new.target.name;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;
export type Overrides = Partial<Record<keyof AppConfig, unknown>>;

const filesBehind = new WeakMap<AppConfig, readonly string[]>();
const KEYS = Object.keys(new AppConfig()) as (keyof AppConfig)[];

/** `auditLogFileSizeMB` ↔ `audit_log_file_size_MB`; the environment's name is that in capitals. */
export function settingName(key: keyof AppConfig): string {
  return key.replace(/(MB|[A-Z])/g, (capital) => `_${capital === 'MB' ? capital : capital.toLowerCase()}`);
}

/**
 * Reads the settings once: file, then environment, then command line.
 * @throws ConfigError that lists every problem.
 */
export function loadConfig(options: {
  readonly file?: string;
  readonly env: Environment;
  readonly overrides?: Overrides;
}): AppConfig {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const files = KEYS.map((key) => options.env[`HOLDFAST_${settingName(key).toUpperCase()}_FILE`]);
  if (options.file !== undefined) Object.assign(values, fromFile(options.file, problems));
  Object.assign(values, fromEnvironment(options.env, problems));
  for (const [key, value] of Object.entries(options.overrides ?? {})) if (value !== undefined) values[key] = value;

  const config = plainToInstance(AppConfig, values, { exposeDefaultValues: true });
  for (const error of validateSync(config, { forbidUnknownValues: true })) {
    for (const reason of Object.values(error.constraints ?? {})) {
      problems.push(reason.replace(error.property, settingName(error.property as keyof AppConfig)));
    }
  }
  problems.push(...contradictions(config));
  if (problems.length > 0) throw new ConfigError(problems);
  filesBehind.set(
    config,
    [options.file, ...files].filter((file) => file !== undefined),
  );
  return Object.freeze(config);
}

/** The files that these settings were read from: they may hold passwords and keys. */
export function filesOf(config: AppConfig): readonly string[] {
  return filesBehind.get(config) ?? [];
}

function fromFile(path: string, problems: string[]): Record<string, unknown> {
  let document: unknown;
  try {
    document = parse(readFileSync(path, 'utf8'), { uniqueKeys: true, maxAliasCount: 0 });
  } catch (error) {
    problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
  if (document === null || document === undefined) return {};
  if (typeof document !== 'object' || Array.isArray(document)) {
    problems.push(`${path}: must hold a mapping of settings`);
    return {};
  }
  const byName = new Map(KEYS.map((key) => [settingName(key), key]));
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(document)) {
    const key = byName.get(name);
    if (key === undefined) problems.push(`${path}: unknown setting \`${name}\``);
    else if (value !== null) values[key] = value;
  }
  return values;
}

function fromEnvironment(env: Environment, problems: string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const key of KEYS) {
    const name = `HOLDFAST_${settingName(key).toUpperCase()}`;
    const text =
      key === 'databaseUrl' || key === 'databaseAppUrl'
        ? (env[name] ?? env[settingName(key).toUpperCase()])
        : env[name];
    const file = env[`${name}_FILE`];
    if (text !== undefined && file !== undefined) problems.push(`${name} and ${name}_FILE are both set; give one`);
    const raw = text ?? (file === undefined ? undefined : firstLine(file, `${name}_FILE`, problems));
    if (raw !== undefined) values[key] = typed(key, raw, name, problems);
  }
  return values;
}

function firstLine(path: string, name: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/, 1)[0];
  } catch (error) {
    problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** The environment knows texts only; the default's type says what is meant. Lists are separated by commas. */
function typed(key: keyof AppConfig, text: string, name: string, problems: string[]): unknown {
  const fallback: unknown = new AppConfig()[key];
  if (Array.isArray(fallback))
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  if (typeof fallback === 'number') {
    const value = Number(text);
    if (text.trim() === '' || Number.isNaN(value)) problems.push(`${name} must be a number, got "${text}"`);
    return value;
  }
  if (typeof fallback === 'boolean') {
    const lower = text.toLowerCase();
    if (lower !== 'true' && lower !== 'false') problems.push(`${name} must be true or false, got "${text}"`);
    return lower === 'true';
  }
  return text === '' && fallback === null ? null : text;
}

function contradictions(config: AppConfig): string[] {
  const problems: string[] = [];
  const pairs = [
    ['externalCertFile', 'externalKeyFile'],
    ['internalCertFile', 'internalKeyFile'],
    ['caCertFile', 'caKeyFile'],
  ] as const;
  for (const [left, right] of pairs) {
    if ((config[left] === null) !== (config[right] === null))
      problems.push(`${settingName(left)} and ${settingName(right)} belong together; give both or none`);
  }
  if (config.tls === 'terminated-at-proxy' && config.trustedProxies.length === 0) {
    problems.push('tls: terminated-at-proxy needs trusted_proxies: the addresses of the proxies that end TLS');
  }
  if (config.databaseAppUrl !== null && config.databaseUrl === null)
    problems.push('database_app_url needs database_url');
  return problems;
}

/** The same settings for a process with another role: a command beside the manager takes no work from its queues. */
export function withRole(config: AppConfig, role: AppConfig['role']): AppConfig {
  const changed = Object.assign(new AppConfig(), config, { role });
  filesBehind.set(changed, filesOf(config));
  return Object.freeze(changed);
}

/** The settings for print, secrets masked. */
export function printableConfig(config: AppConfig): Record<string, unknown> {
  return Object.fromEntries(
    KEYS.map((key) => [settingName(key), SECRET_SETTINGS.has(key) && config[key] !== null ? '***' : config[key]]),
  );
}
