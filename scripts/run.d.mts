/** Types of what TypeScript takes from run.mjs. */
export const heapFlags: readonly string[];
