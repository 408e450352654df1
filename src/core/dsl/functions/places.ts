import type { Plan } from '../plan.js';

/** The parts of a plan in which functions are looked for (dsl.md §14.4), and what their checks refer to. */
export type FunctionHomes = Pick<
  Plan,
  'inputs' | 'nodes' | 'outputs' | 'policies' | 'scaling_groups' | 'capabilities' | 'labels' | 'deployment_settings'
>;
