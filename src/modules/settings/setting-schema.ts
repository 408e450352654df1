/** What a value of an entry must look like: a JSON Schema of ours, shown on the wire as it is. */
export type SettingSchema = Readonly<Record<string, unknown>>;

/** PostgreSQL's `integer`; settings end in limits, intervals and ports, none of which needs more. */
const MAX_INTEGER = 2_147_483_647;
const MAX_TEXT_LENGTH = 4_096;

export const TEXT: SettingSchema = { type: 'string', maxLength: MAX_TEXT_LENGTH };
/** Null takes a value back. */
export const OPTIONAL_TEXT: SettingSchema = { type: ['string', 'null'], maxLength: MAX_TEXT_LENGTH };
export const BOOLEAN: SettingSchema = { type: 'boolean' };
export const OPTIONAL_BOOLEAN: SettingSchema = { type: ['boolean', 'null'] };

const TEXTS: SettingSchema = { type: 'object', additionalProperties: TEXT };

/** How imports of blueprints are resolved (dsl.md §5.2, §5.3); read by core/dsl/imports/resolver-settings.ts. */
export const IMPORT_RESOLVER: SettingSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    implementation: TEXT,
    parameters: {
      type: 'object',
      additionalProperties: false,
      properties: {
        rules: { type: 'array', maxItems: 100, items: { ...TEXTS, minProperties: 1, maxProperties: 1 } },
        fallback: BOOLEAN,
        plugin_version_constraints: TEXTS,
        plugin_mappings: TEXTS,
      },
    },
  },
};

export function oneOf(...values: readonly string[]): SettingSchema {
  return { type: 'string', enum: values };
}

export function integer(minimum: number, maximum = MAX_INTEGER): SettingSchema {
  return { type: 'integer', minimum, maximum };
}

export function optionalInteger(minimum: number, maximum = MAX_INTEGER): SettingSchema {
  return { type: ['integer', 'null'], minimum, maximum };
}

/** A length of time that is never zero: waiting no time at all would fail every request to the other side. */
export function seconds(maximum: number): SettingSchema {
  return { type: 'number', exclusiveMinimum: 0, maximum };
}

export function optionalText(pattern: string): SettingSchema {
  return { ...OPTIONAL_TEXT, pattern };
}
