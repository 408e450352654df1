import { UserGroup } from '../modules/groups/user-groups/group.entity.js';
import { Tenant } from '../modules/tenants/tenant.entity.js';
import { Role } from '../modules/users/role.entity.js';
import { UserAccount } from '../modules/users/user.entity.js';

/** Every entity. A list rather than a search through files: what ships is what is written here. */
export const ALL_ENTITIES = [Role, Tenant, UserAccount, UserGroup];
