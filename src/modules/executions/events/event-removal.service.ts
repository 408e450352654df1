import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { FileStore, type Staging } from '../../../platform/files/file-store.js';
import { conditionsOf } from './event-list.js';
import type { EventQuery } from './event-query.js';
import { EventsRepository } from './events.repository.js';

const BATCH_ROWS = 5_000;
/** Where removed events are kept that somebody wanted kept: JSON lines, one file for each removal. */
const FOLDER = 'removed-events';

/** Removes events of deployments because a user asks for it (rest-api §3.9). */
@Injectable()
export class EventRemovalService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: EventsRepository,
    private readonly files: FileStore,
    private readonly audit: AuditSink,
  ) {}

  /**
   * Answers how many. With `store` they are in a file before they are gone.
   * @throws BadParametersError without a deployment, or unless events are among the types
   */
  async remove(ctx: TenantCtx, query: EventQuery, store: boolean): Promise<number> {
    const deployments = query.equalities.find(({ key }) => key === 'deployment_id')?.values ?? [];
    if (deployments.length === 0) throw new BadParametersError('`deployment_id` is required');
    const { types } = query;
    if (types === null || !types.includes('cloudify_event'))
      throw new BadParametersError('`type` must be given, with at least `cloudify_event`');
    const conditions = conditionsOf({
      ...query,
      equalities: query.equalities.filter(({ key }) => key !== 'deployment_id'),
    });
    const request = { deployments, types, conditions };

    const kept = store ? await KeptEvents.begin(this.files) : null;
    try {
      return await this.unitOfWork.run(ctx, async (ctx) => {
        await kept?.restart();
        let removed = 0;
        for (;;) {
          const rows = await this.repository.removeSome(ctx, request, BATCH_ROWS);
          await kept?.add(rows);
          removed += rows.length;
          if (rows.length < BATCH_ROWS) break;
        }
        const file = removed > 0 ? await kept?.publish() : undefined;
        await this.audit.record(ctx, {
          action: 'event.delete',
          operation: 'delete',
          outcome: 'success',
          refTable: 'events',
          refId: null,
          refIdentifier: { tenant_id: ctx.tenantId },
          details: { deployments, types, removed, ...(file === undefined ? {} : { file }) },
        });
        return removed;
      });
    } catch (error) {
      await kept?.withdraw();
      throw error;
    } finally {
      await kept?.discard();
    }
  }
}

/** A file that is published before the rows are gone, and taken back when they stay after all. */
class KeptEvents {
  private readonly key = `${FOLDER}/${randomUUID()}.jsonl`;
  private isPublished = false;

  private constructor(
    private readonly files: FileStore,
    private readonly staging: Staging,
    private handle: FileHandle | null = null,
  ) {}

  private get path(): string {
    return path.join(this.staging.path, 'events');
  }

  static async begin(files: FileStore): Promise<KeptEvents> {
    return new KeptEvents(files, await files.stage());
  }

  /** The transaction may be tried again. */
  async restart(): Promise<void> {
    await this.withdraw();
    await this.handle?.close();
    this.handle = await open(this.path, 'w', 0o600);
  }

  async add(rows: readonly string[]): Promise<void> {
    if (rows.length > 0) await this.handle?.appendFile(`${rows.join('\n')}\n`);
  }

  async publish(): Promise<string> {
    await this.handle?.sync();
    await this.files.publishFile(this.path, this.key);
    this.isPublished = true;
    return this.key;
  }

  async withdraw(): Promise<void> {
    if (this.isPublished) await this.files.remove(this.key);
    this.isPublished = false;
  }

  async discard(): Promise<void> {
    await this.handle?.close();
    await this.staging.discard();
  }
}
