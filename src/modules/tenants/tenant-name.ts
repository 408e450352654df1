import { BadParametersError } from '../../core/errors/app-error.js';
import { assertName } from '../../core/text/names.js';

/** These are routes of their own below `tenants/` (rest-api §1.1), so no tenant could ever be reached by such a name. */
const ROUTES = new Set(['users', 'user-groups']);

/** @throws BadParametersError */
export function assertTenantName(name: string): string {
  assertName('tenant_name', name);
  if (ROUTES.has(name)) throw new BadParametersError(`\`${name}\` is not allowed as a tenant name`);
  return name;
}
