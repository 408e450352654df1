import { applyDecorators, SetMetadata } from '@nestjs/common';

export const READS = Symbol('holdfast:reads');
export const READS_MAX_BYTES = Symbol('holdfast:reads-max-bytes');

/**
 * How the body of a route is read, after the guards and the query (rest-api §1.3, §1.8):
 * `json` needs a JSON object; `optional-json` takes an absent or empty body as `{}`, whatever its content type;
 * `json-list` needs a JSON list; `stream` leaves the body to the handler; `none` ignores it.
 */
export type BodyKind = 'json' | 'optional-json' | 'json-list' | 'stream' | 'none';

export interface BodyLimits {
  /** For a body that is an upload in the form of a JSON object; 1 MiB otherwise (security-design §8). */
  readonly maxBytes?: number;
}

export function Reads(kind: BodyKind, limits: BodyLimits = {}): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(READS, kind), SetMetadata(READS_MAX_BYTES, limits.maxBytes));
}
