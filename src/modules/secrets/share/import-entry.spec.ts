import { ALL_PERMISSIONS, NO_PERMISSIONS } from '../../../core/access/actor.js';
import { isEntry, judgeEntry, type EntrySurroundings } from './import-entry.js';

const TENANT = { id: 3, name: 'blue' };
const around = (more: Partial<EntrySurroundings> = {}): EntrySurroundings => ({
  hasPassphrase: false,
  destination: (name) => (name === 'blue' ? TENANT : null),
  permissionsIn: () => new Set(['secret_create']),
  systemPermissions: NO_PERMISSIONS,
  ...more,
});
const sent = (more: object = {}): object => ({
  key: 'db_password',
  value: 'x',
  visibility: 'tenant',
  tenant_name: 'blue',
  is_hidden_value: 'FALSE',
  encrypted: false,
  ...more,
});
const faults = (entry: unknown, more?: Partial<EntrySurroundings>): string[] => {
  const judged = judgeEntry(entry, 0, around(more));
  return isEntry(judged) ? [] : Object.keys(judged);
};

describe('an entry of an import', () => {
  it('becomes what is to be written', () => {
    expect(
      judgeEntry(sent({ provider_options: { a: 1 }, provider: null, creator: '', created_at: null }), 5, around()),
    ).toEqual({
      index: 5,
      key: 'db_password',
      value: 'x',
      tenant: TENANT,
      visibility: 'tenant',
      isHiddenValue: false,
      isEncrypted: false,
      options: '{"a":1}',
      creator: null,
      createdAt: null,
      updatedAt: null,
    });
  });

  it('may have a value of blanks, and no other field of blanks', () => {
    expect(faults(sent({ value: '  ' }))).toEqual([]);
    expect(judgeEntry(sent({ key: ' ', visibility: '\t' }), 0, around())).toEqual({
      'missing secret fields': ['key', 'visibility'],
    });
  });

  it('has only the fields that are its own', () => {
    expect(judgeEntry(Object.create(sent()), 0, around())).toHaveProperty(['missing secret fields']);
  });

  it('needs neither value nor encryption with a provider', () => {
    expect(faults(sent({ provider: 'vault', value: null, encrypted: '' }))).toEqual(['provider']);
  });

  it('needs the right to restore dates and owners, on the system roles', () => {
    const restored = sent({ created_at: '2026-01-01T00:00:00Z', updated_at: '', creator: 'ada' });
    expect(faults(restored)).toEqual(['timestamp', 'creator']);
    expect(faults(restored, { systemPermissions: ALL_PERMISSIONS })).toEqual([]);
    expect(faults(restored, { permissionsIn: () => ALL_PERMISSIONS })).toEqual(['timestamp', 'creator']);
  });

  it('needs a tenant where its sender may create secrets, and says the same of one that does not exist', () => {
    const foreign = judgeEntry(sent(), 0, around({ permissionsIn: () => NO_PERMISSIONS }));
    expect(foreign).toEqual(judgeEntry(sent({ tenant_name: 'green' }), 0, around()));
    expect(faults(sent({ visibility: 'global' }))).toEqual(['visibility']);
  });

  it('has encrypted options when it is encrypted itself', () => {
    expect(faults(sent({ encrypted: true, provider_options: { a: 1 } }), { hasPassphrase: true })).toEqual([
      'provider_options',
    ]);
    expect(faults(sent({ encrypted: true, provider_options: 'token' }), { hasPassphrase: true })).toEqual([]);
    expect(faults(sent({ provider_options: 'token' }))).toEqual(['provider_options']);
  });
});
