import { Ajv, type ValidateFunction } from 'ajv';
import type { SettingSchema } from './setting-schema.js';

/** A value of an entry without a schema could be of any size; 64 KiB is more than any setting is. */
const MAX_VALUE_CHARACTERS = 65_536;

/**
 * What a tenant's `manager` may not change although `manager_config_put` is theirs: how people sign in
 * (security-design §8), where the files of all tenants are fetched from and kept, and how their blueprints are read.
 */
const STEERS_EVERYBODY =
  /^(ldap|saml|oidc|okta|kerberos|s3|file_server)_|^(failed_logins_before_account_lock|account_lock_period|import_resolver|validate_definitions_version)$/;

export function isForAdministrators(entry: { readonly scope: string; readonly name: string }): boolean {
  return entry.scope === 'rest' && STEERS_EVERYBODY.test(entry.name);
}

/** A text becomes what the schema's type asks for where it spells one; else it stays for the schema to refuse. */
export function converted(schema: SettingSchema | null, value: unknown): unknown {
  if (typeof value !== 'string' || schema === null) return value;
  const types = [schema['type']].flat();
  if (types.includes('string')) return value;
  const text = value.trim().toLowerCase();
  if (types.includes('boolean')) return text === 'true' ? true : text === 'false' ? false : value;
  if (types.includes('integer') || types.includes('number')) return NUMBER.test(text) ? Number(text) : value;
  return value;
}

const NUMBER = /^[+-]?(\d{1,32}(\.\d{0,32})?|\.\d{1,32})(e[+-]?\d{1,3})?$/;

const ajv = new Ajv({ strict: true, allowUnionTypes: true });
const compiled = new Map<string, ValidateFunction>();

/** Why the value does not do, or null. The reason never holds the value. */
export function schemaProblem(schema: SettingSchema | null, value: unknown): string | null {
  if (JSON.stringify(value).length > MAX_VALUE_CHARACTERS)
    return `must not be longer than ${MAX_VALUE_CHARACTERS} characters`;
  if (schema === null) return null;
  const key = JSON.stringify(schema);
  const validate = compiled.get(key) ?? ajv.compile(schema);
  compiled.set(key, validate);
  return validate(value) ? null : (validate.errors?.[0]?.message ?? 'does not match its schema');
}
