import type { BuiltInWorkflow } from './phase.js';

const PREFIX = 'default_workflows.cloudify.plugins.workflows.';
const UPDATE = 'cloudify_system_workflows.deployment_update.workflow.update_deployment';
const PLAIN = [
  'install',
  'uninstall',
  'reinstall',
  'start',
  'stop',
  'restart',
  'execute_operation',
  'pull',
  'check_status',
  'check_drift',
  'rollback',
  'install_new_agents',
  'validate_agents',
] as const satisfies readonly BuiltInWorkflow[];
const MAPPED: ReadonlyMap<string, BuiltInWorkflow> = new Map<string, BuiltInWorkflow>([
  ...PLAIN.map((name) => [PREFIX + name, name] as const),
  [`${PREFIX}auto_heal_reinstall_node_subgraph`, 'heal'],
  [`${PREFIX}scale_entity`, 'scale'],
  [UPDATE, 'update'],
]);
const NOT_RESUMABLE: ReadonlySet<BuiltInWorkflow> = new Set<BuiltInWorkflow>(['heal', 'update']);

/** @param operation of the plan's workflow, with or without the name of its plugin; null: not built in (orchestration §10) */
export function builtInWorkflow(operation: string): BuiltInWorkflow | null {
  return MAPPED.get(operation) ?? MAPPED.get(`default_workflows.${operation}`) ?? null;
}

/** orchestration §3 */
export function isResumable(workflow: BuiltInWorkflow): boolean {
  return !NOT_RESUMABLE.has(workflow);
}
