import type { Run } from './run.js';
import type { TaskState } from './state.js';
import { without } from './without.js';

type Mode = 'restart' | 'resume' | 'force';

/**
 * Takes up what was left (orchestration §3, §7 "Restore"). What failed and was not made good begins anew without its
 * retries, unless the process only died; what may have been sent is sent again; for what was sent its answer is
 * awaited, or with force it begins anew as well.
 * @returns false when there is nothing to take up: it is under way, ended well, or never began
 */
export function resume(run: Run, mode: Mode): boolean {
  const { phase, deadline, size } = run.state;
  if (mode === 'restart' ? phase !== 'running' : phase !== 'failed' && phase !== 'cancelled') {
    return false;
  }
  run.change({ phase: 'running', active: 0 });
  if (mode !== 'restart') {
    run.change({ failureCount: 0, failures: [], deadline: null });
  } else if (deadline !== null) {
    run.commands.push({ type: 'deadline', at: deadline });
  }
  const places = [...Array(size).keys()];
  // What is around a task must be open again before the task is looked at: parents come first.
  for (const place of places.filter((each) => run.alive(each))) {
    restore(run, place, mode);
  }
  places.forEach((place) => run.enqueue(place));
  return true;
}

function restore(run: Run, place: number, mode: Mode): void {
  const task = run.of(place);
  const isSubgraph = run.node(place).action.kind === 'subgraph';
  switch (task.status) {
    case 'failed':
    case 'rescheduled':
      if (mode !== 'restart' && task.done !== true && task.rescued !== true) {
        reset(run, place, task, isSubgraph);
      }
      break;
    case 'pending':
      restoreDelay(run, place, task, mode);
      break;
    case 'sending':
      if (mode === 'force') {
        reset(run, place, task, isSubgraph);
      } else {
        run.send(place, true);
      }
      break;
    case 'sent':
    case 'started':
    case 'response-sent':
      if (isSubgraph) {
        break;
      }
      if (mode === 'force') {
        reset(run, place, task, isSubgraph);
      } else {
        run.change({ active: run.state.active + 1 });
        run.commands.push({ type: 'await', task: place, attempt: task.attempt ?? 0 });
      }
      break;
    case 'succeeded':
      break;
    default:
      task.status satisfies never;
  }
}

/** The same operation begins anew; a subgraph opens again for what is left in it. */
function reset(run: Run, place: number, task: TaskState, isSubgraph: boolean): void {
  if (task.status === 'failed' && !isSubgraph) {
    run.change({ finishedOperations: run.state.finishedOperations - 1 });
  }
  run.set(place, { ...without(task, 'retries'), status: isSubgraph ? 'started' : 'pending' });
  run.record(place);
}

function restoreDelay(run: Run, place: number, task: TaskState, mode: Mode): void {
  const { due } = task;
  if (due === undefined) {
    return;
  }
  if (run.node(place).action.kind === 'subgraph') {
    run.change({ active: run.state.active + 1 });
    run.set(place, mode === 'restart' ? task : { ...task, due: run.at });
    run.rebuild(place);
  } else if (mode === 'restart') {
    run.change({ active: run.state.active + 1 });
    run.commands.push({ type: 'wake', task: place, attempt: task.attempt ?? 0, at: due });
  } else {
    run.set(place, without(task, 'due'));
  }
}
