import { AgentsController } from './agents/agents.controller.js';
import { AgentsRepository } from './agents/agents.repository.js';
import { AgentsService } from './agents/agents.service.js';
import { DependenciesController } from './dependencies/dependencies.controller.js';
import { DependenciesRepository } from './dependencies/dependencies.repository.js';
import { DependenciesService } from './dependencies/dependencies.service.js';
import { DependencyChanges } from './dependencies/dependency-changes.js';
import { DeploymentModificationsController } from './modifications/deployment-modifications.controller.js';
import { DeploymentModifications } from './modifications/deployment-modifications.service.js';
import { MODIFICATION_PROVIDERS } from './modifications/modification.providers.js';
import { OwnDeployments } from './ownership/own-deployments.js';
import { SitesController } from './sites/sites.controller.js';
import { SitesRepository } from './sites/sites.repository.js';
import { SitesService } from './sites/sites.service.js';

/* What hangs on deployments: each folder has its own, the module takes them all. */

export const AROUND_CONTROLLERS = [
  AgentsController,
  DependenciesController,
  DeploymentModificationsController,
  SitesController,
];

export const AROUND_PROVIDERS = [
  AgentsRepository,
  AgentsService,
  OwnDeployments,
  DependenciesRepository,
  DependenciesService,
  DependencyChanges,
  ...MODIFICATION_PROVIDERS,
  SitesRepository,
  SitesService,
];

/** What higher modules may ask for. */
export const AROUND_EXPORTS = [DependenciesService, DeploymentModifications];
