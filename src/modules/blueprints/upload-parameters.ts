import { isVisibility, type Visibility } from '../../core/access/visibility.js';
import { BadParametersError } from '../../core/errors/app-error.js';
import { parseLabels, type Label } from '../../core/labels/labels.js';
import { firstOf, printable, readLooseBoolean, type QueryValues } from '../../core/listing/query-values.js';
import { readIsoDate } from '../../core/text/dates.js';
import { isStorable } from '../../core/text/storable.js';
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

type Raw = Readonly<Record<string, unknown>>;

const MAX_URL_LENGTH = 8192;
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
  return parse(value as Raw);
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

function parse(raw: Raw): UploadParameters {
  const skipExecution = booleanIn(raw, 'skip_execution') ?? false;
  const state = textIn(raw, 'state');
  const labels = valueIn(raw, 'labels');
  return {
    visibility: visibilityOf(raw),
    applicationFileName: fileNameOf(raw),
    archiveUrl: urlOf(raw),
    isAsync: (booleanIn(raw, 'async_upload') ?? false) || skipExecution,
    skipExecution,
    labels: labels === null ? [] : parseLabels(labels, { keyValue: true }),
    state: state === null ? null : readState(state),
    createdAt: dateOf(raw, 'created_at'),
    createdBy: textIn(raw, 'created_by'),
    requirements: requirementsOf(raw),
  };
}

/** Clients send what they leave open as null. */
function valueIn(raw: Raw, name: (typeof NAMES)[number]): unknown {
  return (Object.hasOwn(raw, name) ? raw[name] : null) ?? null;
}

function textIn(raw: Raw, name: (typeof NAMES)[number]): string | null {
  const value = valueIn(raw, name);
  if (value === null || value === '') return null;
  if (typeof value !== 'string') throw new BadParametersError(`${name} parameter is expected to be of type str`);
  return value;
}

function booleanIn(raw: Raw, name: (typeof NAMES)[number]): boolean | null {
  const value = valueIn(raw, name);
  if (value === null) return null;
  const read = readLooseBoolean(value);
  if (read === undefined) throw new BadParametersError(`\`${name}\` must be true or false`);
  return read;
}

function visibilityOf(raw: Raw): Visibility {
  const visibility = textIn(raw, 'visibility');
  const isPrivate = booleanIn(raw, 'private_resource');
  if (visibility !== null && isPrivate !== null) {
    throw new BadParametersError('The `private_resource` and `visibility` parameters cannot be used together');
  }
  if (visibility === null) return isPrivate === true ? 'private' : 'tenant';
  return readVisibility(visibility);
}

/** @throws BadParametersError */
export function readVisibility(raw: string): Visibility {
  if (!isVisibility(raw)) {
    throw new BadParametersError(
      `Invalid visibility: \`${printable(raw)}\`. Allowed values are: private, tenant, global`,
    );
  }
  return raw;
}

/** Clients percent-encode it once more than the transport does (rest-api §3.1). */
function fileNameOf(raw: Raw): string | null {
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

/**
 * The scheme is judged here, whether the host may be asked when it is. Credentials have no place in the URL: it is shown
 * to everybody who sees the upload's execution.
 */
function urlOf(raw: Raw): string | null {
  const text = textIn(raw, 'blueprint_archive_url');
  if (text === null) return null;
  const url = text.length <= MAX_URL_LENGTH && isStorable(text) ? URL.parse(text) : null;
  if (url === null || !['https:', 'http:', 'ftp:'].includes(url.protocol)) {
    throw new BadParametersError('The `blueprint_archive_url` argument must be an http, https or ftp URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw new BadParametersError(
      'The `blueprint_archive_url` argument holds a user name or password; upload the archive itself instead',
    );
  }
  return text;
}

function dateOf(raw: Raw, name: 'created_at'): Date | null {
  const text = textIn(raw, name);
  if (text === null) return null;
  const date = readIsoDate(text);
  if (!date) throw new BadParametersError(`\`${name}\` is not a date: \`${printable(text)}\``);
  return date;
}

function requirementsOf(raw: Raw): Raw | null {
  const value = valueIn(raw, 'requirements');
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value) || !isStorable(value)) {
    throw new BadParametersError('requirements parameter is expected to be of type dict');
  }
  return value as Raw;
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadParametersError(`\`${name}\` is not valid JSON`);
  }
}
