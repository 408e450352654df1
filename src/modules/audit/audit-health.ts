import { Injectable } from '@nestjs/common';

/** What an operator counts: figures of this process since it started. */
export interface AuditHealthFigures {
  readonly recordsWritten: number;
  readonly recordsFailed: number;
  readonly entriesSealed: number;
  readonly checkpointsSigned: number;
  readonly fileFailures: number;
  /** Since when the audit file of the installation cannot be written; null while it can. */
  readonly fileFailedSince: Date | null;
}

@Injectable()
export class AuditHealth {
  recordsWritten = 0;
  recordsFailed = 0;
  entriesSealed = 0;
  checkpointsSigned = 0;
  fileFailures = 0;
  fileFailedSince: Date | null = null;

  figures(): AuditHealthFigures {
    const { recordsWritten, recordsFailed, entriesSealed, checkpointsSigned, fileFailures, fileFailedSince } = this;
    return { recordsWritten, recordsFailed, entriesSealed, checkpointsSigned, fileFailures, fileFailedSince };
  }
}
