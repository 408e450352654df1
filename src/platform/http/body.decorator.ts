import { SetMetadata } from '@nestjs/common';

export const READS = Symbol('holdfast:reads');

/**
 * How the body of a route is read, after the guards and the query (rest-api §1.3, §1.8):
 * `json` needs a JSON object; `optional-json` takes an absent or empty body as `{}`, whatever its content type;
 * `json-list` needs a JSON list; `stream` leaves the body to the handler; `none` ignores it.
 */
export type BodyKind = 'json' | 'optional-json' | 'json-list' | 'stream' | 'none';

export function Reads(kind: BodyKind): MethodDecorator & ClassDecorator {
  return SetMetadata(READS, kind);
}
