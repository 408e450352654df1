import type { Visibility } from '../../../core/access/visibility.js';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { parseLabels, type Label } from '../../../core/labels/labels.js';
import { printable } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { assertName } from '../../../core/text/names.js';
import { isStorable } from '../../../core/text/storable.js';
import { readVisibility } from '../../../core/uploads/upload-values.js';
import type { CreateDeployment } from '../deployment.dto.js';
import { displayName } from './display-name.js';

/** What is asked for by `PUT /deployments/{id}`, judged as far as the request alone tells. */
export interface CreationRequest {
  readonly blueprintId: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Null where none was asked for. */
  readonly visibility: Visibility | null;
  readonly labels: readonly Label[];
  readonly siteName: string | null;
  readonly displayName: string | null;
  readonly skipsPlugins: boolean;
  readonly runtimeOnly: boolean;
  readonly createdAt: Date | null;
  readonly createdBy: string | null;
  /** The files of a restored deployment, and columns of its row; JSON as text. */
  readonly workdir: Buffer | null;
  readonly restored: Readonly<Record<string, string | number | null>>;
}

const JSON_COLUMNS = [
  'groups',
  'scaling_groups',
  'policy_triggers',
  'policy_types',
  'outputs',
  'capabilities',
  'resource_tags',
] as const;
const STATUSES: Readonly<Record<string, readonly string[]>> = {
  deployment_status: ['good', 'in_progress', 'requires_attention'],
  installation_status: ['active', 'inactive'],
  sub_services_status: ['good', 'in_progress', 'requires_attention'],
  sub_environments_status: ['good', 'in_progress', 'requires_attention'],
};
const COUNTS = ['sub_services_count', 'sub_environments_count'] as const;

/**
 * @param isPrivate of the older parameter `private_resource`; null where it was not sent
 * @throws BadParametersError
 */
export function readCreation(input: CreateDeployment, isPrivate: boolean | null): CreationRequest {
  const { visibility = null } = input;
  if (visibility !== null && isPrivate !== null) {
    throw new BadParametersError('The `private_resource` and `visibility` parameters cannot be used together');
  }
  const inputs = input.inputs ?? {};
  if (!isStorable(inputs)) throw new BadParametersError('The inputs hold characters that cannot be stored');
  const siteName = input.site_name ?? null;
  const name = input.display_name ?? null;
  return {
    blueprintId: input.blueprint_id,
    inputs,
    visibility: visibility === null ? (isPrivate === true ? 'private' : null) : readVisibility(visibility),
    labels: parseLabels(input.labels ?? [], { keyValue: true }),
    siteName: siteName === null ? null : assertName('site_name', siteName),
    displayName: name === null ? null : displayName(name),
    skipsPlugins: input.skip_plugins_validation ?? false,
    runtimeOnly: input.runtime_only_evaluation ?? false,
    createdAt: dateOf(input.created_at ?? null),
    createdBy: input.created_by ?? null,
    workdir: workdirOf(input.workdir_zip ?? null),
    restored: restoredOf(input),
  };
}

function dateOf(text: string | null): Date | null {
  if (text === null) return null;
  const date = readIsoDate(text);
  if (!date) throw new BadParametersError(`\`created_at\` is not a date: \`${printable(text)}\``);
  return date;
}

function workdirOf(text: string | null): Buffer | null {
  if (text === null) return null;
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw new BadParametersError('`workdir_zip` is not base64');
  return Buffer.from(text, 'base64');
}

function restoredOf(input: CreateDeployment): Record<string, string | number | null> {
  const restored: Record<string, string | number | null> = {};
  for (const column of JSON_COLUMNS) {
    const value = input[column] ?? null;
    if (value !== null) restored[column] = jsonOf(column, value);
  }
  const workflows = input.workflows ?? null;
  if (workflows !== null) restored['workflows'] = jsonOf('workflows', workflowsOf(workflows));
  const description = input.description ?? null;
  if (description !== null) restored['description'] = description;
  for (const [column, allowed] of Object.entries(STATUSES)) {
    const value = (input as unknown as Readonly<Record<string, unknown>>)[column] ?? null;
    if (value === null) continue;
    const known = allowed.find((one) => one === value);
    if (known === undefined) throw new BadParametersError(`\`${column}\` must be one of ${allowed.join(', ')}`);
    restored[column] = known;
  }
  for (const column of COUNTS) {
    const value = input[column] ?? null;
    if (value === null) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 1_000_000_000) {
      throw new BadParametersError(`\`${column}\` must be an integer of 0 or more`);
    }
    restored[column] = value;
  }
  return restored;
}

/** A list as it goes out, or a dictionary by name as a plan has them. @throws BadParametersError */
export function workflowsOf(raw: unknown): readonly object[] {
  const entries: readonly (readonly [string | null, unknown])[] = Array.isArray(raw)
    ? (raw as readonly unknown[]).map((one) => [null, one] as const)
    : isRecord(raw)
      ? Object.entries(raw)
      : [];
  if (!Array.isArray(raw) && !isRecord(raw)) throw noWorkflows();
  return entries.map(([key, one]) => {
    if (!isRecord(one)) throw noWorkflows();
    const { name = key, plugin, operation, parameters, is_cascading: cascading, availability_rules: rules } = one;
    if (typeof name !== 'string' || typeof plugin !== 'string' || typeof operation !== 'string') throw noWorkflows();
    return {
      name,
      plugin,
      operation,
      parameters: isRecord(parameters) ? parameters : {},
      is_cascading: cascading === true,
      availability_rules: isRecord(rules) ? rules : null,
    };
  });
}

function noWorkflows(): BadParametersError {
  return new BadParametersError('workflows parameter is expected to hold workflows with name, plugin and operation');
}

/** The text in which a JSON value is stored. @throws BadParametersError */
export function jsonOf(name: string, value: unknown): string {
  if (!isStorable(value)) throw new BadParametersError(`\`${name}\` holds characters that cannot be stored`);
  return JSON.stringify(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
