import type { Plan } from '../../../core/dsl/plan.js';
import type { LookUp } from '../../../core/dsl/schema/value-catalogue.js';
import { isDict, isList, keyText, type Value } from '../../../core/dsl/values.js';

/** Whether a value names a thing of the blueprint that is being deployed (dsl.md §8.3). */
export function isInBlueprint({ nodes, scaling_groups: groups }: Plan, { type, value, conditions }: LookUp): boolean {
  const valid = conditions.get('valid_values');
  if (isList(valid) && !valid.includes(value)) return false;
  const pattern = conditions.get('name_pattern');
  if (isDict(pattern) && ![...pattern].every(([operator, text]) => fits(value, keyText(operator), text))) return false;
  switch (type) {
    case 'node_id':
      return nodes.some(({ id }) => id === value);
    case 'node_type':
      return nodes.some((node) => node.type === value);
    case 'scaling_group':
      return groups.has(value);
    case 'operation_name':
      return nodes.some(({ operations }) => operations.has(value));
    default:
      return false;
  }
}

function fits(name: string, operator: string, text: Value): boolean {
  if (typeof text !== 'string') return false;
  switch (operator) {
    case 'contains':
      return name.includes(text);
    case 'starts_with':
      return name.startsWith(text);
    case 'ends_with':
      return name.endsWith(text);
    case 'equals_to':
      return name === text;
    default:
      return false;
  }
}
