import { isDict, isList, type Value } from '../../../core/dsl/values.js';
import { assertName } from '../../../core/text/names.js';
import { schedulesOf } from '../../../core/schedules/default-schedules.js';
import { jsonText } from '../planning/plan-rows.js';
import type { NewSchedule } from './deployment-creation.repository.js';

/** What a blueprint's `deployment_settings` say of a deployment, evaluated (dsl.md §13, §15). */
export interface DeploymentSettings {
  readonly displayName: string | null;
  readonly groups: readonly string[];
  readonly schedules: readonly NewSchedule[];
}

/** @throws BadParametersError for a group that cannot be one, or a schedule that means nothing */
export function readSettings(settings: Value, now: Date): DeploymentSettings {
  const dict = isDict(settings) ? settings : new Map();
  const name = dict.get('display_name');
  const groups = dict.get('default_groups');
  return {
    displayName: typeof name === 'string' && name !== '' ? name : null,
    groups: isList(groups) ? [...new Set(groups.map(groupName))] : [],
    schedules: schedulesOf(dict, now).map(({ rule, parameters, executionArguments, ...schedule }) => ({
      ...schedule,
      rule: JSON.stringify(rule),
      parameters: jsonText(parameters),
      executionArguments: JSON.stringify(executionArguments),
    })),
  };
}

function groupName(group: Value): string {
  return assertName('default_groups', typeof group === 'string' ? group : '');
}
