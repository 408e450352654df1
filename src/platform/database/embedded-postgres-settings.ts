export type PostgresSettings = Readonly<Record<string, string>>;

/** `sockaddr_un` holds 107 bytes and a NUL. */
const MAX_SOCKET_PATH_BYTES = 107;
export const EMBEDDED_PORT = 5432; // names the socket's file; nothing listens on TCP

/** For a small machine: one manager, two cores, a few hundred MB. */
const RESOURCES: PostgresSettings = {
  max_connections: '100',
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '512MB',
  wal_compression: 'on',
  jit: 'off',
  timezone: 'UTC',
  password_encryption: 'scram-sha-256',
};

/**
 * What the server writes down about itself, and nothing of what our statements carry (security-design §4): messages of
 * level LOG and worse only, since an ERROR may quote a value (`invalid input syntax … "hunter2"`) and reaches the
 * application anyway; never a statement, a parameter or a DETAIL line, which quotes the row.
 */
const LOGGING: PostgresSettings = {
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%Y%m%d-%H%M%S.log',
  log_file_mode: '0600',
  log_rotation_age: '0',
  log_rotation_size: '10MB',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
  log_lock_waits: 'off',
  log_temp_files: '-1',
  log_autovacuum_min_duration: '-1',
};

/** Everything the server is told on its command line: always today's settings, whatever `postgresql.conf` says. */
export function serverSettings(socketFolder: string, overrides: PostgresSettings = {}): PostgresSettings {
  return {
    ...RESOURCES,
    ...LOGGING,
    ...overrides,
    listen_addresses: '',
    port: String(EMBEDDED_PORT),
    // A list of folders: quoted, so that a comma or a space in the path stays part of it.
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
  };
}

export function settingsAsArguments(settings: PostgresSettings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

export function socketPathFits(folder: string): boolean {
  return Buffer.byteLength(`${folder}/.s.PGSQL.${EMBEDDED_PORT}`) <= MAX_SOCKET_PATH_BYTES;
}
