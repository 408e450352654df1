/** What somebody wants to run; the shape has been judged, its meaning has not. */
export interface StartRequest {
  readonly deploymentId: string;
  readonly workflowId: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly allowCustomParameters?: boolean;
  /** Skips the one-for-each-deployment rule, the dependency check and the availability rules. */
  readonly force?: boolean;
  /** Waits rather than being refused. */
  readonly queue?: boolean;
  readonly dryRun?: boolean;
  /** Seconds that running operations get after a failure; 600 unless said. */
  readonly waitAfterFail?: number;
  readonly groupStorageId?: string;
  /** Begins in the queue whatever else runs: an execution of a group (orchestration §4). */
  readonly startsQueued?: boolean;
  /** May run beside others of the deployment: an update. */
  readonly overlaps?: boolean;
  readonly id?: string;
  /** Let through by the maintenance gate. */
  readonly bypassesMaintenance?: boolean;
}

export interface StartedExecution {
  readonly storageId: string;
  readonly id: string;
  readonly status: 'pending' | 'queued';
  /** That of the deployment: a global one of another tenant keeps its executions there. */
  readonly tenantId: number;
}
