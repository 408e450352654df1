import { UpdateSteps } from '../running/update-steps.port.js';
import { DatabaseUpdateSteps } from './database-update-steps.js';
import { RestoredUpdates } from './restored-updates.service.js';
import { UpdateOutcomes } from './update-outcomes.service.js';
import { UpdateRecords } from './update-records.repository.js';
import { UpdateRequests } from './update-requests.service.js';
import { UpdateViews } from './update-views.js';

export const UPDATE_PROVIDERS = [
  RestoredUpdates,
  UpdateOutcomes,
  UpdateRecords,
  UpdateRequests,
  UpdateViews,
  { provide: UpdateSteps, useClass: DatabaseUpdateSteps },
];
