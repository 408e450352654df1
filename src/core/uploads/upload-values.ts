import { isVisibility, type Visibility } from '../access/visibility.js';
import { BadParametersError } from '../errors/app-error.js';
import { printable, readLooseBoolean } from '../listing/query-values.js';
import { readIsoDate } from '../text/dates.js';
import { isStorable } from '../text/storable.js';

/** The parameters of an upload, from a form's JSON or from the query, where all are texts (rest-api §1.15). */
export type RawParameters = Readonly<Record<string, unknown>>;

const MAX_URL_LENGTH = 8192;

/** Clients send what they leave open as null. */
export function valueIn(raw: RawParameters, name: string): unknown {
  return (Object.hasOwn(raw, name) ? raw[name] : null) ?? null;
}

/** @throws BadParametersError */
export function textIn(raw: RawParameters, name: string): string | null {
  const value = valueIn(raw, name);
  if (value === null || value === '') return null;
  if (typeof value !== 'string') throw new BadParametersError(`${name} parameter is expected to be of type str`);
  return value;
}

/** @throws BadParametersError */
export function booleanIn(raw: RawParameters, name: string): boolean | null {
  const value = valueIn(raw, name);
  if (value === null) return null;
  const read = readLooseBoolean(value);
  if (read === undefined) throw new BadParametersError(`\`${name}\` must be true or false`);
  return read;
}

/** @throws BadParametersError */
export function dateIn(raw: RawParameters, name: string): Date | null {
  const text = textIn(raw, name);
  if (text === null) return null;
  const date = readIsoDate(text);
  if (!date) throw new BadParametersError(`\`${name}\` is not a date: \`${printable(text)}\``);
  return date;
}

/** `visibility`, or the older `private_resource` (rest-api §1.14); `tenant` where neither is given. @throws BadParametersError */
export function visibilityIn(raw: RawParameters): Visibility {
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

/**
 * The URL of an archive. The scheme is judged here, whether the host may be asked when it is. Credentials have no place in
 * it: URLs are shown and logged.
 * @throws BadParametersError
 */
export function archiveUrlIn(raw: RawParameters, name: string): string | null {
  const text = textIn(raw, name);
  if (text === null) return null;
  const url = text.length <= MAX_URL_LENGTH && isStorable(text) ? URL.parse(text) : null;
  if (url === null || !['https:', 'http:', 'ftp:'].includes(url.protocol)) {
    throw new BadParametersError(`The \`${name}\` argument must be an http, https or ftp URL`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new BadParametersError(
      `The \`${name}\` argument holds a user name or password; upload the archive itself instead`,
    );
  }
  return text;
}
