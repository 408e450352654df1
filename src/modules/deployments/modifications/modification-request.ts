import type { WantedInstances } from '../../../core/dsl/instances/scaling.js';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { isStorable } from '../../../core/text/storable.js';

/** Numbers are kept as `int`; more than this is no number of instances anyway. */
const MOST_INSTANCES = 1_000_000;

/**
 * Reads the `nodes` of a modification (rest-api §3.5): how many instances of which node or scaling group.
 * @throws BadParametersError that names the entry
 */
export function readWantedInstances(raw: unknown): ReadonlyMap<string, WantedInstances> {
  if (raw === undefined || raw === null) return new Map();
  if (!isRecord(raw)) throw new BadParametersError('nodes parameter is expected to be of type dict');
  if (!isStorable(raw)) {
    throw new BadParametersError('A text in the request contains a character that cannot be stored');
  }
  return new Map(Object.entries(raw).map(([name, wanted]) => [name, wantedOf(name, wanted)]));
}

function wantedOf(name: string, raw: unknown): WantedInstances {
  const instances = isRecord(raw) ? raw['instances'] : undefined;
  if (!isRecord(raw) || typeof instances !== 'number' || !Number.isInteger(instances)) {
    throw new BadParametersError(`nodes: \`${printable(name)}\` needs \`instances\`, an integer`);
  }
  if (instances < 0 || instances > MOST_INSTANCES) {
    throw new BadParametersError(
      `nodes: the \`instances\` of \`${printable(name)}\` must be from 0 to ${MOST_INSTANCES}`,
    );
  }
  return {
    instances,
    removed_ids_include_hint: hintOf(name, 'removed_ids_include_hint', raw),
    removed_ids_exclude_hint: hintOf(name, 'removed_ids_exclude_hint', raw),
  };
}

function hintOf(name: string, key: string, raw: Readonly<Record<string, unknown>>): readonly string[] {
  const hint = raw[key] ?? [];
  if (Array.isArray(hint) && hint.every((id) => typeof id === 'string')) return hint;
  throw new BadParametersError(`nodes: the \`${key}\` of \`${printable(name)}\` must be a list of ids`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
