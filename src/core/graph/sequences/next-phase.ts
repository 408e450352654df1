import type { Course, Stop } from './course.js';
import { failureOf, Setting } from './course.js';
import { Refused } from './given.js';
import { agentCourses } from './agents.js';
import { heal } from './heal.js';
import { lifecycleCourses } from './lifecycle-courses.js';
import type { BuiltInWorkflow, FinishedPhase, Parameters, Phase, World } from './phase.js';
import { scale } from './scale.js';
import { update } from './update.js';

/** Stands among the finished phases where an execution was begun anew after it had cleaned up (`resumedPast`). */
const BEGUN_ANEW = 'begun anew';
const COURSES: Readonly<Record<BuiltInWorkflow, (setting: Setting) => Course>> = {
  ...lifecycleCourses,
  ...agentCourses,
  heal,
  scale,
  update,
};

/**
 * What a workflow does next. Total: what cannot be ends as `failed` with a text for the user. The same answer comes
 * again as long as the world is the same.
 */
export function nextPhase(workflow: BuiltInWorkflow, parameters: Parameters, world: World): Phase {
  try {
    return walk(workflow, parameters, world);
  } catch (error) {
    if (error instanceof Refused) {
      return { kind: 'end', outcome: 'failed', error: error.message };
    }
    throw error;
  }
}

function walk(workflow: BuiltInWorkflow, parameters: Parameters, world: World): Phase {
  const { past } = world;
  const begun = past.findLastIndex(({ name }) => name === BEGUN_ANEW) + 1;
  const times = past.filter(({ name }) => name === BEGUN_ANEW).length;
  const suffix = times === 0 ? '' : `-${String(times + 1)}`;
  const course = COURSES[workflow](new Setting(workflow, parameters, world));
  let at = begun;
  let found: FinishedPhase | null = null;
  let stopped = course.next(found);
  while (stopped.done !== true) {
    const stop: Stop = stopped.value;
    const name = stop.name + suffix;
    const finished: FinishedPhase | undefined = past[at];
    if (finished?.name === name) {
      at += 1;
      found = finished;
      if (finished.outcome === 'failed' && !stop.tolerant) {
        return { kind: 'end', outcome: 'failed', error: failureOf(finished) };
      }
    } else {
      const phase = finished === undefined ? stop.make(name) : null;
      if (phase !== null) {
        return phase;
      }
      found = null;
    }
    stopped = course.next(found);
  }
  const error = stopped.value;
  return error === null ? { kind: 'end', outcome: 'succeeded' } : { kind: 'end', outcome: 'failed', error };
}

/**
 * What of the past still stands when an ended execution is resumed: a phase that failed last is done again, its graph
 * taken up where it stopped. Not to be asked while a phase is under way: then that one is taken up, and all of the past
 * stands. After a failure that was cleaned up the workflow begins anew, under other graph names.
 * @returns `again`: the name of the phase to take up, null when there is none
 */
export function resumedPast(
  workflow: BuiltInWorkflow,
  past: readonly FinishedPhase[],
): { readonly past: readonly FinishedPhase[]; readonly again: string | null } {
  const last = past.at(-1);
  if (last === undefined || last.name === BEGUN_ANEW) {
    return { past, again: null };
  }
  if (last.outcome === 'failed') {
    return { past: past.slice(0, -1), again: last.name };
  }
  const cleanedUp = workflow === 'scale' && last.name.startsWith('roll-back-modification');
  return cleanedUp
    ? { past: [...past, { name: BEGUN_ANEW, outcome: 'succeeded', data: null }], again: null }
    : { past, again: null };
}
