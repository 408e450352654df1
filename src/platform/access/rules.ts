import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ForbiddenError } from '../../core/errors/app-error.js';
import { RULE, type AccessRule } from './decorators.js';

/** Reads the access rule of a route; a route without one is closed. */
@Injectable()
export class AccessRules {
  /** Rules never change while we run, and four guards ask on every request. */
  private readonly known = new WeakMap<object, { readonly controller: object; readonly rule: AccessRule }>();

  constructor(private readonly reflector: Reflector) {}

  /** @throws ForbiddenError when nobody wrote a rule: silence means no. */
  of(execution: ExecutionContext): AccessRule {
    const handler = execution.getHandler();
    const controller = execution.getClass();
    const known = this.known.get(handler);
    if (known?.controller === controller) return known.rule;
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(RULE, [handler, controller]);
    if (!rule) throw new ForbiddenError('This route has no access rule.');
    this.known.set(handler, { controller, rule });
    return rule;
  }
}
