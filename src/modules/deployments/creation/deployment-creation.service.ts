import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { isWider, type Visibility } from '../../../core/access/visibility.js';
import { AppError, ForbiddenError, IllegalActionError, NotFoundError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { requirePermission, requireSystemPermission } from '../../../platform/access/require-permission.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { accountNamed } from '../../../platform/database/account-named.js';
import { assertIdIsFree, idExists, lockIds } from '../../../platform/database/global-ids.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { SystemExecutions } from '../../../platform/executions/system-executions.js';
import { StoredFiles } from '../../../platform/files/stored-files.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import type { DeployableBlueprint } from '../../blueprints/deployable-blueprints.service.js';
import { DeploymentAudit } from '../deployment-audit.js';
import { DeploymentViews } from '../deployment-views.js';
import { DEPLOYMENT_IDS, DeploymentsRepository, type DeploymentRow } from '../deployments.repository.js';
import { DeploymentLabels } from '../labels/deployment-labels.js';
import { CREATE_WORKFLOW } from './create-workflow.js';
import type { CreationRequest } from './creation-request.js';
import { CreationChecks } from './creation-checks.js';
import { creationFailed } from './creation-errors.js';
import { DeploymentCreationRepository } from './deployment-creation.repository.js';
import { deploymentFolderKey } from './deployment-files.js';
import { RestoredFolder } from './restored-folder.js';

/** How long a synchronous creation waits for its end, in ms (rest-api §3.2). */
const WAIT_MS = 120_000;

interface Accepted {
  readonly id: string;
  readonly request: CreationRequest;
  readonly blueprint: DeployableBlueprint;
  readonly visibility: Visibility;
  readonly creatorId: number;
  readonly siteStorageId: string | null;
  readonly filesKey: string;
}

/** `PUT /deployments/{id}` (rest-api §3.2). */
@Injectable()
export class DeploymentCreationService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: DeploymentCreationRepository,
    private readonly deployments: DeploymentsRepository,
    private readonly checks: CreationChecks,
    private readonly labels: DeploymentLabels,
    private readonly views: DeploymentViews,
    private readonly folder: RestoredFolder,
    private readonly files: StoredFiles,
    private readonly executions: SystemExecutions,
    private readonly audit: DeploymentAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a deployment, and unless it is asynchronous waits until what is in it is made.
   * @throws NotFoundError for blueprint and site, ConflictError when the id is taken, ForbiddenError, IllegalActionError;
   *   AppError deployment_creation_error, deployment_environment_creation_in_progress_error, those of inputs, secrets,
   *   plugins and parents
   */
  async create(
    ctx: TenantCtx,
    id: string,
    request: CreationRequest,
    { isAsync, include }: { readonly isAsync: boolean; readonly include: readonly string[] | null },
  ): Promise<Item> {
    const isRestored = request.workdir !== null;
    if (isRestored && isAsync) throw creationFailed('a restored deployment (`workdir_zip`) is not made asynchronously');
    judgeRestored(ctx, request);
    const accepted = await this.judge(ctx, id, request, isAsync);
    if (!isRestored) await this.checks.plan(ctx, accepted.blueprint, request);
    const commit = (): Promise<Committed> => this.commit(ctx, accepted, isRestored, include);
    const { executionId, atFirst, replaced } = isRestored
      ? await this.folder.withStored(accepted.filesKey, request.workdir, commit)
      : await commit();
    if (replaced) await this.files.removeNoted(deploymentFolderKey(replaced.filesKey));
    if (executionId === null) return atFirst;
    this.executions.wake();
    return isAsync ? atFirst : this.finished(ctx, id, executionId, include);
  }

  /** What is there, and what the caller may (rest-api §1.14, §3.2); in the order of the contract. */
  private async judge(ctx: TenantCtx, id: string, request: CreationRequest, isAsync: boolean): Promise<Accepted> {
    const blueprint = await this.checks.blueprint(ctx, request.blueprintId, isAsync);
    const visibility = visibilityIn(ctx, request, blueprint);
    return this.unitOfWork.run(ctx, async (ctx) => {
      const site = request.siteName === null ? null : await this.site(ctx, request.siteName, visibility);
      await this.replaceable(ctx, id, visibility);
      return {
        id,
        request,
        blueprint,
        visibility,
        creatorId: request.createdBy === null ? ctx.actor.userId : await accountNamed(ctx, request.createdBy),
        siteStorageId: site,
        filesKey: this.files.newKey(),
      };
    });
  }

  private async site(ctx: TenantCtx, name: string, visibility: Visibility): Promise<string> {
    const site = await this.repository.site(ctx, name);
    if (!site) throw new NotFoundError('Site', printable(name));
    if (isWider(visibility, site.visibility)) {
      throw new IllegalActionError(`The deployment's visibility ${visibility} is wider than that of its site ${name}`);
    }
    return site.storageId;
  }

  /**
   * Locks the id. Answers the deployment whose place is taken: one whose creation failed.
   * @throws ConflictError
   */
  private async replaceable(ctx: TenantCtx, id: string, visibility: Visibility): Promise<DeploymentRow | null> {
    const taken = (await lockIds(ctx, DEPLOYMENT_IDS, [id])).get(id);
    if (taken?.here !== true) {
      await assertIdIsFree(ctx, DEPLOYMENT_IDS, id, visibility);
      return null;
    }
    const own = await this.deployments.lockOwn(ctx, id);
    const creation = own && (await this.repository.creationOf(ctx, own.storageId));
    if (own && creation && (creation.status === 'failed' || creation.status === 'cancelled')) return own;
    throw idExists(ctx, DEPLOYMENT_IDS, id);
  }

  /** Row, labels, execution and record in one transaction. */
  private async commit(
    ctx: TenantCtx,
    accepted: Accepted,
    isRestored: boolean,
    include: readonly string[] | null,
  ): Promise<Committed> {
    const { id, request, visibility, creatorId } = accepted;
    return this.unitOfWork.run(ctx, async (ctx) => {
      const replaced = await this.replaceable(ctx, id, visibility);
      if (replaced) {
        await this.deployments.delete(ctx, replaced.storageId);
        await this.files.discard(ctx, deploymentFolderKey(replaced.filesKey));
      }
      const createdAt = request.createdAt ?? this.clock.now();
      const storageId = await this.repository.insert(ctx, {
        ...accepted,
        displayName: request.displayName ?? id,
        blueprintStorageId: accepted.blueprint.storageId,
        runtimeOnly: request.runtimeOnly,
        createdAt,
        restored: {
          ...request.restored,
          ...(isRestored ? { inputs: JSON.stringify(request.inputs) } : {}),
        },
      });
      if (isRestored) await this.folder.confirm(ctx, accepted.filesKey);
      await this.labels.add(ctx, { storageId, id }, request.labels, { creatorId, at: createdAt });
      await this.audit.record(ctx, {
        action: 'deployment.create',
        operation: 'create',
        storageId,
        id,
        details: { blueprint_id: accepted.blueprint.id, visibility, replaced: replaced !== null },
      });
      const executionId = isRestored ? null : await this.start(ctx, storageId, accepted);
      // Looked at before the commit: afterwards a worker may have taken it already.
      return { executionId, replaced, atFirst: await this.views.one(ctx, id, include) };
    });
  }

  private async start(
    ctx: TenantCtx,
    storageId: string,
    { id, request, blueprint, visibility }: Accepted,
  ): Promise<string> {
    const executionId = randomUUID();
    const execution = await this.executions.start(ctx, {
      id: executionId,
      workflowId: CREATE_WORKFLOW,
      parameters: {
        inputs: request.inputs,
        labels: request.labels,
        display_name: request.displayName,
        skip_plugins_validation: request.skipsPlugins,
        runtime_only_evaluation: request.runtimeOnly,
      },
      visibility,
      deployment: { storageId, id, displayName: request.displayName ?? id, blueprintId: blueprint.id },
    });
    await this.repository.setCreateExecution(ctx, storageId, execution);
    return executionId;
  }

  private async finished(
    ctx: TenantCtx,
    id: string,
    executionId: string,
    include: readonly string[] | null,
  ): Promise<Item> {
    if (!(await this.executions.waitForEnd(ctx, executionId, WAIT_MS))) {
      throw new AppError(
        'deployment_environment_creation_in_progress_error',
        `Deployment environment creation is still in progress for deployment ${id}; its execution is ${executionId}`,
      );
    }
    return this.unitOfWork.run(ctx, async (ctx) => {
      const own = await this.deployments.find(ctx, id);
      const creation = own && (await this.repository.creationOf(ctx, own.storageId));
      if (creation && creation.status !== 'terminated') {
        throw creationFailed(creation.error ?? `the creation of its environment ended as ${creation.status}`);
      }
      return this.views.one(ctx, id, include);
    });
  }
}

interface Committed {
  /** Null where nothing is to be made. */
  readonly executionId: string | null;
  readonly replaced: DeploymentRow | null;
  /** The deployment before anything is in it. */
  readonly atFirst: Item;
}

/** What was not asked for becomes no wider than the blueprint. @throws ForbiddenError, IllegalActionError */
function visibilityIn(ctx: TenantCtx, { visibility }: CreationRequest, blueprint: DeployableBlueprint): Visibility {
  if (visibility === null) return blueprint.visibility === 'private' ? 'private' : 'tenant';
  if (visibility === 'global') requirePermission(ctx, 'create_global_resource');
  if (!isWider(visibility, blueprint.visibility)) return visibility;
  const message = `The visibility of deployment can't be ${visibility}: that of its blueprint \`${blueprint.id}\` is ${blueprint.visibility}`;
  throw visibility === 'global' ? new ForbiddenError(message) : new IllegalActionError(message);
}

/** Restore-only fields ask for the system's rights (rest-api §1.19). @throws ForbiddenError */
function judgeRestored(ctx: TenantCtx, request: CreationRequest): void {
  const writesRow = request.workdir !== null || Object.keys(request.restored).length > 0;
  if (request.createdAt !== null || writesRow) requireSystemPermission(ctx, 'set_timestamp');
  if (request.createdBy !== null) requireSystemPermission(ctx, 'set_owner');
}
