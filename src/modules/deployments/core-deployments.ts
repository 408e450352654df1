import { CreationChecks } from './creation/creation-checks.js';
import { CreateWorkflow } from './creation/create-workflow.js';
import { DeploymentCreationRepository } from './creation/deployment-creation.repository.js';
import { DeploymentCreationService } from './creation/deployment-creation.service.js';
import { RestoredFolder } from './creation/restored-folder.js';
import { DeploymentAudit } from './deployment-audit.js';
import { DeploymentFolder } from './deployment-folder.js';
import { DeploymentViews } from './deployment-views.js';
import { DeploymentViewsRepository } from './deployment-views.repository.js';
import { DeploymentsController } from './deployments.controller.js';
import { DeploymentsRepository } from './deployments.repository.js';
import { DeploymentsService } from './deployments.service.js';
import { EvaluationRepository } from './evaluation/evaluation.repository.js';
import { EvaluationStores } from './evaluation/evaluation-stores.js';
import { DeploymentLabels } from './labels/deployment-labels.js';
import { DeploymentLabelsRepository } from './labels/deployment-labels.repository.js';
import { DeploymentConditions } from './listing/deployment-conditions.js';
import { DeploymentConditionsRepository } from './listing/deployment-conditions.repository.js';
import { CapabilityValues } from './lookups/capability-values.js';
import { ObjectLookupsRepository } from './lookups/object-lookups.repository.js';
import { ObjectLookupsService } from './lookups/object-lookups.service.js';
import { DeploymentPlanner } from './planning/deployment-planner.js';
import { PlanningQuestions } from './planning/planning-questions.js';
import { DatabaseRuntime } from './running/database-runtime.js';
import { DeploymentRuntime } from './running/deployment-runtime.port.js';
import { OperationPreparation } from './running/operation-preparation.js';
import { ResourceLookup } from './running/resource-lookup.js';
import { RunningRepository } from './running/running.repository.js';
import { DeploymentStatuses } from './statuses/deployment-statuses.js';
import { DeploymentStatusesRepository } from './statuses/deployment-statuses.repository.js';

/* Deployments themselves: how they are made, shown, and what executions do with them. */

export const CORE_CONTROLLERS = [DeploymentsController];

export const CORE_PROVIDERS = [
  CapabilityValues,
  CreateWorkflow,
  CreationChecks,
  DeploymentAudit,
  DeploymentConditions,
  DeploymentConditionsRepository,
  DeploymentCreationRepository,
  DeploymentCreationService,
  DeploymentFolder,
  DeploymentLabels,
  DeploymentLabelsRepository,
  DeploymentPlanner,
  DeploymentStatuses,
  DeploymentStatusesRepository,
  DeploymentViews,
  DeploymentViewsRepository,
  DeploymentsRepository,
  DeploymentsService,
  EvaluationRepository,
  EvaluationStores,
  ObjectLookupsRepository,
  ObjectLookupsService,
  OperationPreparation,
  PlanningQuestions,
  ResourceLookup,
  RestoredFolder,
  RunningRepository,
  { provide: DeploymentRuntime, useClass: DatabaseRuntime },
];

export const CORE_EXPORTS = [DeploymentRuntime, DeploymentsService, ObjectLookupsService];
