import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ForbiddenError } from '../../core/errors/app-error.js';
import { RULE, type AccessRule } from './decorators.js';

/** Reads the access rule of a route; a route without one is closed. */
@Injectable()
export class AccessRules {
  constructor(private readonly reflector: Reflector) {}

  /** @throws ForbiddenError when nobody wrote a rule: silence means no. */
  of(execution: ExecutionContext): AccessRule {
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(RULE, [
      execution.getHandler(),
      execution.getClass(),
    ]);
    if (!rule) throw new ForbiddenError('This route has no access rule.');
    return rule;
  }
}
