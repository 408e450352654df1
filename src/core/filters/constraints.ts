import { BadParametersError } from '../errors/app-error.js';
import { labelKey, labelValue, type Label } from '../labels/labels.js';
import { printable } from '../listing/query-values.js';
import { isStorable } from '../text/storable.js';

const NAME_PATTERNS = ['contains', 'starts_with', 'ends_with', 'equals_to'] as const;
export type NamePattern = (typeof NAME_PATTERNS)[number];

/** What a search may ask for instead of filter rules (rest-api §1.12); everything is AND-ed. */
export interface SearchConstraints {
  readonly labels: readonly Label[];
  readonly filterId: string | null;
  readonly tenants: readonly string[] | null;
  /** Exact names. */
  readonly validValues: readonly string[] | null;
  readonly namePattern: ReadonlyMap<NamePattern, string>;
}

const KEYS = ['labels', 'filter_id', 'tenants', 'valid_values', 'name_pattern'] as const;
const MAX_ITEMS = 1_000;

/** @throws BadParametersError for anything else than a dictionary of these keys */
export function parseConstraints(raw: unknown): SearchConstraints {
  if (!isRecord(raw)) throw new BadParametersError('constraints parameter is expected to be of type dict');
  const unknown = Object.keys(raw).filter((key) => !KEYS.some((known) => known === key));
  if (unknown.length > 0) {
    throw new BadParametersError(
      `Unknown constraints: ${unknown.map(printable).join(', ')}. Allowed are: ${KEYS.join(', ')}`,
    );
  }
  return {
    labels: labelsOf(raw['labels']),
    filterId: textOf('filter_id', raw['filter_id']),
    tenants: textsOf('tenants', raw['tenants']),
    validValues: textsOf('valid_values', raw['valid_values']),
    namePattern: patternOf(raw['name_pattern']),
  };
}

function labelsOf(raw: unknown): readonly Label[] {
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw) || raw.length > MAX_ITEMS) throw noLabels();
  return (raw as readonly unknown[]).map((one) => {
    const [entry, ...more] = isRecord(one) ? Object.entries(one) : [];
    if (entry === undefined || more.length > 0 || typeof entry[1] !== 'string') throw noLabels();
    const key = labelKey(entry[0]);
    return { key, value: labelValue(key, entry[1]) };
  });
}

function patternOf(raw: unknown): ReadonlyMap<NamePattern, string> {
  if (raw === undefined || raw === null) return new Map();
  if (!isRecord(raw)) throw noPattern();
  const entries = Object.entries(raw).map(([operator, text]) => {
    const known = NAME_PATTERNS.find((one) => one === operator);
    if (known === undefined || typeof text !== 'string' || !isStorable(text)) throw noPattern();
    return [known, text] as const;
  });
  if (entries.length === 0) throw noPattern();
  return new Map(entries);
}

function noLabels(): BadParametersError {
  return new BadParametersError(
    'The constraint labels must be a list of 1-entry dictionaries: [{<key>: <value>}, ...]',
  );
}

function noPattern(): BadParametersError {
  return new BadParametersError(
    `The constraint name_pattern must be a dictionary from one or more of ${NAME_PATTERNS.join(', ')} to texts`,
  );
}

function textOf(name: string, raw: unknown): string | null {
  if (raw === undefined || raw === null) return null;
  if (typeof raw !== 'string' || !isStorable(raw)) {
    throw new BadParametersError(`The constraint ${name} must be a text`);
  }
  return raw;
}

function textsOf(name: string, raw: unknown): readonly string[] | null {
  if (raw === undefined || raw === null) return null;
  if (
    !Array.isArray(raw) ||
    raw.length > MAX_ITEMS ||
    !raw.every((one) => typeof one === 'string' && isStorable(one))
  ) {
    throw new BadParametersError(`The constraint ${name} must be a list of at most ${MAX_ITEMS} texts`);
  }
  return raw as readonly string[];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
