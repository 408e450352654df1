import { Injectable } from '@nestjs/common';
import type { LockPolicy } from '../../core/access/lockout.js';
import { RuntimeSettings } from '../../platform/settings/runtime-settings.js';

/** The stretch of time over which failures of a source address are added up. */
export const ADDRESS_WINDOW_MS = 15 * 60_000;

@Injectable()
export class LockPolicies {
  constructor(private readonly settings: RuntimeSettings) {}

  current(): LockPolicy {
    return {
      failuresBeforeLock: this.settings.integer('failed_logins_before_account_lock'),
      lockPeriodMinutes: this.settings.integer('account_lock_period'),
    };
  }
}
