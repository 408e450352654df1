import { Injectable } from '@nestjs/common';
import path from 'node:path';
import { AppConfig } from '../../platform/config/config.js';
import { ServerIdentity } from '../../platform/tls/server-identity.js';
import { entryKey, SETTING_CATALOGUE, type DeploymentFact } from './setting-catalogue.js';

/** Where the deployment configuration decides, and the API shows what it says. */
@Injectable()
export class DeploymentFacts implements Readonly<Record<DeploymentFact, unknown>> {
  constructor(
    private readonly config: AppConfig,
    private readonly identity: ServerIdentity,
  ) {}

  get publicAddress(): string {
    return this.identity.publicAddress;
  }

  get fileServerRoot(): string {
    return path.resolve(this.config.dataDir, 'files');
  }

  get fileServerUrl(): string {
    const { privateAddress } = this.identity;
    const host = privateAddress.includes(':') ? `[${privateAddress}]` : privateAddress;
    return `https://${host}:${this.config.internalPort}/resources`;
  }

  get logPath(): string | null {
    return this.config.logDirectory === null ? null : path.resolve(this.config.logDirectory);
  }

  get logLevel(): SettingLogLevel {
    return WIRE_LEVEL[this.config.logLevel];
  }
}

type SettingLogLevel = 'ERROR' | 'WARNING' | 'INFO' | 'DEBUG';

const WIRE_LEVEL = { error: 'ERROR', warn: 'WARNING', info: 'INFO', debug: 'DEBUG' } as const;

/** The value an entry has for this process: what was set, else what the deployment says, else what was seeded. */
export function effectiveValue(
  facts: DeploymentFacts,
  entry: { readonly scope: string; readonly name: string; readonly value: unknown; readonly updated_at: string | null },
): unknown {
  if (entry.updated_at !== null) return entry.value;
  const fact = FACT_OF.get(entryKey(entry));
  return fact === undefined ? entry.value : facts[fact];
}

const FACT_OF = new Map(
  SETTING_CATALOGUE.flatMap((definition) =>
    definition.fact === undefined ? [] : [[entryKey(definition), definition.fact] as const],
  ),
);
