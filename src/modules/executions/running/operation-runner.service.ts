import { Injectable, Optional } from '@nestjs/common';
import { DslError } from '../../../core/dsl/diagnostics.js';
import { AppError } from '../../../core/errors/app-error.js';
import type { Result } from '../../../core/graph/state.js';
import type { Json, OperationAction } from '../../../core/graph/task.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { ExecutionTokens } from '../../../platform/executions/execution-tokens.js';
import { Log } from '../../../platform/logging/log.js';
import {
  OperationDispatch,
  type OperationHost,
  type OperationRequest,
} from '../../../platform/operations/operation-dispatch.js';
import { SecretMask } from '../../../platform/operations/secret-mask.js';
import {
  DeploymentRuntime,
  type PreparedOperation,
  type RunningDeployment,
} from '../../deployments/running/deployment-runtime.port.js';
import type { EventRecord } from '../events/event-writer.service.js';

/** The execution that operations run for. */
export interface OperationContext {
  readonly ctx: TenantCtx;
  readonly execution: { readonly storageId: string } & Pick<
    OperationRequest['execution'],
    'id' | 'workflowId' | 'parameters'
  >;
  readonly deployment: RunningDeployment;
}

export interface OperationToRun {
  readonly taskId: string;
  readonly action: OperationAction;
  readonly retries: number;
  readonly maxRetries: number;
  /** An earlier worker may have begun it (agent-protocol §7). */
  readonly isResumed: boolean;
}

export interface OperationListener {
  readonly signal: AbortSignal;
  started(): void;
  /** Resolves when there is room for more. */
  record(record: EventRecord): Promise<void>;
}

/** Runs one operation: reads it, sends it, and answers how it ended, values of secrets hidden. Never throws. */
@Injectable()
export class OperationRunner {
  constructor(
    private readonly runtime: DeploymentRuntime,
    private readonly dispatch: OperationDispatch,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly log: Log,
    /** Without it nobody can be asked over the API: an operation that wants to is told so. */
    @Optional() private readonly tokens?: ExecutionTokens,
  ) {}

  async run(context: OperationContext, operation: OperationToRun, listener: OperationListener): Promise<Result> {
    const { ctx, deployment } = context;
    try {
      const prepared = await this.runtime.prepare(ctx, deployment.storageId, operation.action);
      if (listener.signal.aborted) return { kind: 'recoverable', cause: 'The operation was stopped', after: null };
      const mask = new SecretMask(prepared.secretValues);
      const result = await this.dispatch.run(
        requestOf(context, operation, prepared),
        this.hostOf(context, operation.action, mask, listener),
        { signal: listener.signal, started: () => listener.started() },
      );
      return hidden(result, mask);
    } catch (error) {
      if (error instanceof AppError || error instanceof DslError) {
        return { kind: 'non-recoverable', cause: error.message };
      }
      this.log.error('an operation could not be run', { executionId: context.execution.id, error });
      const cause = `Internal error; the manager's log has the details under the execution's id ${context.execution.id}`;
      return { kind: 'recoverable', cause, after: null };
    }
  }

  private hostOf(
    { ctx, deployment, execution }: OperationContext,
    action: OperationAction,
    mask: SecretMask,
    listener: OperationListener,
  ): OperationHost {
    const base = this.runtime.hostOf(ctx, deployment.storageId);
    const about: Partial<EventRecord> =
      action.relationship === undefined
        ? { operation: action.operation, instance: action.instance }
        : { operation: action.operation, source: action.instance, target: action.relationship.target };
    return {
      log: (level, logger, message) =>
        listener.record({
          ...about,
          type: 'cloudify_log',
          logger,
          level,
          message: mask.hide(message),
          at: this.clock.now(),
        }),
      event: (message) =>
        listener.record({
          ...about,
          type: 'cloudify_event',
          eventType: 'plugin_event',
          message: mask.hide(message),
          at: this.clock.now(),
        }),
      runtimeProperties: (id) => base.runtimeProperties(id),
      saveRuntimeProperties: (id, changed) => base.saveRuntimeProperties(id, changed),
      instance: (id) => base.instance(id),
      resource: (path) => base.resource(path),
      workFolder: () => base.workFolder(),
      token: async () => {
        const token = await this.token(ctx, execution.storageId);
        mask.learn([token]);
        return token;
      },
    };
  }

  private token(ctx: TenantCtx, executionStorageId: string): Promise<string> {
    const { tokens } = this;
    if (!tokens) throw new AppError('forbidden_error', 'Executions have no tokens here');
    return this.unitOfWork.run(ctx, (ctx) => tokens.mint(ctx, executionStorageId));
  }
}

function requestOf(
  { ctx, execution, deployment }: OperationContext,
  { taskId, action, retries, maxRetries, isResumed }: OperationToRun,
  { operation, inputs, secretValues, subject, pluginProperties }: PreparedOperation,
): OperationRequest {
  return {
    taskId,
    execution: {
      id: execution.id,
      workflowId: execution.workflowId,
      tenantId: ctx.tenantId,
      tenantName: ctx.tenantName,
      creator: ctx.actor.username,
      parameters: execution.parameters,
    },
    deployment: {
      id: deployment.id,
      displayName: deployment.displayName,
      creator: deployment.creator,
      blueprintId: deployment.blueprintId,
      resourceTags: deployment.resourceTags,
    },
    operation: {
      name: action.operation,
      plugin: operation.plugin,
      pluginProperties,
      task: operation.operation,
      executor: executorOf(operation.executor, subject),
      retryNumber: retries,
      maxRetries,
      timeoutSeconds: secondsOf(operation.timeout),
      timeoutRecoverable: operation.timeout_recoverable ?? false,
      isResumed,
    },
    inputs,
    secretValues,
    subject,
  };
}

/** orchestration §8 step 5: `auto` is the agent of the host where there is one. */
function executorOf(
  executor: string | null,
  subject: OperationRequest['subject'],
): OperationRequest['operation']['executor'] {
  if (executor === 'host_agent') return 'host_agent';
  if (executor !== 'auto') return 'central_deployment_agent';
  const instance =
    subject.kind === 'node-instance' ? subject.instance : subject.side === 'source' ? subject.source : subject.target;
  return instance.hostId === null ? 'central_deployment_agent' : 'host_agent';
}

function secondsOf(value: unknown): number | null {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

function hidden(result: Result, mask: SecretMask): Result {
  return result.kind === 'success'
    ? { kind: 'success', value: hiddenIn(result.value, mask) }
    : { ...result, cause: mask.hide(result.cause) };
}

function hiddenIn(value: Json, mask: SecretMask): Json {
  if (typeof value === 'string') return mask.hide(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each: Json) => hiddenIn(each, mask));
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, Json>>).map(([key, each]) => [
      mask.hide(key),
      hiddenIn(each, mask),
    ]),
  );
}
