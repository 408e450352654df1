import { JsonSchema } from './json-schema.js';
import { SchemaCostError, SchemaError } from './schema-error.js';

const failure = (schema: unknown, value: unknown): string | null => JsonSchema.parse(schema).failure(value);

/** Measured on purpose: the promise is about time. Generous, since machines differ; without the limits these take minutes. */
function millisecondsOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function outcome(schema: JsonSchema, value: unknown): string {
  try {
    schema.failure(value);
    return 'judged';
  } catch (error) {
    if (error instanceof SchemaCostError) return 'gave up';
    throw error;
  }
}

describe('JSON Schemas from strangers', () => {
  it.each([
    [{ type: 'object' }, {}, '[]'],
    [{ type: ['string', 'null'] }, null, '1'],
    [{ type: 'integer' }, 3, '3.5'],
    [{ enum: [1, { a: [true] }] }, { a: [true] }, '{"a":[1]}'],
    [{ const: { a: 1, b: 2 } }, { b: 2, a: 1 }, '{"a":1}'],
    [{ multipleOf: 0.01 }, 19.99, '19.995'],
    [{ multipleOf: 3 }, 3e300, '7'],
    [{ minimum: 2, exclusiveMaximum: 4 }, 2, '4'],
    [{ minLength: 2, maxLength: 3 }, '🔑🔑', '"🔑"'],
    [{ pattern: '^a+$' }, 'aaa', '"ab"'],
    [{ pattern: '\\u0061\\/\\d' }, 'a/1', '"a1"'],
    [{ items: { type: 'number' } }, [1, 2], '[1,"2"]'],
    [{ items: [{ type: 'number' }], additionalItems: false }, [1], '[1,2]'],
    [{ prefixItems: [{ type: 'number' }], items: { type: 'string' } }, [1, 'a'], '[1,2]'],
    [{ contains: { const: 1 }, maxContains: 1 }, [2, 1], '[1,1]'],
    [{ contains: { const: 1 }, minContains: 0, maxContains: 0 }, [], '[1]'],
    [{ uniqueItems: true }, [{ a: 1 }, { a: 2 }], '[{"a":1,"b":2},{"b":2,"a":1}]'],
    [{ minItems: 1, maxItems: 2 }, [1], '[]'],
    [{ required: ['user'] }, { user: 1 }, '{}'],
    [{ properties: { port: { type: 'integer' } } }, { port: 1 }, '{"port":"1"}'],
    [{ patternProperties: { '^x-': { type: 'string' } } }, { 'x-a': 'b', y: 1 }, '{"x-a":1}'],
    [
      { properties: { a: {} }, patternProperties: { '^b': {} }, additionalProperties: false },
      { a: 1, bb: 1 },
      '{"c":1}',
    ],
    [{ propertyNames: { maxLength: 2 } }, { ab: 1 }, '{"abc":1}'],
    [{ minProperties: 1, maxProperties: 1 }, { a: 1 }, '{}'],
    [{ dependentRequired: { a: ['b'] } }, { b: 1 }, '{"a":1}'],
    [{ dependentSchemas: { a: { required: ['b'] } } }, { a: 1, b: 1 }, '{"a":1}'],
    [{ dependencies: { a: ['b'], c: { required: ['d'] } } }, { a: 1, b: 1 }, '{"c":1}'],
    [{ allOf: [{ type: 'number' }, { minimum: 1 }] }, 1, '0'],
    [{ anyOf: [{ type: 'number' }, { type: 'null' }] }, null, '""'],
    [{ oneOf: [{ type: 'number' }, { minimum: 1 }] }, 0, '1'],
    [{ not: { type: 'number' } }, '', '1'],
    [JSON.parse('{"if": {"minimum": 5}, "then": {"multipleOf": 2}, "else": {"multipleOf": 3}}'), 6, '7'],
    [{ $defs: { port: { type: 'integer' } }, properties: { p: { $ref: '#/$defs/port' } } }, { p: 1 }, '{"p":"x"}'],
    [{ definitions: { 'a/b~c%': { type: 'null' } }, $ref: '#/definitions/a~1b~0c%25' }, null, '1'],
    [{ properties: { child: { $ref: '#' } }, required: ['id'] }, { id: 1, child: { id: 2 } }, '{"id":1,"child":{}}'],
  ])('judges by %j', (schema, good, other) => {
    expect(failure(schema, good)).toBeNull();
    expect(failure(schema, JSON.parse(other))).toMatch(/^#/);
  });

  it('takes formats and unknown keywords for annotations', () => {
    expect(failure({ format: 'email', title: 'Address', 'x-mine': [] }, 'no address')).toBeNull();
  });

  it('names the place in the schema, never a part of the value', () => {
    const schema = { properties: { db: { properties: { port: { maximum: 10 } } } } };
    expect(failure(schema, { db: { port: 4711 } })).toBe('#/properties/db/properties/port/maximum');
  });

  it('takes keys that objects have by nature for keys like others', () => {
    const sent: unknown = JSON.parse('{"__proto__": 1, "constructor": "x"}');
    expect(failure({ required: ['constructor'] }, {})).toBe('#/required');
    expect(failure({ required: ['__proto__', 'constructor'] }, sent)).toBeNull();
    expect(failure(JSON.parse('{"properties": {"__proto__": {"type": "string"}}}'), sent)).toMatch(/__proto__\/type$/);
    expect(failure({ additionalProperties: false, properties: {} }, sent)).toBe('#/additionalProperties');
    expect(failure(JSON.parse('{"type": "object", "valueOf": 1, "__proto__": {"type": "string"}}'), {})).toBeNull();
  });

  it.each([
    [{ type: 'text' }, '#/type'],
    [{ type: 'toString' }, '#/type'],
    [{ type: [] }, '#/type'],
    [{ minimum: '1' }, '#/minimum'],
    [{ exclusiveMinimum: true }, '#/exclusiveMinimum'],
    [{ multipleOf: 0 }, '#/multipleOf'],
    [{ minLength: -1 }, '#/minLength'],
    [{ pattern: 1 }, '#/pattern'],
    [{ pattern: '(' }, '#/pattern'],
    [{ items: 1 }, '#/items'],
    [{ properties: { a: { required: 'b' } } }, '#/properties/a/required'],
    [{ properties: [] }, '#/properties'],
    [{ enum: 1 }, '#/enum'],
    [{ allOf: [] }, '#/allOf'],
    [{ uniqueItems: 'yes' }, '#/uniqueItems'],
    [{ $defs: { unused: { type: 1 } } }, '#/$defs/unused/type'],
    [{ $ref: '#/nowhere' }, '#/$ref'],
    [{ $ref: '#/__proto__' }, '#/$ref'],
    [{ $ref: '#name' }, '#/$ref'],
    [{ $ref: 1 }, '#/$ref'],
    [{ $ref: '#/%E0%A4%A' }, '#/$ref'],
    [[], '#'],
  ])('refuses %j as a schema and says where', (schema, place) => {
    expect(() => JsonSchema.parse(schema)).toThrow(SchemaError);
    expect(() => JsonSchema.parse(schema)).toThrow(expect.objectContaining({ place }) as Error);
  });

  it.each([
    { $ref: 'https://example.org/schema.json' },
    { $ref: 'file:///etc/passwd' },
    { $ref: 'other.json#/a' },
    { $schema: 'http://json-schema.org/draft-04/schema#' },
    { $schema: 'https://example.org/meta' },
    { properties: { a: { $id: 'other', $ref: '#/b' } } },
    { unevaluatedProperties: false },
    { items: { $dynamicRef: '#meta' } },
    { pattern: '(?=a)' },
    { pattern: '(?<!a)b' },
    { pattern: '(a)\\1' },
  ])('offers nothing that reaches out, cannot be bounded, or would silently say nothing: %j', (schema) => {
    expect(() => JsonSchema.parse(schema)).toThrow(SchemaError);
  });

  it.each(['draft-06/schema#', 'draft-07/schema', 'draft/2019-09/schema', 'draft/2020-12/schema', 'schema#'])(
    'knows the draft %s',
    (draft) => {
      const scheme = draft.startsWith('draft/') ? 'https' : 'http';
      expect(failure({ $schema: `${scheme}://json-schema.org/${draft}`, type: 'null' }, null)).toBeNull();
    },
  );
});

describe('schemas that were made to keep the manager busy', () => {
  it.each<[string, unknown, unknown]>([
    ['references in circles', { $ref: '#' }, 1],
    ['a circle of several', { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }, 1],
    [
      'references that double',
      {
        $defs: Object.fromEntries(
          Array.from({ length: 60 }, (_, n) => [
            `n${n}`,
            { allOf: [{ $ref: `#/$defs/n${(n + 1) % 60}` }, { $ref: `#/$defs/n${(n + 1) % 60}` }] },
          ]),
        ),
        $ref: '#/$defs/n0',
      },
      1,
    ],
    [
      'a recursion that doubles with each level',
      {
        anyOf: [
          { items: { $ref: '#' }, maxItems: 0 },
          { items: { $ref: '#' }, maxItems: 0 },
        ],
      },
      nested(40),
    ],
    ['a wide comparison', { items: { enum: [1] }, contains: { uniqueItems: true } }, wide()],
    [
      'a pattern whose automaton gives up',
      { items: { pattern: '[ab]*a[ab]{300}c$' } },
      Array.from({ length: 500 }, randomWord),
    ],
  ])('comes back soon from %s', (_name, schema, value) => {
    const parsed = JsonSchema.parse(schema);
    const took = millisecondsOf(() => expect(outcome(parsed, value)).toMatch(/^(gave up|judged)$/));
    expect(took).toBeLessThan(3_000);
  });

  it('gives up on the circle for sure', () => {
    expect(() => JsonSchema.parse({ $ref: '#' }).failure(1)).toThrow(SchemaCostError);
  });

  it('reads long chains of references without a deep stack', () => {
    const links = Array.from({ length: 1_500 }, (_, n) => [`n${n}`, { $ref: `#/$defs/n${n + 1}` }] as const);
    const schema = { $defs: Object.fromEntries([...links, ['n1500', { type: 'null' }]]), $ref: '#/$defs/n0' };
    const parsed = JsonSchema.parse(schema);
    expect(() => parsed.failure(null)).toThrow(SchemaCostError);
  });

  it.each<[string, unknown]>([
    ['too long', { description: 'x'.repeat(70_000) }],
    ['too deep', Array.from({ length: 70 }).reduce((inner) => ({ not: inner }), {})],
    ['too many', { anyOf: Array.from({ length: 6_000 }, () => ({})) }],
    ['a pattern that repeats too much', { pattern: `(${'ab?'.repeat(300)}){1000}` }],
    ['a pattern too long', { pattern: 'a'.repeat(1_001) }],
    ['patterns too many', { allOf: Array.from({ length: 30 }, (_, n) => ({ pattern: `[ab]{900}${n}` })) }],
  ])('refuses a schema that is %s', (_name, schema) => {
    const took = millisecondsOf(() => expect(() => JsonSchema.parse(schema)).toThrow(SchemaError));
    expect(took).toBeLessThan(2_000);
  });
});

function nested(levels: number): unknown {
  return levels === 0 ? [] : [nested(levels - 1)];
}

function wide(): unknown[] {
  return Array.from({ length: 200_000 }, (_, index) => [index]);
}

/** The same on every run. */
function randomWord(_: unknown, seed: number): string {
  let state = seed + 1;
  return Array.from({ length: 1_000 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state % 2 === 0 ? 'a' : 'b';
  }).join('');
}
