import { isEnd } from '../../../core/executions/transitions.js';
import { builtInWorkflow, isResumable } from '../../../core/graph/sequences/built-in.js';
import { resumedPast } from '../../../core/graph/sequences/next-phase.js';
import type { BuiltInWorkflow, FinishedPhase } from '../../../core/graph/sequences/phase.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { DeploymentRuntime, RunningDeployment } from '../../deployments/running/deployment-runtime.port.js';
import { isCancelling, runText, type ExecutionEndParts, type Outcome } from './execution-end.js';
import type { ExecutionRow, HeldExecution } from './running.repository.js';

/** Work that loses its worker this often without getting on is what kills it. */
const MAX_FRUITLESS = 10;

export interface Begun {
  readonly row: ExecutionRow;
  /** Phases that are over, and stay so. */
  readonly past: readonly FinishedPhase[];
  /** What is to be run; or how it ends at once. */
  readonly work: { readonly workflow: BuiltInWorkflow; readonly deployment: RunningDeployment } | Outcome;
}

type BeginParts = Pick<ExecutionEndParts, 'repository' | 'statuses' | 'events' | 'clock'> & {
  readonly runtime: DeploymentRuntime;
};

/** In the open transaction: an execution that was taken is started, or goes on. Null when it is not held, or is over. */
export async function beginExecution(
  parts: BeginParts,
  ctx: TenantCtx,
  held: HeldExecution,
  worker: string,
): Promise<Begun | null> {
  const { repository, runtime, statuses, events, clock } = parts;
  const row = await repository.load(ctx, held.storageId, worker);
  if (row === null || isEnd(row.status)) return null;
  await repository.endTail(ctx, held.storageId, worker);
  const deployment = row.deployment_id === null ? null : await runtime.find(ctx, row.deployment_id);
  const work = judged(row, deployment, held);
  let past = row.phases;
  if (row.status === 'pending') {
    const isResumed = row.run > 1;
    if (isResumed && 'workflow' in work) {
      past = resumedPast(work.workflow, past).past;
      await repository.savePhases(ctx, { storageId: held.storageId, worker, run: row.run }, past);
    }
    await statuses.change(ctx, held.storageId, 'started', { lease: worker });
    const message = `${isResumed ? 'Resuming' : 'Starting'} '${held.workflowId}' workflow execution`;
    await events.write(ctx, held.storageId, [
      {
        type: 'cloudify_event',
        eventType: 'workflow_started',
        message: runText(message, row.is_dry_run),
        at: clock.now(),
      },
    ]);
  }
  return { row, past, work };
}

function judged(row: ExecutionRow, deployment: RunningDeployment | null, held: HeldExecution): Begun['work'] {
  const name = held.workflowId;
  const failed = (error: string): Outcome =>
    isCancelling(row.status) ? { status: 'cancelled' } : { status: 'failed', error };
  if (deployment === null) return failed('The deployment is gone, or whoever started this may not see it');
  const operation = row.mapping ?? deployment.workflows.find((each) => each.name === name)?.operation ?? '';
  const workflow = builtInWorkflow(operation);
  if (workflow === null) {
    return failed(
      `The workflow '${name}' runs '${operation}', which is not built in: it needs a worker for workflows of plugins, and there is none`,
    );
  }
  if (!isCancelling(row.status) && held.attempts > MAX_FRUITLESS) {
    return failed(`The work was interrupted ${MAX_FRUITLESS} times and is given up`);
  }
  if (row.status === 'pending' && row.run > 1 && !isResumable(workflow)) {
    return failed(`The workflow '${name}' cannot be resumed`);
  }
  return { workflow, deployment };
}
