import type { FastifyRequest } from 'fastify';
import type { Reach } from '../../core/access/visibility.js';
import type { Ctx } from '../context/ctx.js';
import type { Glimpse, Identity } from './authenticator.js';
import type { Principal } from './directory.js';

/** What the guards found out about a request, one after the other. */
export interface RequestAccess {
  readonly glimpse: Glimpse;
  readonly identity: Identity;
  readonly principal: Principal;
  readonly ctx: Ctx;
  readonly reach: Reach | null;
}

const found = new WeakMap<object, Partial<RequestAccess>>();

export function noteAccess(request: FastifyRequest, part: Partial<RequestAccess>): void {
  const notes = found.get(request.raw);
  if (notes) Object.assign(notes, part);
  else found.set(request.raw, { ...part });
}

/** As if no guard had run yet. */
export function forgetAccess(request: FastifyRequest): void {
  found.delete(request.raw);
}

export function accessSoFar(request: FastifyRequest): Partial<RequestAccess> {
  return found.get(request.raw) ?? {};
}

/** @throws Error on a public route: nobody was asked who they are there. */
export function accessOf(request: FastifyRequest): RequestAccess {
  const notes = found.get(request.raw);
  if (!notes?.ctx || !notes.identity || !notes.principal || !notes.glimpse) {
    throw new Error('This route has no caller: it is public, or its guard has not run.');
  }
  return {
    glimpse: notes.glimpse,
    identity: notes.identity,
    principal: notes.principal,
    ctx: notes.ctx,
    reach: notes.reach ?? null,
  };
}
