import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { assertLooseName } from '../../../core/text/names.js';
import { isStorable } from '../../../core/text/storable.js';
import type { DeleteDependency } from './dependency.dto.js';

/** A dependency as it was asked for; dictionaries as JSON text. */
export interface WantedDependency {
  readonly id: string | null;
  readonly creator: string;
  readonly target: string | null;
  readonly targetFunction: string | null;
  readonly externalSource: string | null;
  readonly externalTarget: string | null;
}

/** More than a deployment has uses of other ones. */
const MAX_DEPENDENCIES = 10_000;
const MAX_CREATOR_LENGTH = 10_000;

/** @throws BadParametersError */
export function wantedDependency(
  raw: Omit<DeleteDependency, 'source_deployment'> & { id?: string | null },
): WantedDependency {
  if (!isStorable(raw)) {
    throw new BadParametersError('A text in the request contains a character that cannot be stored');
  }
  if (raw.dependency_creator === '' || raw.dependency_creator.length > MAX_CREATOR_LENGTH) {
    throw new BadParametersError('`dependency_creator` is empty or too long');
  }
  const id = raw.id ?? null;
  return {
    id: id === null ? null : assertLooseName('id', id),
    creator: raw.dependency_creator,
    target: raw.target_deployment ?? null,
    targetFunction: jsonOf(raw.target_deployment_func),
    externalSource: jsonOf(raw.external_source),
    externalTarget: jsonOf(raw.external_target),
  };
}

/** The items of bulk requests; `target_deployment_id` is another name there. @throws BadParametersError */
export function wantedDependencies(raw: readonly unknown[]): readonly WantedDependency[] {
  if (raw.length > MAX_DEPENDENCIES) {
    throw new BadParametersError(`At most ${MAX_DEPENDENCIES} dependencies are taken at once`);
  }
  return raw.map((item) => {
    if (!isRecord(item)) throw new BadParametersError('Each of inter_deployment_dependencies must be a dict');
    const creator = text(item, 'dependency_creator');
    if (creator === null)
      throw new BadParametersError('Each of inter_deployment_dependencies needs `dependency_creator`');
    return wantedDependency({
      id: text(item, 'id'),
      dependency_creator: creator,
      target_deployment: text(item, 'target_deployment') ?? text(item, 'target_deployment_id'),
      target_deployment_func: dict(item, 'target_deployment_func'),
      external_source: dict(item, 'external_source'),
      external_target: dict(item, 'external_target'),
    });
  });
}

type Raw = Readonly<Record<string, unknown>>;

function text(raw: Raw, name: string): string | null {
  const value = raw[name] ?? null;
  if (value === null || typeof value === 'string') return value;
  throw new BadParametersError(`${printable(name)} parameter is expected to be of type str`);
}

function dict(raw: Raw, name: string): Raw | null {
  const value = raw[name] ?? null;
  if (value === null || isRecord(value)) return value;
  throw new BadParametersError(`${printable(name)} parameter is expected to be of type dict`);
}

function jsonOf(value: Raw | null | undefined): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
