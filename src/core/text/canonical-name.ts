/**
 * The form in which user names, group names and directory names of groups are compared: NFKC, without case (rest-api
 * §1.4). Two texts are the same name exactly when their canonical forms are equal; what people wrote is kept beside it.
 */
export function canonicalName(text: string): string {
  // Lower-casing can leave what NFKC composes (Ϊ with another accent), so it is normalised once more.
  return text.normalize('NFKC').toLowerCase().normalize('NFKC');
}
