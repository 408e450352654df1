import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
} from 'class-validator';

export type ServeRole = 'api' | 'worker' | 'scheduler' | 'all';

/**
 * Every setting of the program. A setting `someName` here is `some_name` in the settings file and
 * `HOLDFAST_SOME_NAME` (or `HOLDFAST_SOME_NAME_FILE`, whose first line counts) in the environment; a command-line option
 * wins over the environment, that over the file. `config/holdfast.yaml` explains each to operators.
 */
export class AppConfig {
  /** The data folder: embedded database, files, keys, certificates, logs. */
  @IsString() @MinLength(1) readonly dataDir: string = './data';

  /** Port of the external listener. 0 takes a free one. */
  @IsInt() @Min(0) @Max(65_535) readonly port: number = 8443;

  /** Port of the internal listener, for agents and workers. 0 takes a free one. */
  @IsInt() @Min(0) @Max(65_535) readonly internalPort: number = 53_333;

  /** Address both listeners bind to. All of them by default: a manager is there to be reached. */
  @IsString() readonly bindAddress: string = '::';

  /** What this process does. Roles share nothing but PostgreSQL, the broker and the file store. */
  @IsIn(['api', 'worker', 'scheduler', 'all']) readonly role: ServeRole = 'all';

  /** `on`, or `terminated-at-proxy`, where plain HTTP is taken from `trusted_proxies` only. */
  @IsIn(['on', 'terminated-at-proxy']) readonly tls: 'on' | 'terminated-at-proxy' = 'on';

  /** Addresses or networks (CIDR) of proxies whose `X-Forwarded-For` counts. */
  @IsArray() @IsString({ each: true }) @ArrayMaxSize(64) readonly trustedProxies: readonly string[] = [];

  /** Names and addresses that clients use; each gets a certificate. Empty: this host's name, localhost, 127.0.0.1 and ::1. */
  @IsArray() @IsString({ each: true }) @ArrayMaxSize(64) readonly externalAddresses: readonly string[] = [];

  /** As `external_addresses`, for the internal listener. */
  @IsArray() @IsString({ each: true }) @ArrayMaxSize(64) readonly internalAddresses: readonly string[] = [];

  /** One certificate for all addresses of a listener instead of one each (floating addresses). */
  @IsBoolean() readonly singleCertificate: boolean = false;

  /** An own certificate and key (PEM) for the external listener. */
  @IsOptional() @IsString() readonly externalCertFile: string | null = null;
  @IsOptional() @IsString() readonly externalKeyFile: string | null = null;

  /** An own certificate and key (PEM) for the internal listener. */
  @IsOptional() @IsString() readonly internalCertFile: string | null = null;
  @IsOptional() @IsString() readonly internalKeyFile: string | null = null;

  /** An own authority (PEM) that signs our certificates instead of one made at first start. */
  @IsOptional() @IsString() readonly caCertFile: string | null = null;
  @IsOptional() @IsString() readonly caKeyFile: string | null = null;

  /** Passphrase of `ca_key_file`, if it has one. */
  @IsOptional() @IsString() readonly caKeyPassword: string | null = null;

  /** PostgreSQL 15 or newer, as the owner of the database; also read from `DATABASE_URL`. Empty: the embedded one. */
  @IsOptional() @IsString() readonly databaseUrl: string | null = null;

  /** Role that serves requests; also `DATABASE_APP_URL`. Empty: one is made by the owner. */
  @IsOptional() @IsString() readonly databaseAppUrl: string | null = null;

  /** Connections of one process to the database. */
  @IsInt() @Min(2) @Max(500) readonly databasePoolSize: number = 16;

  /** The root key, 32 bytes in base64; empty: a key ring file in the data folder, made at first start. */
  @IsOptional() @IsString() readonly rootKey: string | null = null;

  /** A file whose first line becomes the password of `admin` when the installation is new. */
  @IsOptional() @IsString() readonly adminPasswordFile: string | null = null;

  /** Verbosity of the service log. */
  @IsIn(['error', 'warn', 'info', 'debug']) readonly logLevel: 'error' | 'warn' | 'info' | 'debug' = 'info';

  /** Folder for daily log files beside standard error; empty: none. */
  @IsOptional() @IsString() readonly logDirectory: string | null = null;

  /** The audit file. Empty: `<data>/log/rest-security-audit.log` with an embedded database, else the path below /var/log. */
  @IsOptional() @IsString() readonly auditLogFile: string | null = null;

  /** How much goes to the audit file; the database holds everything. */
  @IsIn(['CRITICAL', 'ERROR', 'WARNING', 'INFO', 'DEBUG']) readonly auditLogLevel:
    'CRITICAL' | 'ERROR' | 'WARNING' | 'INFO' | 'DEBUG' = 'INFO';

  /** Size at which the audit file is renamed to `.1`, in MB. */
  @IsInt() @Min(1) @Max(100_000) readonly auditLogFileSizeMB: number = 100;

  /** How many renamed audit files are kept. */
  @IsInt() @Min(1) @Max(1_000) readonly auditLogFilesBackupCount: number = 20;

  /** Refuse logins, changes and secret reads while the audit file cannot be written. */
  @IsBoolean() readonly auditFileStrict: boolean = false;

  /** Shortest password, in characters. The original's was 5; ours is 12 for a reason. */
  @IsInt() @Min(5) @Max(128) readonly minPasswordLength: number = 12;

  /** Life of a token made without `expiration_date`, in days; 0 never ends, as the original's. */
  @IsInt() @Min(0) @Max(36_500) readonly tokenLifetimeDays: number = 90;

  /** Failed passwords that one source address may send within 15 minutes, over all names. Offices share addresses. */
  @IsInt() @Min(1) @Max(1_000_000) readonly addressFailureBudget: number = 300;

  /** Password hashes computed at the same time; 0: as many as there are cores. Each takes 46 MiB. */
  @IsInt() @Min(0) @Max(256) readonly passwordHashers: number = 0;

  /** Hosts that archives may be fetched from although their address is not public. */
  @IsArray() @IsString({ each: true }) readonly outboundAllowedHosts: readonly string[] = [];

  /** Networks (CIDR) that archives may be fetched from although they are not public. */
  @IsArray() @IsString({ each: true }) readonly outboundAllowedNetworks: readonly string[] = [];

  /** Hosts that may be asked over plain http. */
  @IsArray() @IsString({ each: true }) readonly outboundHttpHosts: readonly string[] = [];

  /** Largest upload, in MiB (security-design §8). */
  @IsInt() @Min(1) @Max(1_048_576) readonly maxUploadMib: number = 1024;

  /** Blueprints that one process parses at the same time, each in a thread. */
  @IsInt() @Min(1) @Max(64) readonly blueprintParsers: number = 2;

  /** Memory of a parsing thread, in MiB. A blueprint that needs more is refused. */
  @IsInt() @Min(64) @Max(65_536) readonly blueprintParserMemoryMib: number = 1024;

  /** How long a blueprint may take to parse, in seconds, without the time in which its imports are fetched. */
  @IsInt() @Min(1) @Max(3_600) readonly blueprintParserSeconds: number = 60;

  /** Run `host_agent` operations in the worker: without agents there is nobody else to run them. */
  @IsBoolean() readonly runHostOperationsLocally: boolean = true;

  /** Folder of running operations; not below the data folder. Empty: the system's temporary folder. */
  @IsOptional() @IsString() readonly operationsFolder: string | null = null;

  /** User and group id that operations run as where the manager runs as root; 65534 is nobody. 0: as root. */
  @IsInt() @Min(0) @Max(4_294_967_294) readonly operationsUser: number = 65_534;

  /** Whether operations may run as the manager's user where nothing keeps them from what it can read. */
  @IsIn(['required', 'best-effort', 'off']) readonly operationsIsolation: 'required' | 'best-effort' | 'off' =
    'required';

  /** Folders that operations may write to where they run as the manager's user, in a namespace. */
  @IsArray() @IsString({ each: true }) @ArrayMaxSize(64) readonly operationsSharedFolders: readonly string[] = [];

  /** Private memory of each process of an operation, in MiB; 0 is without limit. */
  @IsInt() @Min(0) @Max(1_048_576) readonly operationMemoryMib: number = 2_048;

  /** Processes and threads of an operation at the same time; 0 is without limit. */
  @IsInt() @Min(0) @Max(1_000_000) readonly operationProcesses: number = 512;

  /** Largest file that an operation writes, in MiB; 0 is without limit. */
  @IsInt() @Min(0) @Max(1_048_576) readonly operationFileMib: number = 1_024;

  /** What an operation may print, in MiB; the rest is dropped. */
  @IsInt() @Min(1) @Max(1_024) readonly operationOutputMib: number = 16;

  /** Longest time of an operation, in seconds, whatever timeout it has; 0 is without limit. */
  @IsInt() @Min(0) @Max(2_000_000) readonly operationMaxSeconds: number = 86_400;

  /** Allow scripts to be named by `file://`, which reads the manager's disk. */
  @IsBoolean() readonly operationFileUrls: boolean = false;

  /** Connections that one listener holds at once. */
  @IsInt() @Min(16) @Max(1_000_000) readonly maxConnections: number = 10_000;

  /** How long requests under way may take after SIGTERM, in seconds. */
  @IsInt() @Min(0) @Max(3_600) readonly drainSeconds: number = 30;

  /** How this host calls itself in `managers`, `brokers`, `db-nodes` and the cluster status. Empty: the host's name. */
  @IsOptional() @IsString() @MaxLength(255) readonly managerHostname: string | null = null;

  /** Address of this manager for agents and clients. Empty: the first external address. */
  @ValidateIf((config: AppConfig) => config.publicAddress !== null) @IsString() readonly publicAddress: string | null =
    null;
}

/** Settings whose values never appear in print. */
export const SECRET_SETTINGS: ReadonlySet<keyof AppConfig> = new Set([
  'rootKey',
  'caKeyPassword',
  'databaseUrl',
  'databaseAppUrl',
]);
