import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BadParametersError, ForbiddenError } from '../../core/errors/app-error.js';
import { BodyReader } from '../http/body-reader.js';
import type { Ctx } from '../context/ctx.js';
import { ActorFactory } from './actor-factory.js';
import type { AllowOptions } from './decorators.js';
import { Directory, type TenantRef } from './directory.js';
import { AccessRules } from './rules.js';
import { accessSoFar, noteAccess } from './request-access.js';

/** Third of the chain: in which tenant? An unknown one is 403, never 404 (rest-api §1.3). */
@Injectable()
export class TenantGuard implements CanActivate {
  constructor(
    private readonly rules: AccessRules,
    private readonly directory: Directory,
    private readonly actors: ActorFactory,
    private readonly bodies: BodyReader,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const rule = this.rules.of(execution);
    if (rule.kind === 'public') return true;
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const { glimpse, identity, principal } = accessSoFar(request);
    if (!glimpse || !identity || !principal) throw new Error('The authentication guard must run first.');

    const { accessVersion } = glimpse.state;
    const name = await this.tenantName(request, rule.options);
    const tied = identity.execution;
    // Who downloads a file sends no tenant (agent-protocol §6); an execution is nowhere but in its own.
    const tenant =
      name === null ? await this.withId(accessVersion, tied?.tenantId ?? null) : await this.known(accessVersion, name);
    if (tied && tenant && tenant.id !== tied.tenantId) throw unknownTenant(tenant.name);
    const ctx: Ctx = {
      actor: await this.actors.actor(accessVersion, identity, principal, tenant),
      tenantId: tenant?.id ?? null,
      tenantName: tenant?.name ?? null,
      requestId: request.id,
      sourceAddress: request.ip,
    };
    noteAccess(request, { ctx });
    return true;
  }

  private async tenantName(request: FastifyRequest, options: AllowOptions): Promise<string | null> {
    switch (options.tenant) {
      case 'none':
        return null;
      case 'path':
        return (request.params as { tenant_name: string }).tenant_name;
      case 'body':
        return this.nameInBody(request);
      case 'required':
      case 'optional': {
        const header = request.headers['tenant'];
        if (Array.isArray(header)) throw unknownTenant(header.join(', '));
        return header === undefined || header === '' ? null : header;
      }
    }
  }

  /** These endpoints read their JSON here, so that 415 and 400 precede the 403 (rest-api §1.3). */
  private async nameInBody(request: FastifyRequest): Promise<string> {
    const body = await this.bodies.json(request);
    const name = body['tenant_name'];
    if (name === undefined) throw new BadParametersError('Missing tenant_name in json request body');
    if (typeof name !== 'string') throw new BadParametersError('tenant_name parameter is expected to be of type str');
    if (name === '') throw new BadParametersError('The `tenant_name` argument is empty');
    return name;
  }

  /** A running execution need not name its tenant where it needs no permission (**EX**, rest-api §1.6). */
  private async withId(accessVersion: string, id: number | null): Promise<TenantRef | null> {
    if (id === null) return null;
    return (await this.directory.tenants(accessVersion)).find((tenant) => tenant.id === id) ?? null;
  }

  private async known(accessVersion: string, name: string): Promise<TenantRef> {
    const tenant = await this.directory.tenantByName(accessVersion, name);
    if (!tenant) throw unknownTenant(name);
    return tenant;
  }
}

function unknownTenant(name: string): ForbiddenError {
  return new ForbiddenError(`Authorization failed: Tried to authenticate with invalid tenant name: ${name}`);
}
