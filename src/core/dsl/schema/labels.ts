import { AppError } from '../../errors/app-error.js';
import { labelKey } from '../../labels/labels.js';
import type { At } from '../diagnostics.js';
import type { LabelValues } from '../plan.js';
import type { Dict, Key, Value } from '../values.js';
import { isDict, kindOf } from '../values.js';
import { valueOf } from '../yaml/tree.js';
import { plainValueAt } from './outputs.js';
import type { Fields, Reading } from './reading.js';
import { entriesOf, fieldsOf, itemsOf } from './reading.js';

/**
 * The section `labels`: texts and functions (dsl.md §13). Keys stay as written; they become lower case, and reserved
 * ones are refused, when the labels are attached.
 */
export function readLabels(reading: Reading, sections: Fields): ReadonlyMap<string, LabelValues> {
  return labelsAt(reading, sections.get('labels'), (value) => {
    if (isDict(value)) {
      return value.has('get_attribute') ? 'may not be a get_attribute: instances do not exist yet' : null;
    }
    return typeof value === 'string' ? null : `must be a string or a function, found a value of kind ${kindOf(value)}`;
  });
}

/** The section `blueprint_labels`: texts only (dsl.md §13). */
export function readBlueprintLabels(reading: Reading, sections: Fields): ReadonlyMap<string, LabelValues> {
  return labelsAt(reading, sections.get('blueprint_labels'), (value) =>
    typeof value === 'string' ? null : `must be a string, found a value of kind ${kindOf(value)}`,
  );
}

/** The section `resource_tags`, as written (dsl.md §13). */
export function readResourceTags(reading: Reading, sections: Fields): Dict {
  const section = sections.get('resource_tags');
  const tags = new Map<Key, Value>();
  if (section !== undefined && reading.gate('resource_tags', 'cloudify_dsl_1_3', section)) {
    for (const [name, at] of entriesOf(reading, section)) {
      tags.set(name, plainValueAt(reading, at) ?? null);
    }
  }
  return tags;
}

/** @param refusal why a value is none of a label, or null */
function labelsAt(
  reading: Reading,
  section: At | undefined,
  refusal: (value: Value) => string | null,
): ReadonlyMap<string, LabelValues> {
  const labels = new Map<string, LabelValues>();
  for (const [key, at] of entriesOf(reading, section)) {
    const list = fieldsOf(reading, at, ['values'], ['values'])?.list('values');
    const values: Value[] = [];
    for (const item of list === undefined ? [] : itemsOf(list)) {
      const value = valueOf(item.node);
      const reason = refusal(value);
      if (reason !== null) {
        reading.report(1, item, `A value of the label '${key}' ${reason}`);
      }
      values.push(value);
    }
    warnOfKey(reading, key, at);
    labels.set(key, { values });
  }
  return labels;
}

/** A key that cannot be attached is accepted here, but its author had better know. */
function warnOfKey(reading: Reading, key: string, at: At): void {
  try {
    labelKey(key);
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
    reading.diagnostics.warn({ at, message: error.message });
  }
}
