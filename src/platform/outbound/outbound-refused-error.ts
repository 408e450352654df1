import { BadParametersError } from '../../core/errors/app-error.js';

export type OutboundRefusalReason =
  | 'url'
  | 'scheme'
  | 'name'
  | 'address'
  | 'connection'
  | 'certificate'
  | 'status'
  | 'redirect'
  | 'too-large'
  | 'timeout';

/**
 * 400 `bad_parameters_error`: a URL that may not be fetched, or could not be (rest-api §1.15). The message holds scheme,
 * host and port at most: user names, paths and queries of URLs carry credentials.
 */
export class OutboundRefusedError extends BadParametersError {
  /** What the server answered, where the reason is `status`. */
  readonly answered: number | null;

  constructor(
    readonly reason: OutboundRefusalReason,
    message: string,
    options: { readonly cause?: unknown; readonly answered?: number } = {},
  ) {
    super(message, options);
    this.answered = options.answered ?? null;
  }
}
