import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { advisoryLockKeys } from '../../../platform/database/advisory-locks.js';

/**
 * Which process seals: the one whose connection holds the lock. It is gone with the connection, so a process that dies
 * needs nobody to notice.
 */
@Injectable()
export class AuditElectionRepository {
  private holder: QueryRunner | null = null;

  constructor(private readonly dataSource: DataSource) {}

  /** Are we the elected process? Asks the database each time: the connection may have been lost meanwhile. */
  async isElected(): Promise<boolean> {
    return this.holder ? this.stillHolds(this.holder) : this.stand();
  }

  /** Steps down, so that another process can go on at once. */
  async resign(): Promise<void> {
    const { holder } = this;
    this.holder = null;
    if (!holder) return;
    // A connection that cannot be asked has no lock any more, and the pool throws it away.
    await holder.query('SELECT pg_advisory_unlock($1, $2)', advisoryLockKeys('auditSealer')).catch(() => undefined);
    await holder.release().catch(() => undefined);
  }

  private async stand(): Promise<boolean> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const rows: { readonly elected: boolean }[] = await runner.query(
        'SELECT pg_try_advisory_lock($1, $2) AS elected',
        advisoryLockKeys('auditSealer'),
      );
      if (rows[0]?.elected === true) {
        this.holder = runner;
        return true;
      }
    } catch (error) {
      await runner.release().catch(() => undefined);
      throw error;
    }
    await runner.release();
    return false;
  }

  private async stillHolds(holder: QueryRunner): Promise<boolean> {
    try {
      await holder.query('SELECT 1');
      return true;
    } catch {
      await this.resign();
      return false;
    }
  }
}
