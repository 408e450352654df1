import type { Outbound } from '../outbound/outbound.js';
import type { Result } from '../../core/graph/state.js';
import type { CtxSubject } from './ctx/ctx-subject.js';
import type { CtxServer } from './ctx/ctx-server.js';
import type { CtxNode } from './ctx/resolve.js';
import type { Outcome } from './ctx/outcome.js';
import type { OperationFolders } from './files/operation-folders.js';
import type { OperationFiles } from './files/operation-files.js';
import type { AsUser } from './files/as-user.js';
import type { WebRequests } from './http/web-requests.js';
import type { OperationHost, OperationRequest } from './operation-dispatch.js';
import type { OperationLog } from './operation-log.js';
import type { OperationsSettings } from './operations-settings.js';
import type { Containment } from './process/containment.js';
import type { ProcessStarter } from './process/contained-process.js';

/** What every operation of a worker uses. */
export interface WorkerParts {
  readonly settings: OperationsSettings;
  readonly containment: Containment;
  readonly starter: ProcessStarter;
  readonly folders: OperationFolders;
  readonly server: CtxServer;
  readonly outbound: Outbound;
  readonly web: WebRequests;
}

/** One operation under way. */
export interface OperationRun {
  readonly worker: WorkerParts;
  readonly request: OperationRequest;
  readonly host: OperationHost;
  readonly log: OperationLog;
  readonly subject: CtxSubject;
  readonly outcome: Outcome;
  readonly ctx: CtxNode;
  /** Its own, removed afterwards. */
  readonly folder: string;
  readonly user: AsUser;
  readonly files: OperationFiles;
  /** Aborted by a kill and by its timeout. */
  readonly signal: AbortSignal;
}

/** One task of a built-in plugin. May throw OperationRefused. */
export type PluginTask = (run: OperationRun) => Promise<Result>;
