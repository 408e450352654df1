import type { TaskState } from './state.js';

type Optional = Exclude<keyof TaskState, 'status'>;

/** The state without these, for fields that say something by being there. */
export function without(task: TaskState, ...fields: readonly Optional[]): TaskState {
  const left = { ...task };
  for (const field of fields) {
    Reflect.deleteProperty(left, field);
  }
  return left;
}
