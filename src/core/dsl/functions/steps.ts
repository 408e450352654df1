import type { MaybeAsync } from './store.js';

/**
 * A piece of evaluation. It yields what a store has promised to answer later and goes on with the answer, so one
 * implementation serves plans, where all is at hand, and databases.
 */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** Waits for a store's answer only where it is not at hand. */
export function* answered<T>(answer: MaybeAsync<T>): Steps<T> {
  return answer instanceof Promise ? ((yield answer) as T) : answer;
}

/** Drives steps whose store has everything at hand. */
export function runNow<T>(steps: Steps<T>): T {
  const step = steps.next();
  if (step.done !== true) {
    throw new Error('A store that has everything at hand made a promise.');
  }
  return step.value;
}

/** Drives steps of any store. */
export async function runLater<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      answer = await step.value;
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(answer);
  }
  return step.value;
}
