import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ConflictError } from '../../core/errors/app-error.js';
import { AuditSink } from '../audit/audit-sink.js';
import { systemCtx } from '../context/ctx.js';
import { Log } from '../logging/log.js';
import { KeyStatusReader, type KeyStatus } from './key-status.js';
import { RootKeyRotation } from './root-key-rotation.js';
import { RootKeys } from './root-keys.js';
import { RotationJournal } from './rotation-journal.js';
import { TenantKeyRotation, type RotateOptions, type RotationResult } from './tenant-key-rotation.js';

/**
 * Rotation of keys, online, by one rotator at a time whoever starts it (security-design §4). One that was killed is
 * resumed by the next start of a server, or by rotating again.
 */
@Injectable()
export class KeyRotation implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly shutdown = new AbortController();
  /** What the start of this process takes up again; null once that is done, as a rule before anybody asks. */
  private resuming: Promise<RotationResult | undefined> | null = null;

  constructor(
    private readonly journal: RotationJournal,
    private readonly tenantRotation: TenantKeyRotation,
    private readonly rootRotation: RootKeyRotation,
    private readonly rootKeys: RootKeys,
    private readonly statusReader: KeyStatusReader,
    private readonly log: Log,
    private readonly modules: ModuleRef,
  ) {}

  onApplicationBootstrap(): void {
    this.resuming = this.resume({ signal: this.shutdown.signal })
      .catch((error: unknown) => {
        if (this.shutdown.signal.aborted || error instanceof ConflictError) return undefined; // another replica is at it
        this.log.error('an interrupted rotation of keys could not be resumed', {
          reason: error instanceof Error ? error.message : 'unknown',
        });
        return undefined;
      })
      .finally(() => {
        this.resuming = null;
      });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.shutdown.abort(new Error('The process is stopping.'));
    await this.resuming;
  }

  /**
   * Gives each owner in scope a new key version and brings every row under it. Finishes an interrupted rotation first,
   * and is content with that when it had the same scope.
   * @throws ConflictError while another rotation runs.
   */
  async rotateTenantKeys(options: RotateOptions = {}): Promise<RotationResult> {
    // What this very process is finishing since its start is ours to wait for, not somebody else's rotation.
    const resumed = await this.resuming;
    if (resumed?.scope === (options.scope ?? 'all')) return resumed;
    return this.rotateTenants(options);
  }

  private async rotateTenants(options: RotateOptions): Promise<RotationResult> {
    const scope = options.scope ?? 'all';
    return this.journal.exclusively(async () => {
      const unfinished = await this.journal.unfinished();
      if (unfinished !== undefined) {
        const resumed = await this.tenantRotation.complete(unfinished, options);
        await this.recorded('tenant', { ...resumed });
        if (unfinished.scope === scope) return resumed;
      }
      const result = await this.tenantRotation.complete(await this.journal.begin(scope), options);
      await this.recorded('tenant', { ...result });
      return result;
    });
  }

  /**
   * Replaces the root key and wraps every key anew.
   * @returns how many keys were wrapped.
   * @throws ConflictError while another rotation runs.
   */
  async rotateRootKey(): Promise<number> {
    await this.resuming;
    return this.rotateRoot();
  }

  private async rotateRoot(): Promise<number> {
    return this.journal.exclusively(async () => {
      const keys = await this.rootRotation.run();
      this.log.info('the root key was rotated', { active: this.rootKeys.active().label, keys });
      await this.recorded('root', { keys });
      return keys;
    });
  }

  /** Goes on with what a kill interrupted; takes no lock when there is no such thing. */
  async resumeInterrupted(options: RotateOptions = {}): Promise<void> {
    await this.resume(options);
  }

  private async resume(options: RotateOptions): Promise<RotationResult | undefined> {
    await this.rootKeys.load();
    const unfinished = await this.journal.unfinished();
    const result =
      unfinished === undefined ? undefined : await this.rotateTenants({ ...options, scope: unfinished.scope });
    if (this.rootKeys.isFileBased && this.rootKeys.hasForerunners()) await this.rotateRoot();
    return result;
  }

  /** Looked up late: the audit itself takes its keys from here. */
  private async recorded(kind: 'tenant' | 'root', details: Readonly<Record<string, unknown>>): Promise<void> {
    await this.modules.get(AuditSink, { strict: false }).record(systemCtx('key-rotation'), {
      action: 'keys.rotate',
      operation: 'update',
      outcome: 'success',
      refTable: null,
      refId: null,
      details: { kind, ...details },
    });
  }

  async status(): Promise<KeyStatus> {
    return this.statusReader.read();
  }
}
