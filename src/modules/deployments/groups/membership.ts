import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { isStorable } from '../../../core/text/storable.js';

/** Which deployments are meant (rest-api §3.4); what is null was not said. */
export interface MembersAsked {
  readonly ids: readonly string[] | null;
  readonly filterId: string | null;
  readonly filterRules: readonly unknown[] | null;
  readonly fromGroup: string | null;
  readonly newDeployments: readonly Readonly<Record<string, unknown>>[];
}

const MAX_IDS = 10_000;
const MAX_NEW = 1_000;

/** @throws BadParametersError */
export function readMembers(raw: object): MembersAsked {
  if (!isStorable(raw)) {
    throw new BadParametersError('A text in the request contains a character that cannot be stored');
  }
  const of = (name: string): unknown => (raw as Readonly<Record<string, unknown>>)[name] ?? null;
  return {
    ids: textsOf(of('deployment_ids')),
    filterId: textOf('filter_id', of('filter_id')),
    filterRules: listOf('filter_rules', of('filter_rules')),
    fromGroup: textOf('deployments_from_group', of('deployments_from_group')),
    newDeployments: newOnes(of('new_deployments')),
  };
}

function textsOf(raw: unknown): readonly string[] | null {
  const list = listOf('deployment_ids', raw);
  if (list === null) return null;
  if (list.length > MAX_IDS || !list.every((id) => typeof id === 'string')) {
    throw new BadParametersError(`deployment_ids must be a list of at most ${MAX_IDS} ids`);
  }
  return [...new Set(list)];
}

function newOnes(raw: unknown): readonly Readonly<Record<string, unknown>>[] {
  const list = listOf('new_deployments', raw) ?? [];
  if (list.length > MAX_NEW) throw new BadParametersError(`At most ${MAX_NEW} deployments are made at once`);
  return list.map((one) => {
    if (typeof one === 'object' && one !== null && !Array.isArray(one)) return one as Readonly<Record<string, unknown>>;
    throw new BadParametersError('Each of new_deployments must be a dict');
  });
}

function textOf(name: string, raw: unknown): string | null {
  if (raw === null || typeof raw === 'string') return raw;
  throw new BadParametersError(`${printable(name)} parameter is expected to be of type str`);
}

function listOf(name: string, raw: unknown): readonly unknown[] | null {
  if (raw === null || Array.isArray(raw)) return raw;
  throw new BadParametersError(`${printable(name)} parameter is expected to be of type list`);
}
