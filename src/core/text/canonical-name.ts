/** The form in which user names, group names and directory names are compared: without case (rest-api §1.4). */
export function canonicalName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
