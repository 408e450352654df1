import type { LabelValues } from '../plan.js';
import type { Dict } from '../values.js';
import type { Fields, Reading } from './reading.js';

/** The section `labels`: texts and functions (dsl.md §13). */
export function readLabels(_reading: Reading, _sections: Fields): ReadonlyMap<string, LabelValues> {
  throw new Error('not yet');
}

/** The section `blueprint_labels`: texts only (dsl.md §13). */
export function readBlueprintLabels(_reading: Reading, _sections: Fields): ReadonlyMap<string, LabelValues> {
  throw new Error('not yet');
}

/** The section `resource_tags`, as written (dsl.md §13). */
export function readResourceTags(_reading: Reading, _sections: Fields): Dict {
  throw new Error('not yet');
}
