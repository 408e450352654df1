import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';

/** What ids of new deployments of a group are made of (rest-api §3.4). */
export interface TemplateValues {
  readonly group_id: string;
  readonly uuid: string;
  readonly blueprint_id: string;
  readonly count: number;
  readonly site_name: string;
}

/** Fills the placeholders `{group_id}`, `{uuid}`, …. @throws BadParametersError for another one */
export function filledTemplate(template: string, values: TemplateValues): string {
  return template.replaceAll(/\{([^{}]*)\}/g, (_whole, name: string) => {
    if (!Object.hasOwn(values, name)) {
      throw new BadParametersError(
        `Unknown placeholder {${printable(name)}}. Known are: ${Object.keys(values).join(', ')}`,
      );
    }
    return String(values[name as keyof TemplateValues]);
  });
}
