import { BadParametersError } from '../errors/app-error.js';
import { printable } from '../listing/query-values.js';
import { isStorable } from '../text/storable.js';

export interface Label {
  readonly key: string;
  readonly value: string;
}

const MAX_LENGTH = 256;
/** What one resource can sensibly carry; a request of 1 MiB would otherwise become 50,000 rows. */
const MAX_LABELS = 1_000;
const RESERVED_PREFIX = 'csys-';

/** Reserved keys that may be written (rest-api §1.13). */
export const RESERVED_LABEL_KEYS: readonly string[] = [
  'csys-obj-name',
  'csys-obj-type',
  'csys-env-type',
  'csys-wrcp-services',
  'csys-location-name',
  'csys-location-lat',
  'csys-location-long',
  'csys-obj-parent',
  'csys-environment',
  'csys-consumer-id',
  'csys-wrcp-group-id',
];

/** Kept by the server: what users send for it is ignored. */
const KEPT_BY_SERVER = 'csys-consumer-id';

/**
 * Reads the labels of a request: `[{"env": "prod"}, {"team": ["a", "b"]}]`, and where `keyValue` is set also
 * `[{"key": "env", "value": "prod"}]`, whose value may be a list too (rest-api §1.13, §5.4). Keys come out in lower
 * case, values in NFKC.
 * @throws BadParametersError for another shape, an illegal key or value, a reserved key, or the same pair twice
 */
export function parseLabels(raw: unknown, options: { readonly keyValue: boolean }): readonly Label[] {
  if (!Array.isArray(raw)) throw wrongShape();
  const labels = raw.flatMap((entry) => pairsOf(entry, options.keyValue)).filter(({ key }) => key !== KEPT_BY_SERVER);
  if (labels.length > MAX_LABELS) throw new BadParametersError(`A resource has at most ${MAX_LABELS} labels`);
  const seen = new Set<string>();
  for (const { key, value } of labels) {
    const pair = JSON.stringify([key, value]);
    if (seen.has(pair)) {
      throw new BadParametersError(`The label \`${printable(key)}:${printable(value)}\` appears more than once`);
    }
    seen.add(pair);
  }
  return labels;
}

function pairsOf(entry: unknown, keyValue: boolean): Label[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) throw wrongShape();
  const pairs = Object.entries(entry);
  const isKeyValue = keyValue && pairs.length === 2 && Object.hasOwn(entry, 'key') && Object.hasOwn(entry, 'value');
  const [key, value] = isKeyValue
    ? [(entry as { key: unknown }).key, (entry as { value: unknown }).value]
    : (pairs.length === 1 && pairs[0]) || [undefined, undefined];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (typeof key !== 'string' || values.length === 0 || values.some((one) => typeof one !== 'string')) {
    throw wrongShape();
  }
  const name = labelKey(key);
  return values.map((one) => ({ key: name, value: labelValue(name, one as string) }));
}

/** The stored form of a key. @throws BadParametersError */
export function labelKey(raw: string): string {
  if (raw === '' || raw.length > MAX_LENGTH || !/^[A-Za-z0-9\-._~]+$/.test(raw)) {
    throw new BadParametersError(
      `The label's key \`${printable(raw)}\` must have 1 to ${MAX_LENGTH} letters, digits and - . _ ~`,
    );
  }
  const key = raw.toLowerCase();
  if (key.startsWith(RESERVED_PREFIX) && !RESERVED_LABEL_KEYS.includes(key)) {
    throw new BadParametersError(
      `Labels' keys with the prefix ${RESERVED_PREFIX} are reserved: \`${printable(key)}\`. Allowed are: ${RESERVED_LABEL_KEYS.join(', ')}`,
    );
  }
  return key;
}

/** The stored form of a value. @throws BadParametersError */
export function labelValue(key: string, raw: string): string {
  const value = raw.normalize('NFKC');
  if (value === '' || value.length > MAX_LENGTH || !isStorable(value) || /["\p{Cc}]/u.test(value)) {
    throw new BadParametersError(
      `The label's value \`${printable(raw)}\` must have 1 to ${MAX_LENGTH} characters, none of them a control character or "`,
    );
  }
  switch (key) {
    case 'csys-obj-type':
      return value.toLowerCase();
    case 'csys-location-lat':
      return coordinate(key, value, 90);
    case 'csys-location-long':
      return coordinate(key, value, 180);
    default:
      return value;
  }
}

function coordinate(key: string, value: string, bound: number): string {
  const isNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(value);
  if (!isNumber || Math.abs(Number(value)) > bound) {
    throw new BadParametersError(`The label ${key} must be a number from -${bound} to ${bound}`);
  }
  return value;
}

function wrongShape(): BadParametersError {
  return new BadParametersError(
    'Labels must be a list of 1-entry dictionaries: [{<key1>: <value1>}, {<key2>: [<value2>, <value3>]}, ...]',
  );
}
