import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { JsonSchema } from './json-schema.js';

/** A widely used validator says what the standard means; it compiles code, so strangers' schemas never meet it in production. */
const oracle = new Ajv2020({ strict: false, validateFormats: false, logger: false, ownProperties: true });

const names = fc.constantFrom('a', 'b', 'c', 'ab');
const scalars = fc.oneof(
  fc.constantFrom(null, true, false, '', 'a', 'ab', 'abc', '🔑'),
  fc.integer({ min: -4, max: 4 }),
);
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

const counts = fc.integer({ min: 0, max: 3 });
const numbers = fc.integer({ min: -3, max: 3 });

/** A few keywords at a time: all of them at once would refuse nearly everything, and never end. */
function schemasOf(levels: number): fc.Arbitrary<unknown> {
  const scalarKeywords: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    type: fc.constantFrom('null', 'boolean', 'object', 'array', 'number', 'integer', 'string', ['string', 'null']),
    enum: fc.uniqueArray(values, { minLength: 1, maxLength: 3, selector: (value) => JSON.stringify(value) }),
    const: values,
    multipleOf: fc.integer({ min: 1, max: 3 }),
    minimum: numbers,
    maximum: numbers,
    exclusiveMinimum: numbers,
    exclusiveMaximum: numbers,
    minLength: counts,
    maxLength: counts,
    pattern: fc.constantFrom('^a', 'b$', '^(a|b)*$', '[^a]'),
    minItems: counts,
    maxItems: counts,
    uniqueItems: fc.boolean(),
    minProperties: counts,
    maxProperties: counts,
    required: fc.uniqueArray(names, { maxLength: 2 }),
    dependentRequired: fc.dictionary(names, fc.uniqueArray(names, { maxLength: 2 }), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    $ref: fc.constantFrom('#/$defs/x', '#/$defs/y'),
  };
  const keywords = levels === 0 ? scalarKeywords : { ...scalarKeywords, ...nestingKeywords(schemasOf(levels - 1)) };
  const some = fc.subarray(Object.keys(keywords), { minLength: 1, maxLength: 3 }).chain((kept) =>
    fc.record(Object.fromEntries(kept.map((name) => [name, keywords[name] ?? fc.constant(true)])), {
      noNullPrototype: true,
    }),
  );
  return fc.oneof({ arbitrary: fc.boolean(), weight: 1 }, { arbitrary: some, weight: 8 });
}

/** Without `contains`: beside `prefixItems` the oracle lets an empty list pass, against the standard. */
function nestingKeywords(schema: fc.Arbitrary<unknown>): Readonly<Record<string, fc.Arbitrary<unknown>>> {
  const list = fc.array(schema, { minLength: 1, maxLength: 3 });
  const map = fc.dictionary(names, schema, { maxKeys: 3, noNullPrototype: true });
  return {
    items: schema,
    prefixItems: list,
    properties: map,
    patternProperties: fc.dictionary(fc.constantFrom('^a', 'b$'), schema, { maxKeys: 2, noNullPrototype: true }),
    additionalProperties: schema,
    propertyNames: schema,
    dependentSchemas: map,
    allOf: list,
    anyOf: list,
    oneOf: list,
    not: schema,
    if: schema,
    ...Object.fromEntries(['then', 'else'].map((name) => [name, schema])),
  };
}

const schemas = schemasOf(3);

describe('JSON Schemas, compared with another implementation', () => {
  it('agree on every verdict', () => {
    let refused = 0;
    let accepted = 0;
    fc.assert(
      fc.property(schemas, values, schemas, schemas, (schema, value, x, y) => {
        const definitions = { x: withoutReferences(x), y: withoutReferences(y) };
        const whole = { allOf: [schema], $defs: definitions };
        const expected = oracle.compile(whole)(value);
        oracle.removeSchema();
        expect(JsonSchema.parse(whole).failure(value) === null).toBe(expected);
        if (expected) accepted += 1;
        else refused += 1;
      }),
      { seed: 11, numRuns: 1_000 },
    );
    // Neither side may be a trifle, or the comparison would show nothing.
    expect(Math.min(refused, accepted)).toBeGreaterThan(150);
  });
});

/** Circles are a matter of the other spec; the oracle would not come back from them. */
function withoutReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutReferences);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => key !== '$ref')
      .map(([key, value]) => [key, withoutReferences(value)]),
  );
}
