import { DeploymentModificationsRepository } from './deployment-modifications.repository.js';
import { DeploymentModifications } from './deployment-modifications.service.js';
import { ModificationViews } from './modification-views.js';
import { ModifiedInstancesRepository } from './modified-instances.repository.js';

export const MODIFICATION_PROVIDERS = [
  DeploymentModifications,
  DeploymentModificationsRepository,
  ModificationViews,
  ModifiedInstancesRepository,
];
