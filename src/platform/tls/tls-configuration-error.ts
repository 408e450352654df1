/**
 * The operator must act: a certificate, key or setting does not do. At start it ends the program; later the
 * replacement is refused and what was in use stays. The message never holds what a file contains.
 */
export class TlsConfigurationError extends Error {
  constructor(
    message: string,
    /** The file that is at fault, or null where it is a setting. */
    readonly file: string | null = null,
    options: { readonly cause?: unknown } = {},
  ) {
    super(
      file === null ? message : `${file}: ${message}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = new.target.name;
  }
}

/** The code of a system error (`ENOENT`, `EACCES`), or undefined. Looks at the shape: errors cross realms. */
export function systemCodeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
