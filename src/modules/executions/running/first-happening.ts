import type { ExecutionStatus } from '../../../core/executions/transitions.js';
import type { WorkflowTopology } from '../../../core/graph/topology.js';
import { isCancelling } from './execution-end.js';
import type { Happening } from './graph-run-parts.js';
import type { StoredGraph } from './graph-store.repository.js';
import { cleanups } from './install-cleanups.js';
import type { ExecutionRow } from './running.repository.js';

/** What a stored graph is taken up with, by where it stands and what is asked of its execution. */
export function firstHappening(
  requested: ExecutionStatus | null,
  row: ExecutionRow,
  stored: StoredGraph,
  topology: WorkflowTopology,
): Happening {
  if (requested === 'kill_cancelling') return { type: 'kill' };
  if (isCancelling(requested)) return { type: 'cancel' };
  switch (stored.state.phase) {
    case 'new':
      return { type: 'start' };
    case 'running':
      return { type: 'resume', mode: 'restart' };
    default: {
      const mode = row.is_force_resumed ? 'force' : 'resume';
      return { type: 'resume', mode, before: cleanups(stored, topology, mode) };
    }
  }
}
