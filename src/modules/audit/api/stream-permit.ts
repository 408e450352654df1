import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { holds } from '../../../core/access/actor.js';
import { ForbiddenError } from '../../../core/errors/app-error.js';
import { ActorFactory } from '../../../platform/access/actor-factory.js';
import { Authenticator } from '../../../platform/access/authenticator.js';
import { credentialsOf } from '../../../platform/access/credentials.js';

/**
 * A stream outlives the check at its door. What is true of every request, that a change of role, token or state is felt
 * at once, is kept by asking again with the same credentials.
 */
@Injectable()
export class StreamPermit {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly actors: ActorFactory,
  ) {}

  /** @throws UnauthorizedError or ForbiddenError when the reader would not be let in now. */
  async renew(request: FastifyRequest, permission: string): Promise<void> {
    const glimpse = await this.authenticator.look(credentialsOf(request));
    const identity = await glimpse.authenticate();
    const actor = await this.actors.systemActor(glimpse.state.accessVersion, identity);
    if (!holds(actor, permission))
      throw new ForbiddenError(`User \`${actor.username}\` may not read the audit log any more`);
  }
}
