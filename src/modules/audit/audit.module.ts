import { Global, Module } from '@nestjs/common';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { AppConfig } from '../../platform/config/config.js';
import { AuditRecordsRepository } from './api/audit-records.repository.js';
import { AuditRemovalRepository } from './api/audit-removal.repository.js';
import { AuditRemovalService } from './api/audit-removal.service.js';
import { AuditStreamService } from './api/audit-stream.service.js';
import { AuditTail } from './api/audit-tail.js';
import { InjectionReader } from './api/injection-reader.js';
import { StreamPermit } from './api/stream-permit.js';
import { AuditBell } from './audit-bell.js';
import { AuditController } from './audit.controller.js';
import { AuditHealth } from './audit-health.js';
import { AuditService } from './audit.service.js';
import { AuditSettings, auditSettings } from './audit-settings.js';
import { AuditFileRepository } from './file/audit-file.repository.js';
import { FileFollower } from './file/file-follower.js';
import { AuditExport } from './proof/audit-export.service.js';
import { AuditProofRepository } from './proof/audit-proof.repository.js';
import { AuditVerifier } from './proof/audit-verifier.service.js';
import { AuditChainRepository } from './sealing/audit-chain.repository.js';
import { AuditCheckpointRepository } from './sealing/audit-checkpoint.repository.js';
import { AuditElectionRepository } from './sealing/audit-election.repository.js';
import { AuditKeys } from './sealing/audit-keys.js';
import { AuditSealer } from './sealing/audit-sealer.js';
import { AuditWorker } from './sealing/audit-worker.js';
import { AuditInsertRepository } from './sink/audit-insert.repository.js';
import { AuditSinkService } from './sink/audit-sink.service.js';

/** The audit log. Global, since everybody records and nobody imports it: the port is AuditSink. */
@Global()
@Module({
  controllers: [AuditController],
  providers: [
    { provide: AuditSettings, useFactory: auditSettings, inject: [AppConfig] },
    { provide: AuditSink, useClass: AuditSinkService },
    AuditBell,
    AuditChainRepository,
    AuditCheckpointRepository,
    AuditElectionRepository,
    AuditExport,
    AuditFileRepository,
    AuditHealth,
    AuditInsertRepository,
    AuditKeys,
    AuditProofRepository,
    AuditRecordsRepository,
    AuditRemovalRepository,
    AuditRemovalService,
    AuditSealer,
    AuditService,
    AuditStreamService,
    AuditTail,
    AuditVerifier,
    AuditWorker,
    FileFollower,
    InjectionReader,
    StreamPermit,
  ],
  exports: [AuditSink, AuditVerifier, AuditExport, AuditHealth, AuditStreamService],
})
export class AuditModule {}
