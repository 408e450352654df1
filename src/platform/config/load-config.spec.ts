import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppConfig } from './config.js';
import { ConfigError, filesOf, loadConfig, printableConfig, settingName, withRole } from './load-config.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'));

function fileWith(text: string): string {
  const path = join(folder, `${Math.random()}.yaml`);
  writeFileSync(path, text);
  return path;
}

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('has usable defaults', () => {
    expect(loadConfig({ env: {} })).toMatchObject({ port: 8443, internalPort: 53_333, tls: 'on' });
  });

  it('lets the command line win over the environment, and that over the file', () => {
    const file = fileWith('port: 1000\ninternal_port: 1000\nlog_level: warn\n');
    const config = loadConfig({
      file,
      env: { HOLDFAST_PORT: '2000', HOLDFAST_INTERNAL_PORT: '2000' },
      overrides: { port: 3000 },
    });
    expect(config).toMatchObject({ port: 3000, internalPort: 2000, logLevel: 'warn' });
  });

  it('reads lists, booleans and DATABASE_URL from the environment', () => {
    const config = loadConfig({
      env: {
        HOLDFAST_TRUSTED_PROXIES: '10.0.0.1, 10.1.0.0/16',
        HOLDFAST_AUDIT_FILE_STRICT: 'true',
        DATABASE_URL: 'postgres://x',
      },
    });
    expect(config).toMatchObject({
      trustedProxies: ['10.0.0.1', '10.1.0.0/16'],
      auditFileStrict: true,
      databaseUrl: 'postgres://x',
    });
  });

  it('reads a secret from the file that the environment names', () => {
    const file = fileWith('s3cret\nsecond line');
    const config = loadConfig({ env: { HOLDFAST_CA_KEY_PASSWORD_FILE: file } });
    expect(config.caKeyPassword).toBe('s3cret');
    expect(filesOf(withRole(config, 'api'))).toEqual([file]);
  });

  it('reports every problem at once, by the names that the operator wrote', () => {
    const file = fileWith('porrt: 1\naudit_log_file_size_MB: 0\n');
    const problems = problemsOf(() =>
      loadConfig({ file, env: { HOLDFAST_PORT: 'many' }, overrides: { tls: 'terminated-at-proxy', caCertFile: 'x' } }),
    );
    expect(problems.join('\n')).toMatch(/unknown setting `porrt`/);
    expect(problems.join('\n')).toMatch(/audit_log_file_size_MB must not be less than 1/);
    expect(problems.join('\n')).toMatch(/HOLDFAST_PORT must be a number/);
    expect(problems.join('\n')).toMatch(/trusted_proxies/);
    expect(problems.join('\n')).toMatch(/ca_cert_file and ca_key_file/);
  });

  it('refuses a settings file that is no mapping, is no YAML or names a key twice', () => {
    for (const text of ['- a', 'a: [', 'port: 1\nport: 2']) {
      expect(problemsOf(() => loadConfig({ file: fileWith(text), env: {} }))).not.toEqual([]);
    }
  });

  it('masks secrets in print', () => {
    const config = loadConfig({ env: { DATABASE_URL: 'postgres://owner:pw@host/db', HOLDFAST_ROOT_KEY: 'abc' } });
    expect(JSON.stringify(printableConfig(config))).not.toMatch(/pw@host|abc/);
    expect(printableConfig(config)).toMatchObject({ database_url: '***', root_key: '***' });
  });

  it('names settings as the contract does', () => {
    expect(Object.keys(new AppConfig()).map((key) => settingName(key as keyof AppConfig))).toEqual(
      expect.arrayContaining([
        'audit_log_file_size_MB',
        'audit_log_files_backup_count',
        'min_password_length',
        'data_dir',
      ]),
    );
  });
});
