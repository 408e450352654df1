type Json = Record<string, unknown>;

/**
 * Turns what the library writes in the manner of OpenAPI 3.0 into 3.1, which is JSON Schema: there is no `nullable`, but
 * a type `null`.
 */
export function inOpenApi31(document: Json): Json {
  return rewrite(document) as Json;
}

function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as Json;
  const copy = Object.fromEntries(Object.entries(rest).map(([key, child]) => [key, rewrite(child)]));
  return nullable === true && !isPropertyNamedNullable(value as Json) ? withNull(copy) : copy;
}

/** A property that happens to be called so holds a schema, not `true`. */
function isPropertyNamedNullable(value: Json): boolean {
  return typeof value['nullable'] === 'object';
}

function withNull(schema: Json): Json {
  if (typeof schema['type'] === 'string') {
    const values = Array.isArray(schema['enum']) ? { enum: [...schema['enum'], null] } : {};
    return { ...schema, type: [schema['type'], 'null'], ...values };
  }
  if (Array.isArray(schema['allOf']) && schema['allOf'].length === 1) {
    const { allOf, ...others } = schema;
    return { ...others, anyOf: [...(allOf as unknown[]), { type: 'null' }] };
  }
  if (typeof schema['$ref'] === 'string') return { anyOf: [{ $ref: schema['$ref'] }, { type: 'null' }] };
  return schema;
}
