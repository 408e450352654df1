import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { FieldRules, Listing, ListingRules } from '../../core/listing/listing.js';

export const LISTS = Symbol('holdfast:lists');
export const SHOWS = Symbol('holdfast:shows');

/** This route lists a resource: its query is judged before the body is read (rest-api §1.3), by what the source declares. */
export function Lists(source: ListingRules & { readonly resource: string }): MethodDecorator {
  return SetMetadata(LISTS, source);
}

/** This route answers one object of a resource: `_include` narrows it. */
export function Shows(source: { readonly resource: string; readonly fields: FieldRules }): MethodDecorator {
  return SetMetadata(SHOWS, source);
}

const parsed = new WeakMap<object, Listing>();

export function noteListing(request: FastifyRequest, listing: Listing): void {
  parsed.set(request.raw, listing);
}

/** The judged query of a route with `@Lists`. */
export const CurrentListing = createParamDecorator((_: unknown, execution: ExecutionContext): Listing => {
  const listing = parsed.get(execution.switchToHttp().getRequest<FastifyRequest>().raw);
  if (!listing) throw new Error('@CurrentListing() needs @Lists() on the route.');
  return listing;
});
