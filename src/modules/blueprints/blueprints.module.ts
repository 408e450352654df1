import { Module } from '@nestjs/common';
import { StoredFiltersRepository } from '../../platform/filters/stored-filters.repository.js';
import { Summaries } from '../../platform/listing/summaries.js';
import { BlueprintArchivesService } from './blueprint-archives.service.js';
import { BlueprintAudit } from './blueprint-audit.js';
import { BlueprintEditsService } from './blueprint-edits.service.js';
import { BlueprintExtractor } from './blueprint-extractor.js';
import { BlueprintIconsService } from './blueprint-icons.service.js';
import { BlueprintLanguage } from './blueprint-language.js';
import { BlueprintUploadsService } from './blueprint-uploads.service.js';
import { BlueprintViews } from './blueprint-views.js';
import { BlueprintsController } from './blueprints.controller.js';
import { BlueprintsRepository } from './blueprints.repository.js';
import { BlueprintsService } from './blueprints.service.js';
import { DeployableBlueprintsService } from './deployable-blueprints.service.js';
import { DslLanguage } from './language/dsl-language.js';
import { ImportBroker } from './language/import-broker.js';
import { LanguageSettings } from './language/language-settings.js';
import { ParsedBlueprints } from './parsed-blueprints.js';
import { BlueprintPlansRepository } from './plans/blueprint-plans.repository.js';
import { PlanTexts } from './plans/plan-texts.js';
import { RestoredPlans } from './plans/restored-plans.js';
import { ResourcesController } from './resources.controller.js';
import { ResourcesService } from './resources.service.js';
import { BlueprintFilters } from './search/blueprint-filters.js';
import { BlueprintFiltersController } from './search/blueprint-filters.controller.js';
import { BlueprintLabelsController } from './search/blueprint-labels.controller.js';
import { BlueprintLabelsRepository } from './search/blueprint-labels.repository.js';
import { BlueprintLabelsService } from './search/blueprint-labels.service.js';
import { BlueprintSearchController } from './search/blueprint-search.controller.js';
import { BlueprintSearchService } from './search/blueprint-search.service.js';
import { UploadReceiver } from './upload-receiver.js';
import { UploadSteps } from './upload-steps.js';
import { UploadWorkflow } from './upload-workflow.js';

const LANGUAGE = [ImportBroker, LanguageSettings, { provide: BlueprintLanguage, useClass: DslLanguage }];
const SEARCHES = [
  BlueprintFilters,
  BlueprintLabelsRepository,
  BlueprintLabelsService,
  BlueprintSearchService,
  StoredFiltersRepository,
  Summaries,
];

@Module({
  controllers: [
    BlueprintsController,
    BlueprintFiltersController,
    BlueprintLabelsController,
    BlueprintSearchController,
    ResourcesController,
  ],
  providers: [
    ...LANGUAGE,
    ...SEARCHES,
    BlueprintArchivesService,
    BlueprintAudit,
    BlueprintEditsService,
    BlueprintExtractor,
    BlueprintIconsService,
    BlueprintPlansRepository,
    BlueprintUploadsService,
    BlueprintViews,
    BlueprintsRepository,
    BlueprintsService,
    DeployableBlueprintsService,
    ParsedBlueprints,
    PlanTexts,
    ResourcesService,
    RestoredPlans,
    UploadReceiver,
    UploadSteps,
    UploadWorkflow,
  ],
  exports: [DeployableBlueprintsService],
})
export class BlueprintsModule {}
