import {
  BOOLEAN,
  IMPORT_RESOLVER,
  integer,
  oneOf,
  OPTIONAL_BOOLEAN,
  OPTIONAL_TEXT,
  optionalInteger,
  optionalText,
  seconds,
  TEXT,
  type SettingSchema,
} from './setting-schema.js';

type SettingScope = 'rest' | 'mgmtworker' | 'agent' | 'workflow';

/** What the deployment configuration of a process decides and the API shows. */
export type DeploymentFact = 'publicAddress' | 'fileServerRoot' | 'fileServerUrl' | 'logPath' | 'logLevel';

/** An entry of the configuration as a new installation has it (rest-api §2.8). */
export interface SettingDefinition {
  readonly scope: SettingScope;
  readonly name: string;
  readonly value: unknown;
  readonly schema: SettingSchema | null;
  readonly isEditable: boolean;
  /** Sealed in the database; others than system administrators see a mask. */
  readonly adminOnly: boolean;
  /** Until somebody sets the entry it shows what the deployment configuration of this process says. */
  readonly fact?: DeploymentFact;
}

const MAX_MINUTES = 10 * 365 * 24 * 60;
const MAX_PAGE_ROWS = 1_000_000;
const MAX_WAIT_SECONDS = 3_600;

const LOG_LEVEL = oneOf('CRITICAL', 'ERROR', 'WARNING', 'INFO', 'DEBUG');
const LDAP_URL = optionalText('^(ldaps?://\\S+)?$');

const rest = definitions('rest', {
  account_lock_period: [15, integer(-1, MAX_MINUTES)],
  api_service_log_level: ['INFO', LOG_LEVEL],
  blueprint_folder_max_files: [10_000, integer(0)],
  blueprint_folder_max_size_mb: [50, integer(0)],
  default_agent_port: [443, integer(1, 65_535)],
  default_page_size: [1_000, integer(1, MAX_PAGE_ROWS)],
  // 0 keeps them for ever.
  event_retention_count: [5_000_000, integer(0)],
  event_retention_days: [90, integer(0, 36_500)],
  failed_logins_before_account_lock: [4, integer(1, 1_000_000)],
  // Files are kept in a folder; this list grows with the kinds of store that there are.
  file_server_type: ['local', oneOf('local')],
  import_resolver: [null, IMPORT_RESOLVER],
  ldap_attribute_email: [null, OPTIONAL_TEXT],
  ldap_attribute_first_name: [null, OPTIONAL_TEXT],
  ldap_attribute_group_membership: [null, OPTIONAL_TEXT],
  ldap_attribute_last_name: [null, OPTIONAL_TEXT],
  ldap_attribute_uid: [null, OPTIONAL_TEXT],
  ldap_base_dn: [null, OPTIONAL_TEXT],
  ldap_bind_format: [null, OPTIONAL_TEXT],
  ldap_dn_extra: [null, OPTIONAL_TEXT],
  ldap_domain: [null, OPTIONAL_TEXT],
  ldap_group_dn: [null, OPTIONAL_TEXT],
  ldap_group_member_filter: [null, OPTIONAL_TEXT],
  ldap_group_members_filter: [null, OPTIONAL_TEXT],
  ldap_is_active_directory: [null, OPTIONAL_BOOLEAN],
  ldap_nested_levels: [1, integer(0, 100)],
  ldap_server: [null, LDAP_URL],
  ldap_timeout: [5, seconds(300)],
  ldap_user_filter: [null, OPTIONAL_TEXT],
  marketplace_api_url: [null, OPTIONAL_TEXT],
  max_concurrent_workflows: [20, integer(1, 1_000)],
  min_available_memory_mb: [100, integer(0)],
  monitoring_timeout: [4, integer(0, MAX_WAIT_SECONDS)],
  prometheus_url: [null, OPTIONAL_TEXT],
  s3_client_timeout: [null, optionalInteger(1, MAX_WAIT_SECONDS)],
  s3_resources_bucket: [null, OPTIONAL_TEXT],
  s3_server_url: [null, OPTIONAL_TEXT],
  validate_definitions_version: [true, BOOLEAN],
});

const secrets = definitions('rest', {
  ldap_password: [null, OPTIONAL_TEXT],
  ldap_username: [null, OPTIONAL_TEXT],
  log_fetch_password: [null, OPTIONAL_TEXT],
  log_fetch_username: [null, OPTIONAL_TEXT],
}).map((definition) => ({ ...definition, adminOnly: true }));

const ofTheDeployment: readonly SettingDefinition[] = [
  deployed('api_service_log_path', null, 'logPath'),
  deployed('file_server_root', TEXT, 'fileServerRoot'),
  deployed('file_server_url', TEXT, 'fileServerUrl'),
  { ...deployed('insecure_endpoints_disabled', BOOLEAN), value: true },
  deployed('maintenance_folder', OPTIONAL_TEXT),
  deployed('public_ip', TEXT, 'publicAddress'),
  deployed('rest_service_log_path', null, 'logPath'),
  { ...deployed('rest_service_log_level', LOG_LEVEL, 'logLevel'), isEditable: true },
];

/** Every entry. The audit log's settings are none: those come from deployment configuration alone (security-design §6). */
export const SETTING_CATALOGUE: readonly SettingDefinition[] = [
  ...rest,
  ...secrets,
  ...ofTheDeployment,
  ...definitions('mgmtworker', { max_workers: [5, integer(1, 1_000)], min_workers: [2, integer(1, 1_000)] }),
  ...definitions('agent', {
    broker_port: [5_671, integer(1, 65_535)],
    heartbeat: [30, integer(1, MAX_WAIT_SECONDS)],
    log_level: ['info', oneOf('critical', 'error', 'warning', 'info', 'debug')],
    max_workers: [5, integer(1, 1_000)],
    min_workers: [2, integer(1, 1_000)],
  }),
  ...definitions('workflow', {
    subgraph_retries: [0, integer(-1)],
    task_retries: [60, integer(-1)],
    task_retry_interval: [15, integer(0)],
  }),
];

function definitions(
  scope: SettingScope,
  entries: Readonly<Record<string, readonly [value: unknown, schema: SettingSchema]>>,
): SettingDefinition[] {
  return Object.entries(entries).map(([name, [value, schema]]) => {
    return { scope, name, value, schema, isEditable: true, adminOnly: false };
  });
}

function deployed(name: string, schema: SettingSchema | null, fact?: DeploymentFact): SettingDefinition {
  const definition = { scope: 'rest', name, value: null, schema, isEditable: false, adminOnly: false } as const;
  return fact === undefined ? definition : { ...definition, fact };
}

/** What names an entry in maps and records. */
export function entryKey(entry: { readonly scope: string; readonly name: string }): string {
  return `${entry.scope}.${entry.name}`;
}
