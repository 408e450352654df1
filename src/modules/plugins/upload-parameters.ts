import type { Visibility } from '../../core/access/visibility.js';
import { BadParametersError } from '../../core/errors/app-error.js';
import { firstOf, type QueryValues } from '../../core/listing/query-values.js';
import { assertLooseName } from '../../core/text/names.js';
import { isStorable } from '../../core/text/storable.js';
import { archiveUrlIn, dateIn, textIn, visibilityIn } from '../../core/uploads/upload-values.js';

/** What the upload of a plugin asks for (rest-api §3.12). */
export interface PluginUploadParameters {
  readonly id: string | null;
  readonly visibility: Visibility;
  readonly title: string | null;
  readonly archiveUrl: string | null;
  readonly uploadedAt: Date | null;
  readonly createdBy: string | null;
}

const NAMES = ['id', 'visibility', 'private_resource', 'title', 'plugin_archive_url', 'uploaded_at', 'created_by'];
const MAX_TITLE_LENGTH = 256;

/** @throws BadParametersError */
export function readUploadParameters(query: QueryValues): PluginUploadParameters {
  // Forms of web pages send every field, also empty ones.
  const raw = Object.fromEntries(NAMES.map((name) => [name, firstOf(query, name) || null]));
  const id = textIn(raw, 'id');
  return {
    id: id === null ? null : assertLooseName('id', id),
    visibility: visibilityIn(raw),
    title: titleOf(textIn(raw, 'title')),
    archiveUrl: archiveUrlIn(raw, 'plugin_archive_url'),
    uploadedAt: dateIn(raw, 'uploaded_at'),
    createdBy: textIn(raw, 'created_by'),
  };
}

function titleOf(title: string | null): string | null {
  if (title !== null && (title.length > MAX_TITLE_LENGTH || !isStorable(title) || /\p{Cc}/u.test(title))) {
    throw new BadParametersError(
      `The \`title\` argument must have at most ${MAX_TITLE_LENGTH} characters, none of them a control character`,
    );
  }
  return title;
}
