import type { MigrationInterface } from 'typeorm';
import { CreateDirectory1764000000000 } from './1764000000000-create-directory.js';
import { CreateAudit1764000200000 } from './1764000200000-create-audit.js';

/** Every migration, oldest first. A list rather than a search through files: what ships is what is written here. */
export const ALL_MIGRATIONS: readonly (new () => MigrationInterface)[] = [
  CreateDirectory1764000000000,
  CreateAudit1764000200000,
];
