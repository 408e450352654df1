import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { requirePermission } from '../../../platform/access/require-permission.js';
import { accessOf } from '../../../platform/access/request-access.js';
import { isOwnAccount } from './account-change.js';

/**
 * `POST /users/{username}`: anybody signed in enters for their own account, where what the body asks for decides; for
 * another's `user_update` is needed before the body is read (rest-api §1.3, §2.1).
 */
@Injectable()
export class OwnAccountGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const { ctx } = accessOf(request);
    const { username } = request.params as { readonly username: string };
    if (!isOwnAccount(ctx.actor, username)) requirePermission(ctx, 'user_update');
    return true;
  }
}
