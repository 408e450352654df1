import { Command, InvalidArgumentError } from 'commander';
import type { AppConfig } from '../platform/config/config.js';
import { loadConfig, type Overrides } from '../platform/config/load-config.js';

export interface SettingsFlags {
  readonly data?: string;
  readonly config?: string;
  readonly port?: number;
  readonly internalPort?: number;
  readonly adminPasswordFile?: string;
  readonly role?: string;
}

/** The options that every command takes: which installation is meant. */
export function withSettings(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder (default: ./data)')
    .option('--config <file>', 'settings file (YAML); config/holdfast.yaml explains every setting');
}

/** Those of commands that serve or set up. */
export function withServingSettings(command: Command): Command {
  return withSettings(command)
    .option('--port <n>', 'port of the external listener (default: 8443)', port)
    .option('--internal-port <n>', 'port of the internal listener (default: 53333)', port)
    .option('--admin-password-file <file>', "its first line becomes the admin's password when the data folder is new")
    .option('--role <role>', 'api, worker, scheduler or all (default: all)');
}

/** @throws ConfigError that lists every problem of the settings */
export function configFrom(flags: SettingsFlags, env: NodeJS.ProcessEnv = process.env): AppConfig {
  const overrides: Overrides = {
    dataDir: flags.data,
    port: flags.port,
    internalPort: flags.internalPort,
    adminPasswordFile: flags.adminPasswordFile,
    role: flags.role,
  };
  return loadConfig({ ...(flags.config === undefined ? {} : { file: flags.config }), env, overrides });
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535');
  return value;
}
