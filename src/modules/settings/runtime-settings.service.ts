import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { systemCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Log, type LogLevel } from '../../platform/logging/log.js';
import { RuntimeSettings } from '../../platform/settings/runtime-settings.js';
import { DeploymentFacts, effectiveValue } from './deployment-facts.js';
import { entryKey, SETTING_CATALOGUE } from './setting-catalogue.js';
import { SettingsRepository, type StoredEntry } from './settings.repository.js';

/** Requests bring the version along; this is for processes that serve none. */
const POLL_EVERY_MS = 5_000;

interface Loaded {
  readonly version: string;
  readonly entries: ReadonlyMap<string, StoredEntry>;
}

const LEVELS: Readonly<Record<string, LogLevel>> = {
  CRITICAL: 'error',
  ERROR: 'error',
  WARNING: 'warn',
  INFO: 'info',
  DEBUG: 'debug',
};

/**
 * The configuration in memory. Seeds it at start: entries that a newer release brings are added, what somebody set stays.
 * Sealed values are not kept here.
 */
@Injectable()
export class RuntimeSettingsService
  extends RuntimeSettings
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy
{
  private loaded: Loaded | null = null;
  private loading: Promise<void> | null = null;
  private poll: NodeJS.Timeout | null = null;

  constructor(
    private readonly entries: SettingsRepository,
    private readonly facts: DeploymentFacts,
    private readonly unitOfWork: UnitOfWork,
    private readonly log: Log,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    await this.unitOfWork.run(systemCtx('settings'), async (ctx) => {
      const changed = await this.entries.seed(ctx, SETTING_CATALOGUE);
      if (changed > 0) await this.entries.raiseVersion(ctx);
    });
    await this.load();
  }

  onApplicationBootstrap(): void {
    this.poll = setInterval(() => void this.look(), POLL_EVERY_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    if (this.poll) clearInterval(this.poll);
    await this.loading?.catch(() => undefined);
  }

  override integer(name: string): number {
    const value = this.read(name);
    if (typeof value !== 'number') throw new Error(`The setting ${name} is no number.`);
    return value;
  }

  override ofWorkflows(name: string): number {
    const value = this.read(name, 'workflow');
    if (typeof value !== 'number') throw new Error(`The setting ${name} is no number.`);
    return value;
  }

  override text(name: string): string | null {
    const value = this.read(name);
    if (typeof value !== 'string' && value !== null) throw new Error(`The setting ${name} is no text.`);
    return value;
  }

  override flag(name: string): boolean {
    const value = this.read(name);
    if (typeof value !== 'boolean') throw new Error(`The setting ${name} is no flag.`);
    return value;
  }

  override json(name: string): unknown {
    return this.read(name);
  }

  /** Callers at the same time share a load; a caller that came while one was under way waits for the next. */
  override async refresh(settingsVersion: string): Promise<void> {
    if (this.loaded?.version === settingsVersion) return;
    if (this.loading) {
      await this.loading;
      if (this.loaded?.version === settingsVersion) return;
    }
    await this.load();
  }

  private read(name: string, scope: 'rest' | 'workflow' = 'rest'): unknown {
    if (!this.loaded) throw new Error('The settings are not loaded yet.');
    const entry = this.loaded.entries.get(entryKey({ scope, name }));
    if (!entry) throw new Error(`There is no setting ${name}.`);
    if (entry.admin_only) throw new Error(`The setting ${name} is sealed.`);
    return effectiveValue(this.facts, entry);
  }

  private load(): Promise<void> {
    this.loading ??= this.readAll().finally(() => {
      this.loading = null;
    });
    return this.loading;
  }

  private async readAll(): Promise<void> {
    this.loaded = await this.unitOfWork.run(systemCtx('settings'), async (ctx) => {
      // The version first: entries that change in between are then loaded again, never missed.
      const version = await this.entries.version(ctx);
      const entries = await this.entries.all(ctx);
      return { version, entries: new Map(entries.map((entry) => [entryKey(entry), entry])) };
    });
    this.followLogLevel();
  }

  /** The log starts with the level of the deployment; what somebody set through the API goes before it. */
  private followLogLevel(): void {
    const entry = this.loaded?.entries.get('rest.rest_service_log_level');
    if (!entry || entry.updated_at === null) return;
    const level = LEVELS[String(entry.value)];
    if (level !== undefined) this.log.setLevel(level);
  }

  private async look(): Promise<void> {
    try {
      await this.refresh(await this.unitOfWork.run(systemCtx('settings'), (ctx) => this.entries.version(ctx)));
    } catch (error) {
      this.log.warn('the settings could not be looked at', { error });
    }
  }
}
