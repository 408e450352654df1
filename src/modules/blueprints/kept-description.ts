/** In UTF-16 units. */
export const MAX_DESCRIPTION_LENGTH = 16 * 1024;

/**
 * What the record of a blueprint keeps of its description. It stands in every list, a thousand at a time, so that texts of
 * megabytes would be more than a manager has memory for; the plan has all of it.
 */
export function keptDescription(text: string): string {
  return text.length <= MAX_DESCRIPTION_LENGTH ? text : `${text.slice(0, MAX_DESCRIPTION_LENGTH - 1).toWellFormed()}…`;
}
