import { Injectable } from '@nestjs/common';
import type { Listing } from '../../../core/listing/listing.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';
import { pageStatement, type Condition } from '../../../platform/listing/list-query.js';
import type { ListSource } from '../../../platform/listing/list-source.js';
import { DEPLOYMENT_LIST } from '../deployment-list.js';

/** Workflows as they are stored, and the deployments that have exactly these. */
export interface WorkflowGroup {
  /** JSON text; null while they are being made. */
  readonly workflows: string | null;
  readonly storageIds: readonly string[];
}

const SOURCE: ListSource = {
  ...DEPLOYMENT_LIST,
  fields: {
    ...DEPLOYMENT_LIST.fields,
    stored_workflows: { kind: 'json', sql: 'r.workflows::text' },
    number: { kind: 'json', sql: 'r.storage_id' },
  },
};

@Injectable()
export class FoundWorkflowsRepository {
  /** Of the matching deployments, whatever the page; the oldest first. Deployments of a blueprint share theirs as a rule. */
  async groups(ctx: ReachCtx, listing: Listing, extra: readonly Condition[]): Promise<readonly WorkflowGroup[]> {
    const { text, parameters } = pageStatement(
      ctx,
      SOURCE,
      { ...listing, include: ['stored_workflows', 'number'], sort: [] },
      { extra, limit: null, offset: 0 },
    );
    return queryRows<WorkflowGroup>(
      ctx,
      `SELECT f.stored_workflows AS workflows, array_agg(f.number::text ORDER BY f.number) AS "storageIds"
         FROM (${text}) AS f GROUP BY 1 ORDER BY min(f.number)`,
      parameters,
    );
  }
}
