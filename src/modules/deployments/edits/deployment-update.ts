import { BadParametersError, IllegalActionError } from '../../../core/errors/app-error.js';
import { parseLabels, type Label } from '../../../core/labels/labels.js';
import { printable } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { displayName } from '../creation/display-name.js';
import { jsonOf, workflowsOf } from '../creation/creation-request.js';

/** Columns that are written once, unless an update of the deployment writes them (rest-api §3.2). */
const ONCE = [
  'description',
  'workflows',
  'inputs',
  'policy_types',
  'policy_triggers',
  'groups',
  'scaling_groups',
  'outputs',
  'capabilities',
  'runtime_only_evaluation',
  'resource_tags',
] as const;
export type OnceColumn = (typeof ONCE)[number];

/** What `PATCH /deployments/{id}` asks for. */
export interface DeploymentUpdate {
  /** JSON as text. */
  readonly once: Readonly<Partial<Record<OnceColumn, string | boolean | null>>>;
  readonly displayName: string | null;
  readonly createExecution: string | null;
  readonly latestExecution: string | null;
  readonly blueprintId: string | null;
  /** Null: they stay. */
  readonly labels: readonly Label[] | null;
  readonly creator: string | null;
  readonly createdAt: Date | null;
}

type Body = Readonly<Record<string, unknown>>;

/** @throws IllegalActionError for an empty body, BadParametersError */
export function readDeploymentUpdate(body: Body): DeploymentUpdate {
  if (Object.keys(body).length === 0) throw new IllegalActionError('No parameters to update were given');
  const once: Partial<Record<OnceColumn, string | boolean | null>> = {};
  for (const column of ONCE) {
    const value = given(body, column);
    if (value !== null) once[column] = onceValue(column, value);
  }
  const labels = given(body, 'labels');
  const name = textIn(body, 'display_name');
  return {
    once,
    displayName: name === null ? null : displayName(name),
    createExecution: textIn(body, 'create_execution'),
    latestExecution: textIn(body, 'latest_execution'),
    blueprintId: textIn(body, 'blueprint_id'),
    labels: labels === null ? null : parseLabels(labels, { keyValue: true }),
    creator: textIn(body, 'creator'),
    createdAt: dateIn(body),
  };
}

function onceValue(column: OnceColumn, value: unknown): string | boolean {
  switch (column) {
    case 'description':
      if (typeof value !== 'string') throw wrongType(column, 'str');
      return value;
    case 'runtime_only_evaluation':
      if (typeof value !== 'boolean') throw wrongType(column, 'bool');
      return value;
    case 'workflows':
      return jsonOf(column, workflowsOf(value));
    default:
      if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(column, 'dict');
      return jsonOf(column, value);
  }
}

function given(body: Body, name: string): unknown {
  return (Object.hasOwn(body, name) ? body[name] : null) ?? null;
}

function textIn(body: Body, name: string): string | null {
  const value = given(body, name);
  if (value !== null && typeof value !== 'string') throw wrongType(name, 'str');
  return value;
}

function dateIn(body: Body): Date | null {
  const text = textIn(body, 'created_at');
  if (text === null) return null;
  const date = readIsoDate(text);
  if (!date) throw new BadParametersError(`\`created_at\` is not a date: \`${printable(text)}\``);
  return date;
}

function wrongType(name: string, type: string): BadParametersError {
  return new BadParametersError(`${name} parameter is expected to be of type ${type}`);
}
