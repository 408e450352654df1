import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { firstOf, readLooseBoolean, type QueryValues } from '../../../core/listing/query-values.js';
import { requirePermission } from '../../../platform/access/require-permission.js';
import { accessOf } from '../../../platform/access/request-access.js';

/** `GET /tenants?_get_data=true` shows who belongs where, and needs a permission more (rest-api §2.3). */
@Injectable()
export class TenantDetailsGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    // Whether the text is a boolean at all is judged with the other query parameters, later.
    if (readLooseBoolean(firstOf(request.query as QueryValues, '_get_data'))) {
      requirePermission(accessOf(request).ctx, 'tenant_list_get_data');
    }
    return true;
  }
}
