import { AppError } from '../../core/errors/app-error.js';
import type { MaintenanceStatus } from './maintenance.js';

/** What a request is told that may not be served in this state (rest-api §1.17). */
export function maintenanceError(status: MaintenanceStatus): AppError {
  return status === 'activated'
    ? new AppError(
        'maintenance_mode_active',
        'Your request was rejected since the manager is currently in maintenance mode',
        { traceback: { text: '' } },
      )
    : new AppError(
        'entering_maintenance_mode',
        'Your request was rejected since the manager is entering maintenance mode',
        { traceback: { text: '' } },
      );
}
