import { Module } from '@nestjs/common';
import { ArchiveUnpacker } from '../../platform/archives/archive-unpacker.js';
import { BlueprintAudit } from './blueprint-audit.js';
import { BlueprintEditsService } from './blueprint-edits.service.js';
import { BlueprintExtractor } from './blueprint-extractor.js';
import { BlueprintFiles } from './blueprint-files.js';
import { BlueprintIconsService } from './blueprint-icons.service.js';
import { BlueprintLanguage } from './blueprint-language.js';
import { BlueprintUploadsService } from './blueprint-uploads.service.js';
import { BlueprintViews } from './blueprint-views.js';
import { BlueprintsController } from './blueprints.controller.js';
import { BlueprintsRepository } from './blueprints.repository.js';
import { BlueprintsService } from './blueprints.service.js';
import { PendingFilesRepository } from './pending-files.repository.js';
import { ResourcesController } from './resources.controller.js';
import { ResourcesService } from './resources.service.js';
import { UploadReceiver } from './upload-receiver.js';
import { UploadWorkflow } from './upload-workflow.js';
import { YamlLanguage } from './yaml/yaml-language.js';

@Module({
  controllers: [BlueprintsController, ResourcesController],
  providers: [
    BlueprintAudit,
    BlueprintEditsService,
    BlueprintExtractor,
    BlueprintFiles,
    BlueprintIconsService,
    BlueprintUploadsService,
    BlueprintViews,
    BlueprintsRepository,
    BlueprintsService,
    PendingFilesRepository,
    ResourcesService,
    UploadReceiver,
    UploadWorkflow,
    { provide: ArchiveUnpacker, useFactory: () => new ArchiveUnpacker() },
    { provide: BlueprintLanguage, useClass: YamlLanguage },
  ],
})
export class BlueprintsModule {}
