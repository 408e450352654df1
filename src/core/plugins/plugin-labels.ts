import { BadParametersError } from '../errors/app-error.js';
import { labelKey, labelValue } from '../labels/labels.js';
import { isStorable } from '../text/storable.js';

/** Labels as they are stored with a plugin, `{key: [values]}`; a value that is no text is a function of the language. */
export type PluginLabels = Readonly<Record<string, readonly unknown[]>>;
export type ResourceTags = Readonly<Record<string, unknown>>;

export type LabelSection = 'labels' | 'blueprint_labels';

const MAX_LABELS = 1_000;
/** Each list of plugins holds this much for each of its rows. */
const MAX_SECTION_BYTES = 64 * 1024;

/**
 * Judges labels by the rules of all labels (rest-api §1.13): keys come out in lower case, values in NFKC. A value may be
 * one, or a list of them; in `labels`, which are for deployments, also a call of a function (dsl.md §13).
 * @throws BadParametersError
 */
export function readPluginLabels(section: LabelSection, raw: Readonly<Record<string, unknown>>): PluginLabels {
  const labels = new Map<string, unknown[]>();
  let count = 0;
  for (const [written, value] of Object.entries(raw)) {
    const key = labelKey(written);
    const values = labels.get(key) ?? [];
    for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      values.push(readValue(section, key, one));
      count += 1;
    }
    labels.set(key, values);
  }
  if (count > MAX_LABELS) throw new BadParametersError(`\`${section}\` has more than ${MAX_LABELS} labels`);
  return bounded(section, Object.fromEntries(labels));
}

/** @throws BadParametersError */
export function readResourceTags(raw: Readonly<Record<string, unknown>>): ResourceTags {
  if (!isStorable(raw)) throw new BadParametersError('`resource_tags` holds a character that cannot be stored');
  return bounded('resource_tags', raw);
}

function readValue(section: LabelSection, key: string, value: unknown): unknown {
  if (typeof value === 'string') return labelValue(key, value);
  const isCall = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (section === 'labels' && isCall && isStorable(value)) return value;
  throw new BadParametersError(
    `The values of the label \`${key}\` in \`${section}\` must be texts${section === 'labels' ? ' or functions' : ''}`,
  );
}

function bounded<T extends object>(section: string, value: T): T {
  if (JSON.stringify(value).length > MAX_SECTION_BYTES) {
    throw new BadParametersError(`\`${section}\` is larger than ${MAX_SECTION_BYTES} bytes`);
  }
  return value;
}
