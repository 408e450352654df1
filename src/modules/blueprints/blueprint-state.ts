import { BadParametersError } from '../../core/errors/app-error.js';
import { printable } from '../../core/listing/query-values.js';

/** rest-api §1.16. */
export const BLUEPRINT_STATES = [
  'pending',
  'validating',
  'uploading',
  'extracting',
  'parsing',
  'uploaded',
  'failed_uploading',
  'failed_extracting',
  'failed_parsing',
  'failed_extracting_to_file_server',
  'invalid',
] as const;

export type BlueprintState = (typeof BLUEPRINT_STATES)[number];

export type FailedState =
  'failed_uploading' | 'failed_extracting' | 'failed_parsing' | 'failed_extracting_to_file_server' | 'invalid';

const FAILED: readonly BlueprintState[] = [
  'failed_uploading',
  'failed_extracting',
  'failed_parsing',
  'failed_extracting_to_file_server',
  'invalid',
];

/** A failed blueprint has no files; an upload under its id replaces it. */
export function isFailed(state: BlueprintState): boolean {
  return FAILED.includes(state);
}

export function hasEnded(state: BlueprintState): boolean {
  return state === 'uploaded' || isFailed(state);
}

/** The failure of the step that a blueprint was in when its processing was given up. */
export function failureOf(state: BlueprintState): FailedState {
  if (state === 'pending') return 'failed_uploading';
  return state === 'parsing' ? 'failed_parsing' : 'failed_extracting';
}

/** @throws BadParametersError */
export function readState(raw: string): BlueprintState {
  const state = BLUEPRINT_STATES.find((known) => known === raw);
  if (state === undefined) {
    throw new BadParametersError(
      `Invalid state: \`${printable(raw)}\`. Valid states are: ${BLUEPRINT_STATES.join(', ')}`,
    );
  }
  return state;
}
