import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../platform/config/config.js';
import { Log } from '../../platform/logging/log.js';
import { RuntimeSettings } from '../../platform/settings/runtime-settings.js';
import { ProcessPresence, type Role } from './process-presence.js';
import { ProcessRepository } from './process.repository.js';

const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;

/** A part of the manager under the name by which clients know it. */
export interface ServiceState {
  readonly name: string;
  readonly node: 'manager' | 'db';
  readonly isActive: boolean;
  /** Runs in another process, or on a server of its own. */
  readonly isRemote: boolean;
}

/** Which part of ours does the work that a name stands for. */
const SERVICES: Readonly<Record<string, Role | 'database'>> = {
  Webserver: 'api',
  'Manager Rest-Service': 'api',
  'Cloudify API': 'api',
  'Management Worker': 'worker',
  'Cloudify Execution Scheduler': 'scheduler',
  PostgreSQL: 'database',
};

/**
 * What runs, truthfully: the database answers, and some process plays each role. Names of parts that this product does
 * not have (a console, a monitoring service, a broker where nobody needs one) are not listed, so they cannot fail.
 */
@Injectable()
export class StatusService {
  private look: Promise<ReadonlySet<string>> | null = null;

  constructor(
    private readonly processes: ProcessRepository,
    private readonly presence: ProcessPresence,
    private readonly settings: RuntimeSettings,
    private readonly config: AppConfig,
    private readonly log: Log,
  ) {}

  async services(): Promise<readonly ServiceState[]> {
    const alive = await this.rolesAlive();
    const own = new Set<string>(this.presence.ownRoles);
    return Object.entries(SERVICES).map(([name, part]) =>
      part === 'database'
        ? { name, node: 'db', isActive: alive !== null, isRemote: this.config.databaseUrl !== null }
        : { name, node: 'manager', isActive: own.has(part) || alive?.has(part) === true, isRemote: !own.has(part) },
    );
  }

  /** Whether the database answers in time. */
  async isWell(): Promise<boolean> {
    return (await this.rolesAlive()) !== null;
  }

  /** Null when the database does not answer within `monitoring_timeout`. Callers at the same time share one look. */
  private async rolesAlive(): Promise<ReadonlySet<string> | null> {
    this.look ??= this.processes.rolesAlive().finally(() => {
      this.look = null;
    });
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => late.resolve(null), this.waitMs());
    try {
      return await Promise.race([this.look, late.promise]);
    } catch (error) {
      this.log.warn('the database does not answer', { error });
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  private waitMs(): number {
    return Math.min(Math.max(this.settings.integer('monitoring_timeout') * 1_000, MIN_WAIT_MS), MAX_WAIT_MS);
  }
}
