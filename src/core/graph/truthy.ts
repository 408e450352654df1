import type { Json } from './task.js';

/** As Python has it, where the workers' answers come from. */
export function isTruthy(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}
