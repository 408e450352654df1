import { entryKey, SETTING_CATALOGUE } from './setting-catalogue.js';
import { schemaProblem } from './setting-rules.js';

describe('the catalogue of settings', () => {
  it('names every entry once', () => {
    const keys = SETTING_CATALOGUE.map(entryKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('holds defaults that fit their own schemas', () => {
    const unfit = SETTING_CATALOGUE.filter(({ fact }) => fact === undefined).filter(
      ({ schema, value }) => schemaProblem(schema, value) !== null,
    );
    expect(unfit.map(entryKey)).toEqual([]);
  });

  it('bounds every number, so that none can break a statement or a timer', () => {
    const unbounded = SETTING_CATALOGUE.filter(({ schema }) => {
      const types = [schema?.['type']].flat();
      return (types.includes('integer') || types.includes('number')) && typeof schema?.['maximum'] !== 'number';
    });
    expect(unbounded.map(entryKey)).toEqual([]);
  });

  it('keeps four entries for system administrators', () => {
    const secret = SETTING_CATALOGUE.filter(({ adminOnly }) => adminOnly).map(({ name }) => name);
    expect(secret.toSorted()).toEqual(['ldap_password', 'ldap_username', 'log_fetch_password', 'log_fetch_username']);
  });

  it('leaves the settings of the audit log to the deployment', () => {
    expect(SETTING_CATALOGUE.filter(({ name }) => name.includes('audit'))).toEqual([]);
  });

  it('locks an account after the fifth failure, for a quarter of an hour', () => {
    const values = new Map(SETTING_CATALOGUE.map((entry) => [entryKey(entry), entry.value]));
    expect(values.get('rest.failed_logins_before_account_lock')).toBe(4);
    expect(values.get('rest.account_lock_period')).toBe(15);
  });
});
