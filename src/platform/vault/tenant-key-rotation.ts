import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { Log } from '../logging/log.js';
import { AllTenants } from './all-tenants.js';
import { IntegrityAlarm } from './integrity-alarm.js';
import type { RotationRow, RotationScope } from './key-rotation.repository.js';
import { KeySweep, type SweepOptions, type SweepProgress } from './key-sweep.js';
import { RotationJournal } from './rotation-journal.js';
import { SEALING_FRESHNESS_MS, TenantKeys } from './tenant-keys.js';

/** Other replicas notice the new key within SEALING_FRESHNESS_MS; what they sealed until then is written in the rest. */
const SETTLE_MS = SEALING_FRESHNESS_MS + 3_000;
const LOG_EVERY_MS = 10_000;

export interface RotateOptions extends SweepOptions {
  /** Default `all`. */
  readonly scope?: RotationScope;
  /** How long to wait for values sealed under the old key that are not written yet, ms. Default 5,000. */
  readonly settleMs?: number;
}

export interface RotationResult {
  readonly scope: RotationScope;
  /** Rows brought under the new keys. */
  readonly rewrapped: number;
  /** Rows that no key opens: each is in the log and the audit. Their owner's old key version is not retired. */
  readonly unreadable: number;
}

/** One rotation of tenant keys, from its line in the journal to its end. The caller holds the rotators' lock. */
@Injectable()
export class TenantKeyRotation {
  constructor(
    private readonly journal: RotationJournal,
    private readonly keys: TenantKeys,
    private readonly sweep: KeySweep,
    private readonly tenants: AllTenants,
    private readonly alarm: IntegrityAlarm,
    private readonly log: Log,
  ) {}

  /**
   * New keys first, for every owner; then the rows, in two rounds: most of the work while other replicas go over to the
   * new keys, and what they still wrote under the old ones after that.
   */
  async complete(rotation: RotationRow, options: RotateOptions): Promise<RotationResult> {
    const meter = new Meter(rotation, options, this.log);
    const owners = await this.ownersOf(rotation.scope);
    this.log.info('a rotation of keys begins', { rotation: rotation.id, scope: rotation.scope, owners: owners.length });
    const replaced: (number | null)[] = [];
    for (const owner of owners) {
      options.signal?.throwIfAborted();
      if (await this.unlessGone(owner, () => this.replaceKey(owner, rotation.afterVersion))) replaced.push(owner);
    }
    const settledAtMs = performance.now() + (options.settleMs ?? SETTLE_MS);
    for (const owner of replaced) await this.unlessGone(owner, () => this.sweep.walk(owner, meter.options));
    await delay(Math.max(0, settledAtMs - performance.now()), undefined, signalOf(options));
    let unreadable = 0;
    for (const owner of replaced)
      unreadable += (await this.unlessGone(owner, () => this.finish(owner, meter.options))) ?? 0;

    const tally = { rewrapped: meter.rewrapped, unreadable };
    await this.journal.finish(rotation.id, tally);
    this.log.info('a rotation of keys ended', { rotation: rotation.id, ...tally });
    return { scope: rotation.scope, ...tally };
  }

  private async ownersOf(scope: RotationScope): Promise<(number | null)[]> {
    if (scope === 'installation') return [null];
    const ids = await this.tenants.ids('key-rotation');
    if (scope === 'all') return [null, ...ids];
    const wanted = Number(scope.slice('tenant:'.length));
    return ids.filter((id) => id === wanted);
  }

  /** False when there is nothing to rotate: the owner never sealed anything. */
  private async replaceKey(owner: number | null, afterVersion: number): Promise<boolean> {
    const version = await this.keys.currentVersion(owner);
    if (version === undefined) return false;
    // A version beyond the mark was made by this rotation before it was interrupted.
    if (version <= afterVersion) await this.keys.add(owner);
    return true;
  }

  /**
   * Walks until a walk finds nothing to do, then retires the versions that no row is on.
   * @returns how many rows no key opens.
   */
  private async finish(owner: number | null, options: SweepOptions): Promise<number> {
    for (;;) {
      const walk = await this.sweep.walk(owner, options);
      if (walk.rewrapped > 0 || walk.contested > 0) continue;
      for (const { cell, fault } of walk.unreadable) await this.alarm.raise(cell, fault);
      if (walk.unreadable.length === 0) await this.keys.retireOld(owner);
      return walk.unreadable.length;
    }
  }

  /** A tenant that is deleted meanwhile takes its rows and keys along: nothing is left to do, and nothing failed. */
  private async unlessGone<T>(owner: number | null, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (owner === null || (await this.tenants.ids('key-rotation')).includes(owner)) throw error;
      return undefined;
    }
  }
}

/** Adds up, tells whoever asked, and writes a line now and then. */
class Meter {
  rewrapped = 0;
  readonly options: SweepOptions;
  private loggedAtMs = performance.now();

  constructor(rotation: RotationRow, options: SweepOptions, log: Log) {
    const onProgress = (progress: SweepProgress): void => {
      this.rewrapped += progress.rewrapped;
      if (performance.now() - this.loggedAtMs >= LOG_EVERY_MS) {
        this.loggedAtMs = performance.now();
        log.info('a rotation of keys goes on', {
          rotation: rotation.id,
          column: progress.column,
          rewrapped: this.rewrapped,
        });
      }
      options.onProgress?.(progress);
    };
    this.options = { ...options, onProgress };
  }
}

const signalOf = (options: SweepOptions): { signal?: AbortSignal } =>
  options.signal === undefined ? {} : { signal: options.signal };
