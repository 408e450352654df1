import type { Visibility } from '../../core/access/visibility.js';
import { BadParametersError } from '../../core/errors/app-error.js';
import { parseLabels, type Label } from '../../core/labels/labels.js';
import { firstOf, printable, type QueryValues } from '../../core/listing/query-values.js';
import { isStorable } from '../../core/text/storable.js';
import {
  archiveUrlIn,
  booleanIn,
  dateIn,
  textIn,
  valueIn,
  visibilityIn,
  type RawParameters,
} from '../../core/uploads/upload-values.js';
import { isFileKey } from '../../platform/files/file-key.js';
import { readState, type BlueprintState } from './blueprint-state.js';

/** What an upload asks for (rest-api §3.1). */
export interface UploadParameters {
  readonly visibility: Visibility;
  readonly applicationFileName: string | null;
  readonly archiveUrl: string | null;
  readonly isAsync: boolean;
  readonly skipExecution: boolean;
  readonly labels: readonly Label[];
  readonly state: BlueprintState | null;
  readonly createdAt: Date | null;
  readonly createdBy: string | null;
  readonly requirements: Readonly<Record<string, unknown>> | null;
}

const NAMES = [
  'application_file_name',
  'visibility',
  'private_resource',
  'blueprint_archive_url',
  'async_upload',
  'labels',
  'skip_execution',
  'state',
  'created_at',
  'created_by',
  'requirements',
] as const;

/** From the JSON text of the form's part `params`. @throws BadParametersError */
export function parametersOfForm(text: string): UploadParameters {
  const value = parseJson('params', text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadParametersError('The form part `params` is expected to be a JSON object');
  }
  return parse(value as RawParameters);
}

/** From the query: all are texts, `labels` and `requirements` are JSON. @throws BadParametersError */
export function parametersOfQuery(query: QueryValues): UploadParameters {
  const raw: Record<string, unknown> = {};
  for (const name of NAMES) {
    const text = firstOf(query, name);
    if (text === undefined || text === '') continue; // forms of web pages send every field
    raw[name] = name === 'labels' || name === 'requirements' ? parseJson(name, text) : text;
  }
  return parse(raw);
}

function parse(raw: RawParameters): UploadParameters {
  const skipExecution = booleanIn(raw, 'skip_execution') ?? false;
  const state = textIn(raw, 'state');
  const labels = valueIn(raw, 'labels');
  return {
    visibility: visibilityIn(raw),
    applicationFileName: fileNameOf(raw),
    archiveUrl: archiveUrlIn(raw, 'blueprint_archive_url'),
    isAsync: (booleanIn(raw, 'async_upload') ?? false) || skipExecution,
    skipExecution,
    labels: labels === null ? [] : parseLabels(labels, { keyValue: true }),
    state: state === null ? null : readState(state),
    createdAt: dateIn(raw, 'created_at'),
    createdBy: textIn(raw, 'created_by'),
    requirements: requirementsOf(raw),
  };
}

/** Clients percent-encode it once more than the transport does (rest-api §3.1). */
function fileNameOf(raw: RawParameters): string | null {
  const encoded = textIn(raw, 'application_file_name');
  if (encoded === null) return null;
  const refuse = (): BadParametersError =>
    new BadParametersError(
      `The \`application_file_name\` argument is not a path inside the archive: \`${printable(encoded)}\``,
    );
  let name: string;
  try {
    name = decodeURIComponent(encoded);
  } catch {
    throw refuse();
  }
  if (!isFileKey(name)) throw refuse();
  return name;
}

function requirementsOf(raw: RawParameters): RawParameters | null {
  const value = valueIn(raw, 'requirements');
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value) || !isStorable(value)) {
    throw new BadParametersError('requirements parameter is expected to be of type dict');
  }
  return value as RawParameters;
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadParametersError(`\`${name}\` is not valid JSON`);
  }
}
