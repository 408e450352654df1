import type { MigrationInterface } from 'typeorm';
import { CreateDirectory1764000000000 } from './1764000000000-create-directory.js';
import { CreateKeys1764000100000 } from './1764000100000-create-keys.js';
import { CreateAudit1764000200000 } from './1764000200000-create-audit.js';
import { CreateSecrets1764000300000 } from './1764000300000-create-secrets.js';
import { CreateAuth1764000400000 } from './1764000400000-create-auth.js';
import { CreateSettings1764000500000 } from './1764000500000-create-settings.js';
import { CreateManagerProcess1764000500001 } from './1764000500001-create-manager-process.js';
import { CreateExecutions1764000600000 } from './1764000600000-create-executions.js';
import { CreateBlueprints1764000700000 } from './1764000700000-create-blueprints.js';
import { ReadSecretsTogether1764000750000 } from './1764000750000-read-secrets-together.js';
import { CreateBlueprintPlans1764000800000 } from './1764000800000-create-blueprint-plans.js';
import { CreateBlueprintFilters1764000800001 } from './1764000800001-create-blueprint-filters.js';
import { ShareTheExecutionQueue1764000800002 } from './1764000800002-share-the-execution-queue.js';
import { CreatePlugins1764000900000 } from './1764000900000-create-plugins.js';
import { CreatePluginStates1764000900001 } from './1764000900001-create-plugin-states.js';
import { CreateDeployments1764001000000 } from './1764001000000-create-deployments.js';
import { RunWorkflows1764001000001 } from './1764001000001-run-workflows.js';
import { CreateAgents1764001000010 } from './1764001000010-create-agents.js';
import { LookUpDependents1764001000011 } from './1764001000011-look-up-dependents.js';
import { QueueExecutions1764001000020 } from './1764001000020-queue-executions.js';
import { CreateExecutionTokens1764001000021 } from './1764001000021-create-execution-tokens.js';
import { FollowEvents1764001000030 } from './1764001000030-follow-events.js';
import { StageDeploymentUpdates1764001000040 } from './1764001000040-stage-deployment-updates.js';
import { RunSchedules1764001000031 } from './1764001000031-run-schedules.js';
import { KeepRowsInTheirTenant1764001000050 } from './1764001000050-keep-rows-in-their-tenant.js';
import { HoldExecutions1764001050000 } from './1764001050000-hold-executions.js';

/** Every migration, oldest first. A list rather than a search through files: what ships is what is written here. */
export const ALL_MIGRATIONS: readonly (new () => MigrationInterface)[] = [
  CreateDirectory1764000000000,
  CreateKeys1764000100000,
  CreateAudit1764000200000,
  CreateSecrets1764000300000,
  CreateAuth1764000400000,
  CreateSettings1764000500000,
  CreateManagerProcess1764000500001,
  CreateExecutions1764000600000,
  CreateBlueprints1764000700000,
  ReadSecretsTogether1764000750000,
  CreateBlueprintPlans1764000800000,
  CreateBlueprintFilters1764000800001,
  ShareTheExecutionQueue1764000800002,
  CreatePlugins1764000900000,
  CreatePluginStates1764000900001,
  CreateDeployments1764001000000,
  RunWorkflows1764001000001,
  CreateAgents1764001000010,
  LookUpDependents1764001000011,
  QueueExecutions1764001000020,
  CreateExecutionTokens1764001000021,
  FollowEvents1764001000030,
  RunSchedules1764001000031,
  StageDeploymentUpdates1764001000040,
  KeepRowsInTheirTenant1764001000050,
  HoldExecutions1764001050000,
];
