import type { Run } from './run.js';
import { without } from './without.js';

/** Starts what is ready, and what becomes ready by that. */
export function settle(run: Run): void {
  for (const place of run.ready) {
    if (run.isLaunchable(place)) {
      launch(run, place);
    }
  }
}

function launch(run: Run, place: number): void {
  const { action } = run.node(place);
  const { dryRun } = run.state;
  switch (action.kind) {
    case 'operation':
      launchOperation(run, place);
      break;
    case 'subgraph': {
      const remaining = run.content(place).filter((child) => run.node(child).rescues === undefined).length;
      run.set(place, { ...without(run.of(place), 'waits'), status: 'started', remaining });
      run.record(place);
      run.open(place);
      break;
    }
    case 'state':
      if (!dryRun) {
        run.commands.push({ type: 'set-state', task: place, instance: action.instance, state: action.state });
      }
      run.done(place, 'succeeded');
      break;
    case 'event': {
      const message = dryRun ? `${action.message} (dry run)` : action.message;
      run.commands.push({ type: 'node-event', task: place, instance: action.instance, message });
      run.done(place, 'succeeded');
      break;
    }
    case 'nop':
      run.done(place, 'succeeded');
      break;
    default:
      action satisfies never;
  }
}

function launchOperation(run: Run, place: number): void {
  if (run.state.dryRun) {
    run.change({ finishedOperations: run.state.finishedOperations + 1 });
    run.succeed(place);
    return;
  }
  run.set(place, { ...without(run.of(place), 'waits'), status: 'sending' });
  run.send(place);
}
