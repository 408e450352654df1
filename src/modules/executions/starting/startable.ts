import { unavailableReason, type DeploymentState } from '../../../core/executions/availability.js';
import { AppError } from '../../../core/errors/app-error.js';
import type { DeclaredWorkflow, StartableDeployment } from './startable-deployments.repository.js';

const UPDATE_MAPPING = 'cloudify_system_workflows.deployment_update.workflow.update_deployment';

/** Workflows of the manager itself that run on a deployment; one that its blueprint declares under the name comes first. */
export function systemWorkflow(name: string): DeclaredWorkflow | null {
  if (name !== 'update' && name !== 'csys_new_deployment_update') return null;
  return { name, operation: UPDATE_MAPPING, parameters: '{"update_id": {}}', isCascading: false, rules: null };
}

export function isUpdate({ operation }: DeclaredWorkflow): boolean {
  return operation === UPDATE_MAPPING;
}

/** @throws AppError unless the deployment's environment is there; no record of its making is as good (orchestration §2) */
export function assertEnvironment({ id, environmentStatus, environmentError }: StartableDeployment): void {
  switch (environmentStatus) {
    case null:
    case 'terminated':
      return;
    case 'pending':
    case 'queued':
    case 'scheduled':
      throw new AppError(
        'deployment_environment_creation_pending_error',
        `Deployment environment creation is still pending, try again in a minute: ${id}`,
      );
    case 'started':
      throw new AppError(
        'deployment_environment_creation_in_progress_error',
        `Deployment environment creation is still in progress, try again in a minute: ${id}`,
      );
    default: {
      const reason = environmentError?.trimEnd().split('\n').at(-1) ?? '';
      throw new AppError(
        'deployment_creation_error',
        `Can't launch executions since the environment creation for deployment ${id} has ${environmentStatus}` +
          (reason === '' ? '' : `: ${reason}`),
      );
    }
  }
}

/** @throws AppError unavailable_workflow_error, invalid_workflow_availability_rule_error */
export function assertAvailable({ name, rules }: DeclaredWorkflow, state: DeploymentState): void {
  const reason = unavailableReason(name, rules, state);
  if (reason !== null) throw new AppError('unavailable_workflow_error', reason);
}
