import type { Ctx } from '../../platform/context/ctx.js';
import { AppConfig } from '../../platform/config/config.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { Log } from '../../platform/logging/log.js';
import { DeploymentFacts } from './deployment-facts.js';
import { RuntimeSettingsService } from './runtime-settings.service.js';
import type { SettingsRepository, StoredEntry } from './settings.repository.js';

const IDENTITY = { hostname: 'm', privateAddress: 'fd00::1', publicAddress: '192.0.2.1', caCertificatePem: '' };

function entry(name: string, value: unknown, changes: Partial<StoredEntry> = {}): StoredEntry {
  return {
    id: 1,
    scope: 'rest',
    name,
    value,
    value_sealed: null,
    value_version: 1,
    schema: null,
    is_editable: true,
    admin_only: false,
    updated_at: null,
    updater_name: null,
    ...changes,
  };
}

/** A table in memory whose reads can be held back. */
class FakeEntries {
  rows: StoredEntry[] = [entry('default_page_size', 1000), entry('public_ip', null), entry('ldap_server', null)];
  stored = '1';
  reads = 0;
  held: Promise<void> = Promise.resolve();

  seed(): Promise<number> {
    return Promise.resolve(0);
  }
  version(): Promise<string> {
    return Promise.resolve(this.stored);
  }
  async all(): Promise<StoredEntry[]> {
    this.reads += 1;
    const rows = this.rows;
    await this.held;
    return rows;
  }
}

async function started(): Promise<{ settings: RuntimeSettingsService; entries: FakeEntries; levels: string[] }> {
  const entries = new FakeEntries();
  const levels: string[] = [];
  const unitOfWork = { run: <T>(ctx: Ctx, work: (ctx: Ctx) => Promise<T>) => work(ctx) };
  const settings = new RuntimeSettingsService(
    entries as unknown as SettingsRepository,
    new DeploymentFacts(new AppConfig(), IDENTITY),
    unitOfWork as unknown as UnitOfWork,
    { setLevel: (level: string) => levels.push(level), warn: () => undefined } as unknown as Log,
  );
  await settings.onModuleInit();
  return { settings, entries, levels };
}

describe('the settings in memory', () => {
  it('answers by type, and says so when the type or the name is wrong', async () => {
    const { settings } = await started();
    expect(settings.integer('default_page_size')).toBe(1000);
    expect(settings.text('ldap_server')).toBeNull();
    expect(() => settings.integer('ldap_server')).toThrow('is no number');
    expect(() => settings.text('default_page_size')).toThrow('is no text');
    expect(() => settings.integer('no_such_thing')).toThrow('There is no setting no_such_thing');
  });

  it('hands out no sealed value', async () => {
    const { settings, entries } = await started();
    entries.rows = [entry('ldap_password', null, { admin_only: true })];
    entries.stored = '2';
    await settings.refresh('2');
    expect(() => settings.text('ldap_password')).toThrow('is sealed');
  });

  it('says what the deployment says until somebody sets the entry', async () => {
    const { settings, entries } = await started();
    expect(settings.text('public_ip')).toBe('192.0.2.1');
    entries.rows = [entry('public_ip', '198.51.100.7', { updated_at: '2026-01-01T00:00:00.000Z' })];
    entries.stored = '2';
    await settings.refresh('2');
    expect(settings.text('public_ip')).toBe('198.51.100.7');
  });

  it('reads again only when the number differs', async () => {
    const { settings, entries } = await started();
    await settings.refresh('1');
    expect(entries.reads).toBe(1);
    entries.rows = [entry('default_page_size', 50)];
    entries.stored = '2';
    await settings.refresh('2');
    expect(settings.integer('default_page_size')).toBe(50);
    expect(entries.reads).toBe(2);
  });

  it('shares one read among requests that come at the same time', async () => {
    const { settings, entries } = await started();
    entries.stored = '2';
    await Promise.all(Array.from({ length: 50 }, () => settings.refresh('2')));
    expect(entries.reads).toBe(2);
  });

  it('reads once more for a change that came while it was reading', async () => {
    const { settings, entries } = await started();
    const gate = Promise.withResolvers<void>();
    entries.held = gate.promise;
    entries.stored = '2';
    const first = settings.refresh('2');
    await Promise.resolve();
    entries.rows = [entry('default_page_size', 7)];
    entries.stored = '3';
    const second = settings.refresh('3');
    gate.resolve();
    await Promise.all([first, second]);
    expect(settings.integer('default_page_size')).toBe(7);
  });

  it('does not read for ever after a number that nobody has', async () => {
    const { settings, entries } = await started();
    await settings.refresh('999');
    expect(entries.reads).toBe(2);
  });

  it('keeps what it knows when a read fails, and tries again', async () => {
    const { settings, entries } = await started();
    entries.stored = '2';
    entries.held = Promise.reject(new Error('gone'));
    await expect(settings.refresh('2')).rejects.toThrow('gone');
    expect(settings.integer('default_page_size')).toBe(1000);
    entries.held = Promise.resolve();
    await settings.refresh('2');
    expect(entries.reads).toBe(3);
  });

  it('turns the log to the level that was set, and leaves it alone until then', async () => {
    const { settings, entries, levels } = await started();
    expect(levels).toEqual([]);
    entries.rows = [entry('rest_service_log_level', 'CRITICAL', { updated_at: '2026-01-01T00:00:00.000Z' })];
    entries.stored = '2';
    await settings.refresh('2');
    expect(levels).toEqual(['error']);
  });
});

describe('what the deployment says', () => {
  it('brackets an IPv6 address in the URL of the file server', () => {
    expect(new DeploymentFacts(new AppConfig(), IDENTITY).fileServerUrl).toBe('https://[fd00::1]:53333/resources');
  });
});
