import { Global, Module } from '@nestjs/common';
import { join } from 'node:path';
import { ArchiveUnpacker } from '../archives/archive-unpacker.js';
import { Clock } from '../clock/clock.js';
import { AppConfig } from '../config/config.js';
import { Log } from '../logging/log.js';
import { Outbound } from '../outbound/outbound.js';
import { OutboundClient } from '../outbound/outbound-client.js';
import { FileStore } from './file-store.js';
import { FolderFileStore } from './folder-file-store.js';
import { PendingFilesRepository } from './pending-files.repository.js';
import { StoredFiles } from './stored-files.js';

/** Where files are kept, and the one way to fetch them from elsewhere. */
@Global()
@Module({
  providers: [
    PendingFilesRepository,
    StoredFiles,
    // One for all: it bounds how many archives are unpacked at once.
    { provide: ArchiveUnpacker, useFactory: () => new ArchiveUnpacker() },
    {
      provide: FileStore,
      useFactory: (config: AppConfig, clock: Clock) => FolderFileStore.open(join(config.dataDir, 'files'), clock),
      inject: [AppConfig, Clock],
    },
    {
      provide: Outbound,
      useFactory: (config: AppConfig, log: Log) =>
        new OutboundClient(
          {
            allowedHosts: config.outboundAllowedHosts,
            allowedNetworks: config.outboundAllowedNetworks,
            httpHosts: config.outboundHttpHosts,
          },
          { log },
        ),
      inject: [AppConfig, Log],
    },
  ],
  exports: [ArchiveUnpacker, FileStore, Outbound, StoredFiles],
})
export class FilesModule {}
