import { AgentsController } from './agents/agents.controller.js';
import { AgentsRepository } from './agents/agents.repository.js';
import { AgentsService } from './agents/agents.service.js';
import { StoredFiltersRepository } from '../../platform/filters/stored-filters.repository.js';
import { Summaries } from '../../platform/listing/summaries.js';
import { DependenciesController } from './dependencies/dependencies.controller.js';
import { DependenciesRepository } from './dependencies/dependencies.repository.js';
import { DependenciesService } from './dependencies/dependencies.service.js';
import { DependencyChanges } from './dependencies/dependency-changes.js';
import { DeploymentGroupsController } from './groups/deployment-groups.controller.js';
import { DeploymentGroupsService } from './groups/deployment-groups.service.js';
import { GroupCreations } from './groups/group-creations.js';
import { GroupMembers } from './groups/group-members.js';
import { GroupMembersRepository } from './groups/group-members.repository.js';
import { GroupViews } from './groups/group-views.js';
import { GroupsRepository } from './groups/groups.repository.js';
import { DeploymentModificationsController } from './modifications/deployment-modifications.controller.js';
import { DeploymentModifications } from './modifications/deployment-modifications.service.js';
import { MODIFICATION_PROVIDERS } from './modifications/modification.providers.js';
import { OwnDeployments } from './ownership/own-deployments.js';
import { DeploymentFilters } from './search/deployment-filters.js';
import { DeploymentFiltersController } from './search/deployment-filters.controller.js';
import { DeploymentSearchController } from './search/deployment-search.controller.js';
import { FoundWorkflows } from './search/found-workflows.js';
import { FoundWorkflowsRepository } from './search/found-workflows.repository.js';
import { DeploymentLabelTexts } from './search/label-texts.js';
import { LabelTextsRepository } from './search/label-texts.repository.js';
import { DeploymentLabelsController } from './search/labels.controller.js';
import { NodeSearch } from './search/node-search.js';
import { NodeSearchController } from './search/node-search.controller.js';
import { ScalingGroupSearch } from './search/scaling-group-search.js';
import { SearchConditions } from './search/search-conditions.js';
import { SystemFilters } from './search/system-filters.js';
import { SystemFiltersRepository } from './search/system-filters.repository.js';
import { DeploymentSites } from './sites/deployment-sites.js';
import { DeploymentSitesController } from './sites/deployment-sites.controller.js';
import { SitesController } from './sites/sites.controller.js';
import { SitesRepository } from './sites/sites.repository.js';
import { SitesService } from './sites/sites.service.js';

/* What hangs on deployments: each folder has its own, the module takes them all. */

export const AROUND_CONTROLLERS = [
  AgentsController,
  DependenciesController,
  DeploymentFiltersController,
  DeploymentGroupsController,
  DeploymentLabelsController,
  DeploymentModificationsController,
  DeploymentSearchController,
  DeploymentSitesController,
  NodeSearchController,
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
  DeploymentFilters,
  DeploymentGroupsService,
  GroupCreations,
  GroupMembers,
  GroupMembersRepository,
  GroupViews,
  GroupsRepository,
  DeploymentLabelTexts,
  DeploymentSites,
  FoundWorkflows,
  FoundWorkflowsRepository,
  LabelTextsRepository,
  NodeSearch,
  ScalingGroupSearch,
  SearchConditions,
  StoredFiltersRepository,
  Summaries,
  SystemFilters,
  SystemFiltersRepository,
  SitesRepository,
  SitesService,
];

/** What higher modules may ask for. */
export const AROUND_EXPORTS = [DependenciesService, DeploymentModifications];
