import type { Visibility } from '../../core/access/visibility.js';
import { BadParametersError, IllegalActionError } from '../../core/errors/app-error.js';
import { parseLabels, type Label } from '../../core/labels/labels.js';
import { printable } from '../../core/listing/query-values.js';
import { readIsoDate } from '../../core/text/dates.js';
import { isStorable } from '../../core/text/storable.js';
import { readVisibility } from '../../core/uploads/upload-values.js';
import { readState, type BlueprintState } from './blueprint-state.js';
import type { BlueprintChanges } from './blueprints.repository.js';
import { keptDescription } from './kept-description.js';
import { readRestoredPlan, type RestoredPlan } from './plans/restored-plan.js';

/** Keys that a PATCH may hold (rest-api §3.1). */
const KEYS = [
  'plan',
  'requirements',
  'description',
  'main_file_name',
  'visibility',
  'state',
  'error',
  'error_traceback',
  'labels',
  'creator',
  'created_at',
  'upload_execution',
] as const;

/** What the processing of an upload, and a restore, write; from anybody else they could only mislead. */
const INTERNAL: readonly string[] = [
  'plan',
  'requirements',
  'main_file_name',
  'state',
  'error',
  'error_traceback',
  'upload_execution',
];

export interface BlueprintUpdate {
  readonly labels: readonly Label[] | null;
  readonly visibility: Visibility | null;
  readonly state: BlueprintState | null;
  readonly creator: string | null;
  readonly createdAt: Date | null;
  /** Undefined where none was sent; null takes the stored one away. */
  readonly plan: RestoredPlan | null | undefined;
  /** Columns that are written as they came. */
  readonly columns: BlueprintChanges;
  /** Whether it holds keys that are for a restore only. */
  readonly isInternal: boolean;
}

type Raw = Readonly<Record<string, unknown>>;

/** @throws IllegalActionError for an empty body, BadParametersError for unknown keys and wrong values */
export function readBlueprintUpdate(raw: Raw): BlueprintUpdate {
  const names = Object.keys(raw);
  if (names.length === 0) throw new IllegalActionError('Must supply at least one field to update');
  const unknown = names.filter((name) => !KEYS.some((key) => key === name));
  if (unknown.length > 0) {
    throw new BadParametersError(
      `Unknown parameters: ${unknown.map(printable).join(', ')}. Allowed are: ${KEYS.join(', ')}`,
    );
  }
  if (!isStorable(raw)) {
    throw new BadParametersError('A text in the request contains a character that cannot be stored');
  }
  const visibility = text(raw, 'visibility');
  const state = text(raw, 'state');
  return {
    labels: raw['labels'] === undefined ? null : parseLabels(raw['labels'], { keyValue: true }),
    visibility: visibility === null ? null : readVisibility(visibility),
    state: state === null ? null : readState(state),
    creator: text(raw, 'creator'),
    createdAt: date(raw, 'created_at'),
    plan: raw['plan'] === undefined || raw['plan'] === null ? raw['plan'] : readRestoredPlan(raw['plan']),
    columns: columnsOf(raw),
    isInternal: names.some((name) => INTERNAL.includes(name)),
  };
}

function columnsOf(raw: Raw): BlueprintChanges {
  const requirements = raw['requirements'];
  if (requirements !== undefined && (typeof requirements !== 'object' || Array.isArray(requirements))) {
    throw new BadParametersError('requirements parameter is expected to be of type dict');
  }
  const uploadExecution = text(raw, 'upload_execution');
  const description = text(raw, 'description');
  return {
    ...(requirements === undefined
      ? {}
      : { requirements: requirements === null ? null : JSON.stringify(requirements) }),
    ...('description' in raw ? { description: description === null ? null : keptDescription(description) } : {}),
    ...('main_file_name' in raw ? { main_file_name: text(raw, 'main_file_name') } : {}),
    ...('error' in raw ? { error: text(raw, 'error') } : {}),
    ...('error_traceback' in raw ? { error_traceback: text(raw, 'error_traceback') } : {}),
    ...(uploadExecution === null ? {} : { upload_execution_id: uploadExecution }),
  };
}

function text(raw: Raw, name: (typeof KEYS)[number]): string | null {
  const value = raw[name] ?? null;
  if (value !== null && typeof value !== 'string') {
    throw new BadParametersError(`${name} parameter is expected to be of type str`);
  }
  return value;
}

function date(raw: Raw, name: 'created_at'): Date | null {
  const value = text(raw, name);
  const read = value === null ? null : readIsoDate(value);
  if (value !== null && !read) throw new BadParametersError(`\`${name}\` is not a date: \`${printable(value)}\``);
  return read;
}
