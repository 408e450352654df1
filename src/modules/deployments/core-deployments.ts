import { CreationChecks } from './creation/creation-checks.js';
import { CreateWorkflow } from './creation/create-workflow.js';
import { DeploymentCreationRepository } from './creation/deployment-creation.repository.js';
import { DeploymentCreationService } from './creation/deployment-creation.service.js';
import { RestoredFolder } from './creation/restored-folder.js';
import { DeleteWorkflow } from './deletion/delete-workflow.js';
import { DeploymentDeletionRepository } from './deletion/deployment-deletion.repository.js';
import { DeploymentDeletionService } from './deletion/deployment-deletion.service.js';
import { DeploymentAudit } from './deployment-audit.js';
import { DeploymentFolder } from './deployment-folder.js';
import { DeploymentViews } from './deployment-views.js';
import { DeploymentViewsRepository } from './deployment-views.repository.js';
import { DeploymentsController } from './deployments.controller.js';
import { DeploymentsRepository } from './deployments.repository.js';
import { DeploymentsService } from './deployments.service.js';
import { DeploymentEditsRepository } from './edits/deployment-edits.repository.js';
import { DeploymentEditsService } from './edits/deployment-edits.service.js';
import { UpdateCalls } from './edits/update-calls.js';
import { UpdateCallsRepository } from './edits/update-calls.repository.js';
import { DeploymentValuesService } from './evaluation/deployment-values.service.js';
import { EvaluateController } from './evaluation/evaluate.controller.js';
import { EvaluationRepository } from './evaluation/evaluation.repository.js';
import { EvaluationStores } from './evaluation/evaluation-stores.js';
import { DeploymentLabels } from './labels/deployment-labels.js';
import { DeploymentLabelsRepository } from './labels/deployment-labels.repository.js';
import { DeploymentConditions } from './listing/deployment-conditions.js';
import { DeploymentConditionsRepository } from './listing/deployment-conditions.repository.js';
import { CapabilityValues } from './lookups/capability-values.js';
import { ObjectLookupsRepository } from './lookups/object-lookups.repository.js';
import { ObjectLookupsService } from './lookups/object-lookups.service.js';
import { NodeInstancesController } from './nodes/node-instances.controller.js';
import { NodeInstancesService } from './nodes/node-instances.service.js';
import { NodeViews } from './nodes/node-views.js';
import { NodesController } from './nodes/nodes.controller.js';
import { NodesRepository } from './nodes/nodes.repository.js';
import { NodesService } from './nodes/nodes.service.js';
import { DeploymentPlanner } from './planning/deployment-planner.js';
import { PlanningQuestions } from './planning/planning-questions.js';
import { PresentRowsRepository } from './planning/present-rows.repository.js';
import { DatabaseRuntime } from './running/database-runtime.js';
import { DeploymentRuntime } from './running/deployment-runtime.port.js';
import { OperationPreparation } from './running/operation-preparation.js';
import { ResourceLookup } from './running/resource-lookup.js';
import { OperationRowsRepository } from './running/operation-rows.repository.js';
import { RunningRepository } from './running/running.repository.js';
import { DeploymentStatuses } from './statuses/deployment-statuses.js';
import { DeploymentStatusesRepository } from './statuses/deployment-statuses.repository.js';
import { DeploymentUpdateParts } from './updating/deployment-update-parts.js';
import { DeploymentUpdating } from './updating/deployment-updating.service.js';
import { UpdatedRowsRepository } from './updating/updated-rows.repository.js';

/* Deployments themselves: how they are made, shown, and what executions do with them. */

export const CORE_CONTROLLERS = [DeploymentsController, EvaluateController, NodeInstancesController, NodesController];

export const CORE_PROVIDERS = [
  CapabilityValues,
  CreateWorkflow,
  CreationChecks,
  DeleteWorkflow,
  DeploymentAudit,
  DeploymentConditions,
  DeploymentConditionsRepository,
  DeploymentCreationRepository,
  DeploymentCreationService,
  DeploymentDeletionRepository,
  DeploymentDeletionService,
  DeploymentEditsRepository,
  DeploymentEditsService,
  DeploymentFolder,
  DeploymentLabels,
  DeploymentLabelsRepository,
  DeploymentPlanner,
  DeploymentStatuses,
  DeploymentStatusesRepository,
  DeploymentUpdateParts,
  DeploymentUpdating,
  DeploymentValuesService,
  DeploymentViews,
  DeploymentViewsRepository,
  DeploymentsRepository,
  DeploymentsService,
  EvaluationRepository,
  EvaluationStores,
  NodeInstancesService,
  NodeViews,
  NodesRepository,
  NodesService,
  ObjectLookupsRepository,
  ObjectLookupsService,
  OperationPreparation,
  PlanningQuestions,
  PresentRowsRepository,
  ResourceLookup,
  RestoredFolder,
  OperationRowsRepository,
  RunningRepository,
  UpdateCalls,
  UpdateCallsRepository,
  UpdatedRowsRepository,
  { provide: DeploymentRuntime, useClass: DatabaseRuntime },
];

export const CORE_EXPORTS = [DeploymentRuntime, DeploymentUpdating, DeploymentsService, ObjectLookupsService];
