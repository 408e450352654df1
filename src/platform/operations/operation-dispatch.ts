import type { Json } from '../../core/graph/task.js';
import type { Result } from '../../core/graph/state.js';

/** One end of a relationship, or the only instance of an operation: a node instance and its node. */
export interface OperationInstance {
  /** Of the node instance. */
  readonly id: string;
  readonly nodeId: string;
  readonly nodeType: string;
  readonly typeHierarchy: readonly string[];
  readonly hostId: string | null;
  readonly index: number | null;
  /** Functions evaluated. */
  readonly properties: Readonly<Record<string, Json>>;
  readonly scalingGroups: readonly { readonly name: string; readonly id: string }[];
  readonly relationships: readonly {
    readonly type: string;
    readonly typeHierarchy: readonly string[];
    readonly targetId: string;
    readonly targetNodeId: string;
  }[];
}

/** What an operation is about (script-plugin §4, agent-protocol §3.1). */
export interface OperationRequest {
  /** The operation on the wire; the same when it is sent again. A dispatcher that has it already does nothing. */
  readonly taskId: string;
  readonly execution: {
    readonly id: string;
    readonly workflowId: string;
    readonly tenantId: number;
    readonly tenantName: string;
    readonly creator: string;
    readonly parameters: Readonly<Record<string, Json>>;
  };
  readonly deployment: {
    readonly id: string;
    readonly displayName: string;
    readonly creator: string;
    readonly blueprintId: string;
    readonly resourceTags: Readonly<Record<string, Json>>;
  };
  readonly operation: {
    /** `cloudify.interfaces.lifecycle.create` */
    readonly name: string;
    readonly plugin: string;
    readonly pluginProperties: Readonly<Record<string, Json>>;
    /** `script_runner.tasks.run` */
    readonly task: string;
    readonly executor: 'host_agent' | 'central_deployment_agent';
    /** How often it was tried before. */
    readonly retryNumber: number;
    /** −1 is without end. */
    readonly maxRetries: number;
    /** Seconds; null is without limit. */
    readonly timeoutSeconds: number | null;
    readonly timeoutRecoverable: boolean;
    /** True when an earlier worker may have begun it already: what cannot be begun twice is refused (agent-protocol §7). */
    readonly isResumed: boolean;
  };
  /** Functions evaluated; may hold values of secrets: never to be written anywhere but to the operation itself. */
  readonly inputs: Readonly<Record<string, Json>>;
  /** Values of secrets among the inputs and properties: masked in whatever the operation prints or answers as error. */
  readonly secretValues: readonly string[];
  readonly subject:
    | { readonly kind: 'node-instance'; readonly instance: OperationInstance }
    | {
        readonly kind: 'relationship-instance';
        readonly side: 'source' | 'target';
        readonly source: OperationInstance;
        readonly target: OperationInstance;
      };
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'critical';

/** Runtime properties as they are stored, with the version to send back when they are changed. */
export interface StoredRuntimeProperties {
  readonly version: number;
  readonly properties: Readonly<Record<string, Json>>;
}

/**
 * What the manager does for an operation while it runs. Each call acts with the rights of the execution, and only for the
 * deployment of the request; who gives it checks that.
 */
export interface OperationHost {
  /** Lines of one operation arrive in order; may wait, so that a flood of lines slows its process, not the manager. */
  log(level: LogLevel, logger: string, message: string): Promise<void>;
  /** Event type `plugin_event`. */
  event(message: string): Promise<void>;
  runtimeProperties(instanceId: string): Promise<StoredRuntimeProperties>;
  /**
   * Replaces them as a whole; answers the new version.
   * @throws ConflictError when they were changed since that version was read
   */
  saveRuntimeProperties(instanceId: string, changed: StoredRuntimeProperties): Promise<number>;
  /** Another instance of the deployment, for `relationships[n].target`; null when it is not there. */
  instance(id: string): Promise<OperationInstance | null>;
  /**
   * A file by the lookup of agent-protocol §10: the deployment's folder, its blueprint's, then shared resources.
   * Answers null when it is nowhere. The caller closes the stream.
   */
  resource(path: string): Promise<NodeJS.ReadableStream | null>;
  /**
   * Paths of all files below a folder that is found in the same way, relative to it; null when it is nowhere. Optional:
   * without it `ctx download-directory` is refused.
   */
  resourceFiles?(path: string): Promise<readonly string[] | null>;
  /** The absolute folder of the deployment's files, shared by its operations. */
  workFolder(): Promise<string>;
  /** A token for the execution, made when first asked for (security-design §1 row 6). */
  token(): Promise<string>;
}

/**
 * A port: sends operations to whoever runs them. Today they run in child processes of the worker; a broker for agents is
 * another one of these.
 */
export abstract class OperationDispatch {
  /**
   * Answers how it ended; resolves once, and is never rejected by what an operation does. `started` is called when it has
   * truly begun.
   * @param signal aborted by a kill, and when the worker stops: the operation and all its processes are ended within 5 s, and
   * the promise resolves only when they are gone
   */
  abstract run(
    request: OperationRequest,
    host: OperationHost,
    options: { readonly signal: AbortSignal; readonly started: () => void },
  ): Promise<Result>;
}
