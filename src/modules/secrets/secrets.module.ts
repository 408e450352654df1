import { Module } from '@nestjs/common';
import { TenantRights } from '../../platform/access/tenant-rights.js';
import { SecretAccess } from './secret-access.js';
import { SecretChangesService } from './secret-changes.service.js';
import { SecretValues } from './secret-values.js';
import { SecretsController } from './secrets.controller.js';
import { SecretsRepository } from './secrets.repository.js';
import { SecretsService } from './secrets.service.js';
import { ImportWriter } from './share/import-writer.js';
import { SecretShareRepository } from './share/secret-share.repository.js';
import { SecretsExportService } from './share/secrets-export.service.js';
import { SecretsImportService } from './share/secrets-import.service.js';
import { SecretsShareController } from './share/secrets-share.controller.js';

@Module({
  controllers: [SecretsController, SecretsShareController],
  providers: [
    ImportWriter,
    SecretAccess,
    SecretChangesService,
    SecretShareRepository,
    SecretValues,
    SecretsExportService,
    SecretsImportService,
    SecretsRepository,
    SecretsService,
    TenantRights,
  ],
  exports: [SecretsService],
})
export class SecretsModule {}
