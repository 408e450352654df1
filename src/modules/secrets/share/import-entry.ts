import type { PermissionSet } from '../../../core/access/actor.js';
import { isVisibility, type Visibility } from '../../../core/access/visibility.js';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { readLooseBoolean } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { assertName } from '../../../core/text/names.js';
import type { TenantRef } from '../../../platform/access/directory.js';

/*
 * Judges one entry of an import (rest-api §2.6). Every fault of an entry is found, not only the first. The names of faults
 * are the contract's; `key`, `value` and `provider_options` are ours, for what the original let through.
 */

/** What is wrong with an entry: fault → text, or the list of missing fields. Never holds a value. */
export type EntryFaults = Record<string, string | readonly string[]>;

/** An entry that can be imported, still as it was sent as far as it is encrypted. */
export interface ImportEntry {
  readonly index: number;
  readonly key: string;
  readonly tenant: TenantRef;
  readonly visibility: Visibility;
  readonly isHiddenValue: boolean;
  readonly value: string;
  /** JSON text, or encrypted; null when there are none. */
  readonly options: string | null;
  readonly isEncrypted: boolean;
  readonly creator: string | null;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
}

/** What an entry is judged against. */
export interface EntrySurroundings {
  readonly hasPassphrase: boolean;
  /** Where secrets of the named tenant go: through `tenant_map`. Null for a tenant that does not exist. */
  destination(tenantName: string): TenantRef | null;
  permissionsIn(tenantId: number): PermissionSet;
  readonly systemPermissions: PermissionSet;
}

type Fields = Readonly<Record<string, unknown>>;

const REQUIRED = ['key', 'value', 'tenant_name', 'visibility', 'is_hidden_value', 'encrypted'] as const;
const NEEDLESS_WITH_PROVIDER: ReadonlySet<string> = new Set(['value', 'encrypted']);

export function judgeEntry(sent: unknown, index: number, around: EntrySurroundings): ImportEntry | EntryFaults {
  const fields: Fields = typeof sent === 'object' && sent !== null && !Array.isArray(sent) ? (sent as Fields) : {};
  const faults: EntryFaults = {};
  const missing = missingFields(fields);
  if (missing.length > 0) faults['missing secret fields'] = missing;
  const given = (name: (typeof REQUIRED)[number]): boolean => !isBlank(fields, name);

  if (given('key')) judgeKey(fields['key'], faults);
  if (given('value') && !isText(fields['value'])) faults['value'] = 'The value is expected to be well-formed text';
  const isHiddenValue = given('is_hidden_value') && judgeFlag(fields, 'is_hidden_value', faults);
  const isEncrypted = given('encrypted') && judgeFlag(fields, 'encrypted', faults);
  if (isEncrypted && !around.hasPassphrase)
    faults['No passphrase'] = 'The secret is encrypted, and no passphrase was given';
  const tenant = given('tenant_name') ? judgeTenant(fields['tenant_name'], around, faults) : null;
  const visibility = given('visibility') ? judgeVisibility(fields['visibility'], tenant, around, faults) : null;
  // Providers come with a later release: until then no name is one (rest-api §3.20).
  if (hasProvider(fields)) faults['provider'] = 'The secrets provider was not found';
  const options = judgeOptions(fields['provider_options'], isEncrypted, faults);
  const dates = judgeDates(fields, around, faults);
  const creator = judgeCreator(fields['creator'], around, faults);
  if (Object.keys(faults).length > 0 || !tenant || !visibility) return faults;
  return {
    index,
    key: fields['key'] as string,
    value: fields['value'] as string,
    tenant,
    visibility,
    isHiddenValue,
    isEncrypted,
    options,
    creator,
    ...dates,
  };
}

export function isEntry(judged: ImportEntry | EntryFaults): judged is ImportEntry {
  return 'tenant' in judged;
}

function missingFields(fields: Fields): string[] {
  return REQUIRED.filter((name) => isBlank(fields, name) && !(hasProvider(fields) && NEEDLESS_WITH_PROVIDER.has(name)));
}

/** A value of blanks alone is a value; every other field of blanks is as good as absent. */
function isBlank(fields: Fields, name: string): boolean {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined || field === null || field === '') return true;
  return name !== 'value' && typeof field === 'string' && field.trim() === '';
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.isWellFormed();
const hasProvider = (fields: Fields): boolean => !isBlank(fields, 'provider');

function judgeKey(key: unknown, faults: EntryFaults): void {
  try {
    assertName('key', typeof key === 'string' ? key : '');
  } catch (error) {
    if (!(error instanceof BadParametersError)) throw error;
    faults['key'] = error.message;
  }
}

function judgeFlag(fields: Fields, name: string, faults: EntryFaults): boolean {
  const flag = readLooseBoolean(fields[name]);
  if (flag === undefined) faults[name] = `\`${name}\` must be true or false`;
  return flag ?? false;
}

function judgeTenant(name: unknown, around: EntrySurroundings, faults: EntryFaults): TenantRef | null {
  const tenant = typeof name === 'string' ? around.destination(name) : null;
  if (tenant && around.permissionsIn(tenant.id).has('secret_create')) return tenant;
  // One text for both: whether a tenant exists is nobody's business who has none there.
  faults['tenant_name'] = 'The tenant does not exist, or creating secrets in it is not permitted';
  return null;
}

function judgeVisibility(
  wanted: unknown,
  tenant: TenantRef | null,
  around: EntrySurroundings,
  faults: EntryFaults,
): Visibility | null {
  if (!isVisibility(wanted)) {
    faults['visibility'] = 'The visibility is none of private, tenant, global';
    return null;
  }
  if (wanted === 'global' && tenant && !around.permissionsIn(tenant.id).has('create_global_resource')) {
    faults['visibility'] = 'Creating global secrets in the tenant is not permitted';
  }
  return wanted;
}

function judgeOptions(options: unknown, isEncrypted: boolean, faults: EntryFaults): string | null {
  if (options === undefined || options === null || options === '') return null;
  if (isEncrypted && typeof options === 'string') return options;
  if (typeof options === 'object' && !Array.isArray(options) && !isEncrypted) return JSON.stringify(options);
  faults['provider_options'] = isEncrypted
    ? 'The options are expected to be encrypted, too'
    : 'The options are expected to be of type dict';
  return null;
}

/** Dates of a restored secret need `set_timestamp` (rest-api §1.19). */
function judgeDates(
  fields: Fields,
  around: EntrySurroundings,
  faults: EntryFaults,
): Pick<ImportEntry, 'createdAt' | 'updatedAt'> {
  const sent = ['created_at', 'updated_at'].map((name) => (isBlank(fields, name) ? null : fields[name]));
  const dates = sent.map((text) => (typeof text === 'string' ? readIsoDate(text) : null));
  if (sent.some((text) => text !== null) && !around.systemPermissions.has('set_timestamp')) {
    faults['timestamp'] = 'Setting the dates of a secret is not permitted';
  } else if (sent.some((text, index) => text !== null && dates[index] === null)) {
    faults['timestamp'] = 'A date of the secret cannot be read';
  }
  return { createdAt: dates[0] ?? null, updatedAt: dates[1] ?? null };
}

/** An owner other than the importer needs `set_owner`; whether there is such a user is judged later, for all at once. */
function judgeCreator(name: unknown, around: EntrySurroundings, faults: EntryFaults): string | null {
  if (name === undefined || name === null || name === '') return null;
  if (!around.systemPermissions.has('set_owner')) faults['creator'] = 'Setting the owner of a secret is not permitted';
  else if (typeof name !== 'string') faults['creator_valid'] = 'The owner is expected to be the name of a user';
  return typeof name === 'string' ? name : null;
}
