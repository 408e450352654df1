import { readJson } from '../../../core/dsl/json-values.js';
import { labelKey, labelValue, type Label } from '../../../core/labels/labels.js';
import { readSettings } from '../creation/deployment-settings.js';
import { PLAN_ATTRIBUTES, type PlannedDependency, type PlannedUpdateFacts } from '../planning/planning-messages.js';

/** What a preview tells besides (rest-api §3.5). */
export interface UpdatePreview {
  readonly recursive_dependencies: readonly unknown[];
  readonly schedules_to_create: readonly unknown[];
  readonly schedules_to_delete: readonly string[];
  readonly labels_to_create: readonly unknown[];
}

/**
 * What a record keeps of its plan, as JSON text: what goes out under its own name (rest-api §3.5), what later steps need
 * in `later`. What users wrote is passed on to the letter.
 */
export function contentOf(facts: PlannedUpdateFacts, preview: UpdatePreview | null): string {
  const labels = labelsOf(facts);
  const plan = entries([
    ['description', JSON.stringify(facts.description)],
    ...PLAN_ATTRIBUTES.map((name) => [name, facts.attributes[name]] as const),
    ['labels', JSON.stringify(labels)],
    ['deployment_settings', facts.settings],
  ]);
  const later: Later = {
    labels,
    parentCapabilities: facts.parentCapabilities,
    dependencies: facts.dependencies,
  };
  return entries([
    ['deployment_plan', plan],
    ['deployment_update_nodes', facts.nodeChanges],
    ['deployment_update_node_instances', facts.instanceChanges],
    ['modified_entity_ids', facts.modified],
    ['central_plugins_to_install', facts.pluginsToInstall],
    ['central_plugins_to_uninstall', facts.pluginsToUninstall],
    ...Object.entries(preview ?? {}).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ['changes', facts.changes],
    ['later', JSON.stringify(later)],
  ]);
}

/** What is written when the update is performed. */
export interface Later {
  readonly labels: readonly Label[];
  readonly parentCapabilities: readonly string[];
  readonly dependencies: readonly PlannedDependency[];
}

export function labelsOf({ labels }: Pick<PlannedUpdateFacts, 'labels'>): readonly Label[] {
  return labels.map(({ key, value }) => {
    const name = labelKey(key);
    return { key: name, value: labelValue(name, value) };
  });
}

/** Functions are not evaluated for a look: what they give may be nobody's to see. */
export function previewedSchedules(settings: string, present: ReadonlySet<string>, now: Date): readonly unknown[] {
  return readSettings(readJson(settings), now)
    .schedules.filter(({ id }) => !present.has(id))
    .map(({ id, workflowId, since, until, rule }) => {
      const {
        recurrence = null,
        count = null,
        weekdays = null,
      } = JSON.parse(rule) as Readonly<Record<string, unknown>>;
      return {
        id,
        workflow: workflowId,
        since: since.toISOString(),
        until: until?.toISOString() ?? null,
        count,
        recurrence,
        weekdays,
      };
    });
}

function entries(texts: readonly (readonly [string, string])[]): string {
  return `{${texts.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`;
}
