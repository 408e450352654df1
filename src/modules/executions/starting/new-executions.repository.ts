import { Injectable } from '@nestjs/common';
import { isEnd, type ExecutionStatus } from '../../../core/executions/transitions.js';
import { ConflictError } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';
import type { StartableDeployment } from './startable-deployments.repository.js';

export interface NewWorkflowExecution {
  readonly id: string;
  readonly workflowId: string;
  readonly status: ExecutionStatus;
  /** `none`: a restored one, which nobody runs. */
  readonly engine: 'graph' | 'none';
  readonly mapping: string | null;
  /** JSON text. */
  readonly parameters: string;
  /** Null for one that is restored without its deployment. */
  readonly deployment: Pick<
    StartableDeployment,
    'storageId' | 'id' | 'displayName' | 'blueprintId' | 'visibility'
  > | null;
  readonly creatorId: number;
  readonly isDryRun: boolean;
  readonly isForced: boolean;
  readonly isSystemWorkflow: boolean;
  readonly allowCustomParameters: boolean;
  readonly waitAfterFail: number;
  readonly groupStorageId: string | null;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

@Injectable()
export class NewExecutionsRepository {
  /** Answers the internal number. @throws ConflictError when the tenant has an execution with this id */
  async insert(ctx: TenantCtx, execution: NewWorkflowExecution): Promise<string> {
    const { deployment, status } = execution;
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, engine, mapping, parameters,
           deployment_id, deployment_name, deployment_display_name, blueprint_name, is_dry_run, is_forced,
           is_system_workflow, allow_custom_parameters, wait_after_fail, execution_group_id, error, created_at, started_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
         RETURNING storage_id::text`,
        [
          execution.id,
          ctx.tenantId,
          execution.creatorId,
          deployment?.visibility ?? 'tenant',
          execution.workflowId,
          status,
          execution.engine,
          execution.mapping,
          execution.parameters,
          deployment?.storageId ?? null,
          deployment?.id ?? null,
          deployment?.displayName ?? null,
          deployment?.blueprintId ?? null,
          execution.isDryRun,
          execution.isForced,
          execution.isSystemWorkflow,
          execution.allowCustomParameters,
          execution.waitAfterFail,
          execution.groupStorageId,
          execution.error?.replaceAll('\0', '<NUL>') ?? null,
          execution.createdAt,
          execution.startedAt,
          execution.endedAt ?? (isEnd(status) ? execution.createdAt : null),
        ],
      );
      if (!row) throw new Error('An insert that returns its row returned none.');
      return row.storage_id;
    } catch (error) {
      if (violatedConstraint(error) !== 'execution_tenant_id_uq') throw error;
      throw new ConflictError(`\`Execution\` with ID \`${execution.id}\` already exists on this tenant`, {
        cause: error,
      });
    }
  }
}
