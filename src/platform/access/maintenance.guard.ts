import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { holds } from '../../core/access/actor.js';
import { relativePath } from '../http/api-path.js';
import { AccessRules } from './rules.js';
import { Authenticator, type Glimpse } from './authenticator.js';
import { credentialsOf } from './credentials.js';
import { blocksInMaintenance, MaintenanceMode } from './maintenance.js';
import { maintenanceError } from './maintenance-error.js';
import { noteAccess } from './request-access.js';
import { ActorFactory } from './actor-factory.js';

const TRUTHY = /^(?!(false|0|no|off)$).+/i;

/**
 * First of the chain (rest-api §1.3, §1.17): takes the one look at the database that the whole chain uses, and answers
 * 503 before credentials are judged, unless the bypass header and the permission for it let the caller through.
 */
@Injectable()
export class MaintenanceGuard implements CanActivate {
  constructor(
    private readonly rules: AccessRules,
    private readonly authenticator: Authenticator,
    private readonly maintenance: MaintenanceMode,
    private readonly actors: ActorFactory,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    // The route's pattern, not the URL: whoever writes a letter as %65 asks for the same thing.
    const path = relativePath(request.routeOptions.url ?? request.url);
    const rule = this.rules.of(execution);
    if (rule.kind === 'public' && !blocksInMaintenance('activated', request.method, path)) return true;

    const glimpse = await this.authenticator.look(credentialsOf(request));
    noteAccess(request, { glimpse });
    const status = glimpse.state.maintenance;
    if (status === 'deactivated') return true;
    if (await this.mayBypass(request, glimpse)) return true;

    const settled = status === 'activating' ? await this.maintenance.settle() : status;
    if (blocksInMaintenance(settled, request.method, path)) throw maintenanceError(settled);
    return true;
  }

  private async mayBypass(request: FastifyRequest, glimpse: Glimpse): Promise<boolean> {
    const header = request.headers['x-bypass-maintenance'];
    if (typeof header !== 'string' || !TRUTHY.test(header.trim())) return false;
    const identity = await glimpse.authenticate();
    noteAccess(request, { identity });
    const actor = await this.actors.systemActor(glimpse.state.accessVersion, identity);
    return holds(actor, 'maintenance_mode_set');
  }
}
