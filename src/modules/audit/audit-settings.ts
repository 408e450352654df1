import path from 'node:path';
import type { AppConfig } from '../../platform/config/config.js';
import type { AuditLevel } from './file/audit-level.js';

/** Bytes of one MB of `audit_log_file_size_MB`. */
const MEBIBYTE = 1024 * 1024;

/** What the audit log takes from the settings; also the injection token. */
export abstract class AuditSettings {
  /** The audit file, an absolute path. */
  abstract readonly file: string;
  abstract readonly level: AuditLevel;
  /** The file is renamed to `.1` before it would grow beyond. */
  abstract readonly maxBytes: number;
  /** How many renamed files are kept. */
  abstract readonly backups: number;
  /** Refuse to record, and so whatever needs a record, while the file cannot be written. */
  abstract readonly isStrict: boolean;
  /** May this process seal and write the file? Commands and schedulers only record. */
  abstract readonly isWorker: boolean;
}

/** Where an installed system keeps it, and where an embedded one does, below its data folder (security-design §6). */
const INSTALLED_FILE = '/var/log/cloudify/rest-security-audit.log';
const EMBEDDED_FILE = 'log/rest-security-audit.log';

export function auditSettings(config: AppConfig): AuditSettings {
  const byDefault = config.databaseUrl === null ? path.join(config.dataDir, EMBEDDED_FILE) : INSTALLED_FILE;
  return {
    file: path.resolve(config.auditLogFile ?? byDefault),
    level: config.auditLogLevel,
    maxBytes: config.auditLogFileSizeMB * MEBIBYTE,
    backups: config.auditLogFilesBackupCount,
    isStrict: config.auditFileStrict,
    isWorker: config.role !== 'scheduler',
  };
}
