/** The key store is not usable, and an operator must act: start-up stops (security-design §10). Holds no key material. */
export class KeyStoreError extends Error {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
  }
}
