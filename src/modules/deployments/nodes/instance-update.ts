import { BadParametersError } from '../../../core/errors/app-error.js';
import { isStorable } from '../../../core/text/storable.js';

/** What `PATCH /node-instances/{id}` asks for; null is unchanged. JSON as text. */
export interface InstanceUpdate {
  readonly version: number;
  readonly state: string | null;
  readonly runtimeProperties: string | null;
  readonly systemProperties: string | null;
  readonly relationships: string | null;
}

/** @throws BadParametersError without `server_traceback` (rest-api §1.7) */
export function readInstanceUpdate(body: unknown): InstanceUpdate {
  if (!isRecord(body)) throw refused('Request body needs to be a mapping');
  const { version, state = null } = body;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 0 || version > 2_147_483_647) {
    throw refused('`version` must be an integer of 0 or more');
  }
  if (state !== null && (typeof state !== 'string' || !isStorable(state))) {
    throw refused('state parameter is expected to be of type str');
  }
  return {
    version,
    state,
    runtimeProperties: jsonIn(body, 'runtime_properties', 'dict', isRecord),
    systemProperties: jsonIn(body, 'system_properties', 'dict', isRecord),
    relationships: jsonIn(body, 'relationships', 'list', Array.isArray),
  };
}

function jsonIn(
  body: Readonly<Record<string, unknown>>,
  name: string,
  type: string,
  fits: (value: unknown) => boolean,
): string | null {
  const value = (Object.hasOwn(body, name) ? body[name] : null) ?? null;
  if (value === null) return null;
  if (!fits(value)) throw refused(`${name} parameter is expected to be of type ${type}`);
  if (!isStorable(value)) throw refused(`\`${name}\` holds characters that cannot be stored`);
  return JSON.stringify(value);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(message: string): BadParametersError {
  return new BadParametersError(message, { traceback: 'absent' });
}
