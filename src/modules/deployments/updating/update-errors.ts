import { DslError } from '../../../core/dsl/diagnostics.js';
import { AppError } from '../../../core/errors/app-error.js';
import { QueueFullError } from '../../../platform/threads/fair-turns.js';
import { creationRefused } from '../creation/creation-errors.js';
import { PlanningEndedError, PlanRefusedError } from '../planning/planning-error.js';

/** What people are told of an update that cannot be planned; anything else is passed on. */
export function updateRefused(error: unknown): unknown {
  if (error instanceof PlanRefusedError) {
    const { code } = creationRefused(error);
    const isUnsupported = error.refusal.reason === 'update' || code === 'deployment_creation_error';
    return new AppError(
      isUnsupported ? 'unsupported_change_in_deployment_update' : code,
      `Cannot update deployment - ${error.message}`,
      { cause: error },
    );
  }
  if (error instanceof PlanningEndedError || error instanceof QueueFullError || error instanceof DslError) {
    return updateFailed(error.message, error);
  }
  return error;
}

export function updateFailed(reason: string, cause?: unknown): AppError {
  return new AppError(
    'illegal_action_error',
    `Cannot update deployment - ${reason}`,
    cause === undefined ? {} : { cause },
  );
}
