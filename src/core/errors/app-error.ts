/**
 * The error tree. An AppError is the caller's to mend: it carries the status and code of the API contract
 * (errors.yaml) and a message for people. Anything else that is thrown is our fault or the operator's, and
 * leaves the process as a 500 with the request id only. Messages never hold a value, token, key or SQL.
 */

/** Codes of the contract with their statuses (rest-api §1.7, errors.yaml). */
const ERROR_STATUS = {
  unauthorized_error: 401,
  forbidden_error: 403,
  forbidden_while_cancelling: 403,
  only_deployment_update: 403,
  bad_parameters_error: 400,
  unsupported_content_type_error: 415,
  no_such_include_field_error: 400,
  not_found_error: 404,
  conflict_error: 409,
  ambiguous_name: 409,
  storage_error: 409,
  illegal_action_error: 400,
  method_not_allowed_error: 405,
  unknown_action: 400,
  invalid_filter_rule: 400,
  internal_server_error: 500,
  insufficient_memory_error: 503,
  maintenance_mode_active: 503,
  entering_maintenance_mode: 503,
  in_snapshot_restore_error: 503,
  SSL_REQUIRED: 400,
  invalid_fernet_token_format_error: 500,
  failed_dependency: 400,
  invalid_blueprint_error: 400,
  blueprint_in_use: 405,
  imported_blueprint_not_found: 404,
  resolver_instantiation_error: 400,
  dependent_exists_error: 400,
  existing_running_execution_error: 400,
  deployment_creation_error: 400,
  nonexistent_workflow_error: 400,
  unavailable_workflow_error: 400,
  invalid_workflow_availability_rule_error: 400,
  illegal_execution_parameters_error: 400,
  deployment_environment_creation_in_progress_error: 400,
  deployment_environment_creation_pending_error: 400,
  missing_required_deployment_input_error: 400,
  unknown_deployment_input_error: 400,
  deployment_input_evaluation_error: 400,
  constraint_error: 400,
  unknown_deployment_secret_error: 400,
  deployment_outputs_evaluation_error: 400,
  deployment_capabilities_evaluation_error: 400,
  functions_evaluation_error: 400,
  deployment_plugin_not_found: 400,
  deployment_parent_not_found_error: 404,
  existing_started_deployment_modification_error: 400,
  deployment_modification_already_ended_error: 400,
  unsupported_change_in_deployment_update: 400,
  invalid_exception_status_update: 400,
  community_only_error: 404,
  invalid_yaml_format: 400,
  invalid_plugin_error: 400,
  plugin_in_use: 405,
  upload_missing_file: 400,
  file_server_exception: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** How `server_traceback` appears in the body: null as a rule, absent for paging failures, a text for a few (rest-api §1.7). */
export type TracebackShape = 'null' | 'absent' | { readonly text: string };

export interface AppErrorOptions {
  readonly cause?: unknown;
  readonly traceback?: TracebackShape;
  /** Further fields of the body, such as `err_filter_rule`. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export class AppError extends Error {
  readonly status: number;
  readonly traceback: TracebackShape;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.status = ERROR_STATUS[code];
    this.traceback = options.traceback ?? 'null';
    this.extra = options.extra ?? {};
  }
}

/** 401. The text always begins as clients expect, and never tells which of name, password or lock was wrong. */
export class UnauthorizedError extends AppError {
  constructor(reason = 'no valid credentials were provided', options: AppErrorOptions = {}) {
    super('unauthorized_error', `User unauthorized: ${reason}`, options);
  }
}

export class ForbiddenError extends AppError {
  constructor(message: string, options: AppErrorOptions = {}) {
    super('forbidden_error', message, options);
  }
}

export class BadParametersError extends AppError {
  constructor(message: string, options: AppErrorOptions = {}) {
    super('bad_parameters_error', message, options);
  }
}

/** 404. Hidden and absent use the same words; clients look for "not found" in the text (rest-api §5.6). */
export class NotFoundError extends AppError {
  constructor(kind: string, id: string, options: AppErrorOptions = {}) {
    super('not_found_error', `Requested \`${kind}\` with ID \`${id}\` was not found`, options);
  }
}

export class ConflictError extends AppError {
  constructor(message: string, options: AppErrorOptions = {}) {
    super('conflict_error', message, options);
  }
}

export class IllegalActionError extends AppError {
  constructor(message: string, options: AppErrorOptions = {}) {
    super('illegal_action_error', message, options);
  }
}

export class UnsupportedContentTypeError extends AppError {
  constructor(expected = 'application/json') {
    super('unsupported_content_type_error', `Content type must be ${expected}`);
  }
}

/**
 * A refusal of the framework's level: `{"message": …}` without a code (errors.yaml `codeless`). `message` may be a
 * dictionary parameter → reason.
 */
export class CodelessError extends Error {
  constructor(
    readonly status: 400 | 404 | 405 | 408 | 413 | 414 | 429 | 503,
    readonly body: string | Readonly<Record<string, string>>,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(typeof body === 'string' ? body : JSON.stringify(body));
    this.name = new.target.name;
  }
}

/** A sealed value that does not open: changed, moved to another row, or sealed under a key that is gone (security-design §4). */
export class IntegrityError extends AppError {
  constructor(what: string, options: AppErrorOptions = {}) {
    super('invalid_fernet_token_format_error', `The stored value of ${what} cannot be decrypted`, options);
  }
}
