import { HttpException } from '@nestjs/common';
import { AppError, BadParametersError, CodelessError } from '../../core/errors/app-error.js';
import { AuditValidationError } from '../../core/errors/audit-validation-error.js';
import { sqlStateOf } from '../database/unit-of-work.js';

export interface ErrorAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** character_not_in_repertoire, untranslatable_character: a NUL, which no text column can hold. */
const UNSTORABLE_TEXT = new Set(['22021', '22P05']);
/** disk_full, and out of memory or connections: the operator's to mend. */
const OPERATOR = new Set(['53100', '53200', '53300', '57P01', '57P03', '08006', '08001', 'ECONNREFUSED', 'ENOSPC']);

/** Whose fault it is decides how loudly it is logged (caller: info; operator: warn; ours: error). */
export type Culprit = 'caller' | 'operator' | 'us';

export function culpritOf(error: unknown): Culprit {
  const known = translated(error);
  if (known instanceof AppError) return known.status >= 500 && known.status !== 503 ? 'operator' : 'caller';
  if (known instanceof CodelessError || known instanceof AuditValidationError) return 'caller';
  if (known instanceof HttpException) return known.getStatus() < 500 ? 'caller' : 'us';
  return OPERATOR.has(sqlStateOf(error) ?? '') ? 'operator' : 'us';
}

/** The answer to an error: the one place that writes `{message, error_code, server_traceback}` (rest-api §1.7). */
export function errorAnswer(error: unknown, requestId: string): ErrorAnswer {
  const known = translated(error);
  if (known instanceof AppError) {
    const traceback =
      known.traceback === 'absent'
        ? {}
        : { server_traceback: known.traceback === 'null' ? null : known.traceback.text };
    return {
      status: known.status,
      body: { message: known.message, error_code: known.code, ...traceback, ...known.extra },
      headers: {},
    };
  }
  if (known instanceof CodelessError)
    return { status: known.status, body: { message: known.body }, headers: known.headers };
  if (known instanceof AuditValidationError) return { status: 422, body: { detail: known.detail }, headers: {} };
  if (known instanceof HttpException && known.getStatus() < 500)
    return { status: known.getStatus(), body: { message: known.message }, headers: {} };
  if (isFrameworkRefusal(known)) return { status: known.statusCode, body: { message: known.message }, headers: {} };
  return {
    status: 500,
    body: {
      message: 'Internal error occurred in manager REST server',
      error_code: 'internal_server_error',
      server_traceback: `Request ${requestId} failed; the manager's log has the details under this id.`,
    },
    headers: {},
  };
}

function translated(error: unknown): unknown {
  if (UNSTORABLE_TEXT.has(sqlStateOf(error) ?? '')) {
    return new BadParametersError('A text in the request contains a character that cannot be stored (NUL)', {
      cause: error,
    });
  }
  return error;
}

/** What Fastify itself refuses, such as a path that is not percent-encoded properly. */
function isFrameworkRefusal(error: unknown): error is Error & { readonly statusCode: number } {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode >= 400 &&
    error.statusCode < 500
  );
}
