import { Global, Module } from '@nestjs/common';
import { Directory } from '../../platform/access/directory.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UsersModule } from '../users/users.module.js';
import { OwnAccountGuard } from './accounts/own-account.guard.js';
import { UserViewsService } from './accounts/user-views.service.js';
import { UsersController } from './accounts/users.controller.js';
import { DirectoryRepository } from './directory/directory.repository.js';
import { DirectoryService } from './directory/directory.service.js';
import { PermissionsController } from './permissions/permissions.controller.js';
import { PermissionsRepository } from './permissions/permissions.repository.js';
import { PermissionsService } from './permissions/permissions.service.js';
import { SeedService } from './seed.service.js';
import { SeedRepository } from './seed/seed.repository.js';
import { MembershipsRepository } from './tenancy/memberships.repository.js';
import { MembershipsService } from './tenancy/memberships.service.js';
import { TenantDetailsGuard } from './tenancy/tenant-details.guard.js';
import { TenantMembersController } from './tenancy/tenant-members.controller.js';
import { TenantViewsService } from './tenancy/tenant-views.service.js';
import { TenantsController } from './tenancy/tenants.controller.js';
import { GroupViewsService } from './user-groups/group-views.service.js';
import { GroupsRepository } from './user-groups/groups.repository.js';
import { GroupsService } from './user-groups/groups.service.js';
import { UserGroupsController } from './user-groups/user-groups.controller.js';
import { ViewsRepository } from './views.repository.js';

/**
 * Who belongs where: groups, memberships, the permission matrix, and every answer that shows them, which is why the
 * routes of users and tenants stand here.
 */
@Global()
@Module({
  imports: [TenantsModule, UsersModule],
  controllers: [
    UsersController,
    UserGroupsController,
    TenantMembersController,
    TenantsController,
    PermissionsController,
  ],
  providers: [
    DirectoryRepository,
    DirectoryService,
    GroupViewsService,
    GroupsRepository,
    GroupsService,
    MembershipsRepository,
    MembershipsService,
    OwnAccountGuard,
    PermissionsRepository,
    PermissionsService,
    SeedRepository,
    SeedService,
    TenantDetailsGuard,
    TenantViewsService,
    UserViewsService,
    ViewsRepository,
    { provide: Directory, useExisting: DirectoryService },
  ],
  exports: [Directory, SeedService],
})
export class GroupsModule {}
