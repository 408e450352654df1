import { sqlStateOf } from './unit-of-work.js';

/** foreign_key_violation, and restrict_violation: what PostgreSQL 18 says where the key is ON DELETE RESTRICT. */
const REFERENCED = new Set(['23503', '23001']);

/** Was a row not deleted because others refer to it? */
export function isStillReferenced(error: unknown): boolean {
  return REFERENCED.has(sqlStateOf(error) ?? '');
}
