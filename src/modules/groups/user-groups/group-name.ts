import { BadParametersError } from '../../../core/errors/app-error.js';
import { canonicalName } from '../../../core/text/canonical-name.js';
import { assertName } from '../../../core/text/names.js';

/** A route of its own below `user-groups/` (rest-api §1.1), so no group could ever be reached by such a name. */
const ROUTE = 'users';
/** What the index of directory names can hold; real ones have a few hundred. */
const MAX_DN_BYTES = 2_048;
const C0 = /\p{Cc}/u;

/** @throws BadParametersError */
export function assertGroupName(name: string): string {
  assertName('group_name', name);
  // Names are compared without case, so every casing of the route's word is taken.
  if (canonicalName(name) === ROUTE) throw new BadParametersError(`\`${name}\` is not allowed as a user group name`);
  return name;
}

/** A group's name in a directory, or null where none is given. @throws BadParametersError for text that cannot be one */
export function readDirectoryName(text: string | null | undefined): string | null {
  if (text === null || text === undefined || text.trim() === '') return null;
  if (Buffer.byteLength(canonicalName(text)) > MAX_DN_BYTES || Buffer.byteLength(text) > MAX_DN_BYTES) {
    throw new BadParametersError(`\`ldap_group_dn\` is longer than ${MAX_DN_BYTES} bytes`);
  }
  if (C0.test(text) || !text.isWellFormed())
    throw new BadParametersError('`ldap_group_dn` contains control characters');
  return text;
}
