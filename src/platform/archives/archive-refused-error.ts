import { BadParametersError } from '../../core/errors/app-error.js';
import type { ArchiveProblemReason } from './archive-problem.js';

/** 400 `bad_parameters_error`: the archive is not one we open. The message names the entry (escaped) and the limit. */
export class ArchiveRefusedError extends BadParametersError {
  constructor(
    readonly reason: ArchiveProblemReason,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
