import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../../core/errors/app-error.js';
import type { Result } from '../../core/graph/state.js';
import { AppConfig } from '../config/config.js';
import { Log } from '../logging/log.js';
import { Outbound } from '../outbound/outbound.js';
import { asError } from './ctx/ctx-calls.js';
import { CtxServer } from './ctx/ctx-server.js';
import { CtxSubject } from './ctx/ctx-subject.js';
import { ctxTree } from './ctx/ctx-tree.js';
import { Outcome } from './ctx/outcome.js';
import { AsUser } from './files/as-user.js';
import { OperationFiles } from './files/operation-files.js';
import { OperationFolders } from './files/operation-folders.js';
import { WorkFolder } from './files/work-folder.js';
import { WebRequests } from './http/web-requests.js';
import { OperationDispatch, type OperationHost, type OperationRequest } from './operation-dispatch.js';
import { OperationLog } from './operation-log.js';
import { OperationRefused } from './operation-refused.js';
import type { OperationRun, WorkerParts } from './operation-run.js';
import { settingsOf, type OperationsSettings } from './operations-settings.js';
import { findContainment, type Containment } from './process/containment.js';
import { ProcessStarter } from './process/contained-process.js';
import { findTask } from './plugins.js';
import { renderTemplate } from './template/render-template.js';
import { SecretMask } from './secret-mask.js';

interface RunOptions {
  readonly signal: AbortSignal;
  readonly started: () => void;
}

/**
 * Runs operations of built-in plugins on this host, in child processes of the worker: each in a folder and, where the
 * kernel allows, a PID namespace of its own.
 */
@Injectable()
export class LocalDispatch extends OperationDispatch implements OnModuleDestroy {
  protected readonly settings: OperationsSettings;
  private opened: Promise<WorkerParts> | null = null;
  /** By task id: what is sent again while it runs is the same operation. */
  private readonly running = new Map<string, Promise<Result>>();

  constructor(
    config: AppConfig,
    private readonly outbound: Outbound,
    private readonly log: Log,
  ) {
    super();
    this.settings = settingsOf(config);
  }

  override run(request: OperationRequest, host: OperationHost, options: RunOptions): Promise<Result> {
    const known = this.running.get(request.taskId);
    if (known !== undefined) return known;
    const result = this.runMasked(request, host, options).finally(() => this.running.delete(request.taskId));
    this.running.set(request.taskId, result);
    return result;
  }

  /** Ends what is running, and removes the folders. */
  async onModuleDestroy(): Promise<void> {
    const opening = this.opened;
    this.opened = null;
    const worker = await opening?.catch(() => null);
    if (worker === null || worker === undefined) return;
    await worker.starter.close();
    await Promise.allSettled(this.running.values());
    await worker.server.close();
    await worker.folders.close();
  }

  private async runMasked(request: OperationRequest, host: OperationHost, options: RunOptions): Promise<Result> {
    const mask = new SecretMask(request.secretValues);
    const result = await this.runWithin(request, guarded(host, mask, this.log), mask, options);
    return result.kind === 'success' ? result : { ...result, cause: mask.hide(result.cause) };
  }

  private async runWithin(
    request: OperationRequest,
    host: OperationHost,
    mask: SecretMask,
    { signal, started }: RunOptions,
  ): Promise<Result> {
    const seconds = timeLimit(request, this.settings);
    const timeout = new AbortController();
    const timer = seconds === null ? null : setTimeout(() => timeout.abort(), Math.ceil(seconds * 1_000));
    const ended = AbortSignal.any([signal, timeout.signal]);
    const failure = (error: unknown): Result => {
      if (signal.aborted) return { kind: 'non-recoverable', cause: `${request.operation.name} was killed` };
      if (timeout.signal.aborted) return timedOut(request, seconds ?? 0);
      if (error instanceof OperationRefused) return { kind: 'non-recoverable', cause: error.message };
      if (error instanceof AppError) return { kind: 'recoverable', cause: error.message, after: null };
      this.log.error('an operation could not be run', { taskId: request.taskId, reason: asError(error).message });
      return { kind: 'recoverable', cause: 'the worker could not run the operation; its log says why', after: null };
    };
    try {
      signal.throwIfAborted();
      const task = findTask(request, this.settings);
      const worker = await this.worker();
      assertIsolated(worker, request);
      const result = await this.inFolder(worker, request, host, mask, ended, (run) => {
        started();
        return task(run);
      });
      return ended.aborted ? failure(null) : result;
    } catch (error) {
      return failure(error);
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  }

  private async inFolder(
    worker: WorkerParts,
    request: OperationRequest,
    host: OperationHost,
    mask: SecretMask,
    signal: AbortSignal,
    task: (run: OperationRun) => Promise<Result>,
  ): Promise<Result> {
    const folder = await worker.folders.make();
    await worker.folders.give(folder);
    const log = new OperationLog(request, host, mask, this.settings.outputBytes, (error) =>
      this.lineLost(request, error),
    );
    const over = new AbortController();
    const user = new AsUser(worker.containment, folder, AbortSignal.any([signal, over.signal]));
    const work = new WorkFolder(
      host,
      this.settings.user,
      worker.containment.isolation !== 'none',
      folder,
      worker.folders.root,
    );
    const subject = new CtxSubject(request, host);
    const outcome = new Outcome();
    const files = new OperationFiles(host, user, work, folder, async (template, variables) =>
      renderTemplate(template, variables, ctx),
    );
    const { manager } = this.settings;
    const ctx = ctxTree({ request, host, subject, outcome, log, files, manager, folder });
    const run: OperationRun = { worker, request, host, log, subject, outcome, ctx, folder, user, files, signal };
    try {
      const result = await task(run).catch((error: unknown) => {
        if (error instanceof OperationRefused) return { kind: 'non-recoverable' as const, cause: error.message };
        throw error;
      });
      if (signal.aborted) return result;
      await log.settled();
      return await this.flushed(subject, result);
    } finally {
      over.abort();
      // Also of what was ended: tools keep their state there.
      await work.takeOver().catch((error: unknown) => this.filesLost(request, error));
      await worker.folders
        .remove(folder)
        .catch((error: unknown) =>
          this.log.warn('the folder of an operation could not be removed', { reason: asError(error).message }),
        );
    }
  }

  /** What was changed before a failure is kept, too (script-plugin §3.7). */
  private async flushed(subject: CtxSubject, result: Result): Promise<Result> {
    try {
      await subject.flush();
      return result;
    } catch (error) {
      if (result.kind !== 'success') return result;
      const cause = `the runtime properties could not be stored: ${asError(error).message}`;
      return { kind: 'recoverable', cause, after: null };
    }
  }

  private lineLost(request: OperationRequest, error: unknown): void {
    this.log.warn('a log line of an operation was lost', { taskId: request.taskId, reason: asError(error).message });
  }

  private filesLost(request: OperationRequest, error: unknown): void {
    this.log.warn('files of an operation were lost', { taskId: request.taskId, reason: asError(error).message });
  }

  private worker(): Promise<WorkerParts> {
    this.opened ??= this.open().catch((error: unknown) => {
      this.opened = null; // the next operation tries again
      throw error;
    });
    return this.opened;
  }

  private async contained(folders: OperationFolders): Promise<Containment> {
    const { user, limits, places, isolation, containment } = this.settings;
    const probe = await folders.make();
    await folders.give(probe);
    try {
      return await findContainment({
        user,
        limits,
        places,
        hides: isolation !== 'off',
        force: containment,
        folders: { home: folders.home, tools: folders.tools, probe },
      });
    } finally {
      await folders.remove(probe);
    }
  }

  private async open(): Promise<WorkerParts> {
    const { settings } = this;
    const folders = await OperationFolders.open(settings.folder, settings.user);
    const containment = await this.contained(folders);
    const { kind, isolation, missing, reason } = containment;
    const details = { containment: kind, isolation, user: settings.user?.uid ?? process.getuid?.() ?? null };
    if (kind === 'marked' || isolation === 'none' || missing.length > 0) {
      this.log.warn('operations run with less than they should', { ...details, missing, reason });
    } else this.log.info('operations run in namespaces of their own', details);
    return {
      settings,
      starter: new ProcessStarter(containment),
      folders,
      containment,
      server: new CtxServer(),
      outbound: this.outbound,
      web: new WebRequests(settings.outbound),
    };
  }
}

const REMEDIES =
  'Run the manager as root, so that operations run as operations_user; or allow user namespaces with mounts on this host; ' +
  'or set operations_isolation: best-effort, if everybody who may upload blueprints is trusted with all of the manager';

/** Plugins that run nothing on this host need no isolation. */
function assertIsolated({ containment, settings }: WorkerParts, { operation }: OperationRequest): void {
  if (containment.isolation !== 'none' || settings.isolation !== 'required' || operation.plugin === 'http') return;
  throw new OperationRefused(
    `operations cannot be kept from the manager's keys and data here (${containment.reason ?? 'unknown'}), and ` +
      `operations_isolation is required. ${REMEDIES}`,
  );
}

function timeLimit({ operation }: OperationRequest, { maxSeconds }: OperationsSettings): number | null {
  const limits = [operation.timeoutSeconds ?? 0, maxSeconds].filter((seconds) => seconds > 0);
  // No timer of Node's is longer than 24 days.
  return limits.length === 0 ? null : Math.min(...limits, 2_000_000);
}

function timedOut({ operation }: OperationRequest, seconds: number): Result {
  const cause = `${operation.name} took longer than ${seconds} seconds and was ended`;
  return operation.timeoutRecoverable
    ? { kind: 'recoverable', cause, after: null }
    : { kind: 'non-recoverable', cause };
}

/** What the manager's own failures say is for its log; operations, and whoever reads what they print, are told so. */
function guarded(host: OperationHost, mask: SecretMask, log: Log): OperationHost {
  const guard = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AppError) throw error;
      log.error('an operation could not be served', { what, reason: asError(error).message });
      throw new Error(`the manager could not do this (${what}); its log says why`, { cause: error });
    }
  };
  return {
    log: (level, logger, message) => host.log(level, logger, message),
    event: (message) => host.event(message),
    runtimeProperties: (id) => guard('runtime properties', () => host.runtimeProperties(id)),
    saveRuntimeProperties: (id, changed) => guard('runtime properties', () => host.saveRuntimeProperties(id, changed)),
    instance: (id) => guard('node instance', () => host.instance(id)),
    resource: (path) => guard('resource', () => host.resource(path)),
    workFolder: () => guard('work folder', () => host.workFolder()),
    token: async () => {
      const token = await guard('token', () => host.token());
      mask.learn([token]); // whoever reads it in a log could act as this execution
      return token;
    },
    ...(host.resourceFiles === undefined
      ? {}
      : { resourceFiles: (path: string) => guard('resource', async () => (await host.resourceFiles?.(path)) ?? null) }),
  };
}
