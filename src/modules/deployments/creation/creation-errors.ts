import { AppError, type ErrorCode } from '../../../core/errors/app-error.js';
import { PlanRefusedError } from '../planning/planning-error.js';
import type { Refusal } from '../planning/planning-messages.js';

const CODES: Readonly<Partial<Record<Refusal['reason'], ErrorCode>>> = {
  missing: 'missing_required_deployment_input_error',
  unknown: 'unknown_deployment_input_error',
  constraint: 'constraint_error',
  type: 'constraint_error',
  evaluation: 'deployment_input_evaluation_error',
  secret: 'unknown_deployment_secret_error',
};

/** Why a deployment is not made (errors.yaml); the message says all that is wrong, the code what was found first. */
export function creationRefused(error: PlanRefusedError): AppError {
  return new AppError(
    CODES[error.refusal.reason] ?? 'deployment_creation_error',
    `Cannot create deployment - ${error.message}`,
    { cause: error },
  );
}

export function creationFailed(reason: string, cause?: unknown): AppError {
  return new AppError(
    'deployment_creation_error',
    `Cannot create deployment - ${reason}`,
    cause === undefined ? {} : { cause },
  );
}
