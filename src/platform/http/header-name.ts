/** The last part of a path, fit to stand between the quotes of a header: letters, digits, `- . _ ~`. */
export function headerName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replaceAll(/[^A-Za-z0-9\-._~]/g, '_');
}
