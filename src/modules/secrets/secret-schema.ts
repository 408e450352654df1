import { SchemaCostError, SchemaError } from '../../core/json-schema/schema-error.js';
import { JsonSchema } from '../../core/json-schema/json-schema.js';
import { BadParametersError, ConflictError } from '../../core/errors/app-error.js';
import { isStorable } from '../../core/text/storable.js';

export type SchemaDictionary = Readonly<Record<string, unknown>>;

/** The schema that comes with a new secret; `{}` counts as none. @throws BadParametersError when it is not valid. */
export function readSchema(schema: SchemaDictionary | null | undefined): SchemaDictionary | null {
  if (!schema || Object.keys(schema).length === 0) return null;
  if (!isStorable(schema))
    throw new BadParametersError('A text in `schema` contains a character that cannot be stored');
  parsed(schema);
  return schema;
}

/**
 * Judges a value and answers the text to be sealed. Without a schema it must be text; with one, any JSON that satisfies
 * it. Messages name places in the schema, never parts of the value.
 * @throws BadParametersError for what cannot be a value
 * @throws ConflictError for a value that its schema refuses
 */
export function textOfValue(value: unknown, schema: SchemaDictionary | null): string {
  if (schema === null) return plainText(value);
  const place = judged(() => parsed(schema).failure(value));
  if (place !== null)
    throw new ConflictError(`Error validating secret value: it does not satisfy the schema at \`${place}\``);
  return JSON.stringify(value);
}

function plainText(value: unknown): string {
  if (typeof value !== 'string') {
    throw new BadParametersError('The value of a secret without a schema is expected to be of type str');
  }
  if (value === '') throw new BadParametersError('The value of a secret may not be empty');
  // Half of a surrogate pair has no UTF-8: it would come back as another text.
  if (!value.isWellFormed()) throw new BadParametersError('The value of the secret is not well-formed text');
  return value;
}

function parsed(schema: SchemaDictionary): JsonSchema {
  try {
    return JsonSchema.parse(schema);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new BadParametersError(`Invalid \`schema\`: \`${error.place}\` ${error.reason}`, { cause: error });
  }
}

function judged<T>(judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof SchemaCostError)) throw error;
    throw new BadParametersError(error.message, { cause: error });
  }
}
