import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Log } from '../../../platform/logging/log.js';
import { AuditBell } from '../audit-bell.js';
import { AuditSettings } from '../audit-settings.js';
import { AuditTail } from '../api/audit-tail.js';
import { FileFollower } from '../file/file-follower.js';
import { AuditElectionRepository } from './audit-election.repository.js';
import { AuditSealer } from './audit-sealer.js';

/** Other processes write records too, and do not ring our bell. */
const LOOK_EVERY_MS = 1_000;
/** After a ring: long enough that a burst is sealed in one batch, short enough that nobody waits for it. */
const RING_DELAY_MS = 100;
/** While the database or the file is down. */
const RETRY_MS = 5_000;

/**
 * Seals, signs and writes the audit file, in the one process that is elected; the others stand by. Everything it does
 * can be done again: it goes on from what the database says.
 */
@Injectable()
export class AuditWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private isStopped = false;
  private hasRung = false;

  constructor(
    private readonly election: AuditElectionRepository,
    private readonly sealer: AuditSealer,
    private readonly follower: FileFollower,
    private readonly tail: AuditTail,
    private readonly bell: AuditBell,
    private readonly settings: AuditSettings,
    private readonly log: Log,
  ) {}

  /** @throws Error that names the path, when the audit file cannot be written: the manager does not start. */
  async onApplicationBootstrap(): Promise<void> {
    if (!this.settings.isWorker) return;
    await this.follower.assertWritable();
    this.bell.onRing(() => this.onRing());
    this.schedule(0);
  }

  /** Seals and signs what there is and steps down; the database is closed only after this. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  async stop(): Promise<void> {
    if (this.isStopped || !this.settings.isWorker) return;
    this.isStopped = true;
    this.bell.onRing(null);
    if (this.timer) clearTimeout(this.timer);
    await this.running;
    try {
      if (await this.election.isElected()) {
        await this.sealer.sealAll();
        await this.sealer.checkpointIfDue({ isForced: true });
        await this.follower.catchUp();
      }
    } catch (error) {
      this.log.warn('the last audit records are not sealed yet; the next start seals them', { error });
    }
    await this.follower.release();
    await this.election.resign();
  }

  /** One round: what the timer does. */
  async round(): Promise<void> {
    if (!(await this.election.isElected())) {
      await this.follower.release();
      await this.follower.observe();
      return;
    }
    await this.sealer.sealAll(async (sealed) => {
      this.follower.offer(sealed);
      await this.sealer.checkpointIfDue();
      this.tail.advance();
    });
    await this.sealer.checkpointIfDue();
    await this.follower.catchUp();
  }

  private onRing(): void {
    if (this.hasRung || this.isStopped) return;
    this.hasRung = true;
    if (!this.running) this.schedule(RING_DELAY_MS);
  }

  private schedule(delayMs: number): void {
    if (this.isStopped) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), delayMs);
    this.timer.unref();
  }

  private run(): void {
    this.hasRung = false;
    this.running = this.round()
      .then(
        () => (this.hasRung ? RING_DELAY_MS : LOOK_EVERY_MS),
        (error: unknown) => {
          this.log.error('audit records cannot be sealed; they wait in the database', {
            error,
            file: this.settings.file,
          });
          return RETRY_MS;
        },
      )
      .then((delayMs) => {
        this.running = null;
        this.schedule(delayMs);
      });
  }
}
