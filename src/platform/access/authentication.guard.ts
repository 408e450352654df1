import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccessRules } from './rules.js';
import { Directory } from './directory.js';
import { accessSoFar, noteAccess } from './request-access.js';

/** Second of the chain: who is it? 401 when nobody can be told from the credentials (rest-api §1.4). */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly rules: AccessRules,
    private readonly directory: Directory,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    if (this.rules.of(execution).kind === 'public') return true;
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const { glimpse, identity: known } = accessSoFar(request);
    if (!glimpse) throw new Error('The maintenance guard must run first.');
    const identity = known ?? (await glimpse.authenticate());
    const principal = await this.directory.principal(glimpse.state.accessVersion, identity.account.id);
    noteAccess(request, { identity, principal });
    return true;
  }
}
