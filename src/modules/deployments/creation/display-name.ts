import { BadParametersError } from '../../../core/errors/app-error.js';
import { isStorable } from '../../../core/text/storable.js';

const MAX_LENGTH = 256;

/** The stored form of a display name (dsl.md §15). @throws BadParametersError */
export function displayName(raw: string): string {
  const name = raw.normalize('NFKC');
  if (name === '' || name.length > MAX_LENGTH || !isStorable(name) || /\p{Cc}/u.test(name)) {
    throw new BadParametersError(
      `The \`display_name\` argument must have 1 to ${MAX_LENGTH} characters, none of them a control character`,
    );
  }
  return name;
}
