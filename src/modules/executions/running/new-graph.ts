import { randomUUID } from 'node:crypto';
import { initialState } from '../../../core/graph/engine.js';
import type { FinishedPhase } from '../../../core/graph/sequences/phase.js';
import type { TaskGraph } from '../../../core/graph/task.js';
import type { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { packGraph } from './graph-codec.js';
import type { GraphPhase, GraphStore, StoredGraph } from './graph-store.repository.js';
import { OperationRows } from './operation-rows.js';
import type { ExecutionRow, Hold, RunningRepository } from './running.repository.js';

/**
 * Stores a graph with all its operations, before anything of it is sent; of a dry run nothing is stored. Null when the
 * execution is not held any more.
 */
export async function newGraph(
  parts: {
    readonly unitOfWork: UnitOfWork;
    readonly repository: RunningRepository;
    readonly store: GraphStore;
    readonly clock: Clock;
  },
  ctx: TenantCtx,
  of: { readonly hold: Hold; readonly row: ExecutionRow; readonly past: readonly FinishedPhase[] },
  { graph, phase }: { readonly graph: TaskGraph; readonly phase: GraphPhase },
): Promise<StoredGraph | null> {
  const state = initialState(graph, { dryRun: of.row.is_dry_run, waitAfterFail: of.row.wait_after_fail });
  const id = randomUUID();
  if (of.row.is_dry_run) return { storageId: '', id, graph, phase, state };
  const packed = await packGraph(graph);
  // Made while they are written, and anew when the transaction is: all of them at once would be large.
  const rows = { [Symbol.iterator]: () => new OperationRows(id, graph, state).between(0, graph.nodes.length) };
  return parts.unitOfWork.run(ctx, async (ctx) => {
    // Locks the execution: what is not held any more gets no graph.
    if (!(await parts.repository.savePhases(ctx, of.hold, of.past))) return null;
    const place = { executionStorageId: of.hold.storageId, id, packed, at: parts.clock.now() };
    const storageId = await parts.store.create(ctx, place, graph, { phase, state, rows });
    return { storageId, id, graph, phase, state };
  });
}
