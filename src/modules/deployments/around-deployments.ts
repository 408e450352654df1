import { DeploymentModificationsController } from './modifications/deployment-modifications.controller.js';
import { MODIFICATION_PROVIDERS } from './modifications/modification.providers.js';
import { OwnDeployments } from './ownership/own-deployments.js';

/* What hangs on deployments: each folder has its own, the module takes them all. */

export const AROUND_CONTROLLERS = [DeploymentModificationsController];

export const AROUND_PROVIDERS = [OwnDeployments, ...MODIFICATION_PROVIDERS];
