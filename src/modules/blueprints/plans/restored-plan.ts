import { foldedText } from '../../../core/dsl/folded-plan.js';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { parseLabels, type Label } from '../../../core/labels/labels.js';
import { packPlain, type StoredPlan } from './stored-plan.js';

/** A plan that a request brings instead of a parse. */
export interface RestoredPlan {
  readonly stored: StoredPlan;
  /** Ids of the blueprints that it imports. */
  readonly imports: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Reads what a restore sends as `plan` (rest-api §3.1, PATCH). @throws BadParametersError */
export function readRestoredPlan(plan: unknown): RestoredPlan {
  const { bytes, wireBytes } = foldedText(JSON.stringify(plan));
  const { imported_blueprints: imports, blueprint_labels: labels } = record(plan) ?? {};
  return {
    stored: { folded: packPlain(bytes), wireBytes, encoded: null, labels: labelsOf(labels) },
    imports: importsOf(imports),
  };
}

function labelsOf(raw: unknown): readonly Label[] {
  const labels = Object.entries(record(raw) ?? {}).map(([key, label]) => ({ [key]: record(label)?.['values'] }));
  return parseLabels(labels, { keyValue: false });
}

function importsOf(raw: unknown): readonly string[] {
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw) || !raw.every((id) => typeof id === 'string')) {
    throw new BadParametersError('imported_blueprints of a plan is expected to be a list of texts');
  }
  return raw;
}

function record(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}
