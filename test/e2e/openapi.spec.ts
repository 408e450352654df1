import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { openApiDocument } from '../../src/bootstrap/openapi.js';
import { routeRules } from '../../src/bootstrap/route-rules.js';
import { READS, type BodyKind } from '../../src/platform/http/body.decorator.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { expectError } from '../support/expect-error.js';

/* The description of the API, as programs read it. */

type Json = Record<string, unknown>;
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Json }[];
  readonly requestBody?: { readonly content?: Record<string, { readonly schema?: Json }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema?: Json }> }>;
  readonly security?: readonly Json[];
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Json> };
}

let test: TestApp;
let document: Document;
beforeAll(async () => {
  test = await createTestApp();
  document = (await test.admin.get('/openapi.json')).body as Document;
});
afterAll(() => test?.close());

/** `METHOD path` → operation. */
const operations = (): Map<string, Operation> =>
  new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    ),
  );
/** Routes of the application, as the document writes them. */
const routes = (): { readonly name: string; readonly reads: BodyKind }[] =>
  routeRules(test.app).map(({ method, path, handler }) => ({
    name: `${method} ${path.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{path}')}`,
    reads: (Reflect.getMetadata(
      READS,
      (handler.controller as { prototype: Record<string, object> }).prototype[handler.name] as object,
    ) ?? 'none') as BodyKind,
  }));

/** Every object in the document, with where it stands. */
function* objects(value: unknown, path = '#'): Generator<readonly [string, Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Json];
  for (const [key, child] of Object.entries(value)) yield* objects(child, `${path}/${key}`);
}

/** Whether a schema says anything. */
const says = (schema: Json | undefined): boolean => schema !== undefined && Object.keys(schema).length > 0;

/** As much of JSON Schema as the document uses. */
function fits(schema: Json | undefined, value: unknown, path: string): string[] {
  if (!schema) return [`${path}: no schema`];
  const reference = schema['$ref'];
  if (typeof reference === 'string')
    return fits(document.components.schemas[reference.split('/').at(-1) ?? ''], value, path);
  for (const [word, every] of [
    ['allOf', true],
    ['anyOf', false],
    ['oneOf', false],
  ] as const) {
    const parts = schema[word] as Json[] | undefined;
    if (!parts) continue;
    const faults = parts.map((part) => fits(part, value, path));
    const isGood = every ? faults.every((found) => found.length === 0) : faults.some((found) => found.length === 0);
    if (!isGood) return faults.flat();
  }
  const types = schema['type'] === undefined ? null : ([schema['type']].flat() as string[]);
  const type =
    value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (types && !types.includes(type) && !(type === 'integer' && types.includes('number')))
    return [`${path}: ${type} instead of ${types.join(' or ')}`];
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) return [`${path}: not in the enum`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => fits((schema['items'] as Json) ?? {}, item, `${path}/${index}`));
  if (type !== 'object') return [];
  const object = value as Json;
  const properties = (schema['properties'] ?? {}) as Record<string, Json>;
  const missing = ((schema['required'] ?? []) as string[]).filter((name) => !(name in object));
  const unknown =
    schema['properties'] && schema['additionalProperties'] === undefined
      ? Object.keys(object).filter((name) => !(name in properties))
      : [];
  return [
    ...missing.map((name) => `${path}/${name}: missing`),
    ...unknown.map((name) => `${path}/${name}: not in the document`),
    ...Object.entries(properties).flatMap(([name, child]) =>
      name in object ? fits(child, object[name], `${path}/${name}`) : [],
    ),
  ];
}

describe('the OpenAPI document', () => {
  it('is for signed-in users, whatever their role', async () => {
    expectError(await test.stranger.get('/openapi.json'), 401, 'unauthorized_error');
    const user = await test.world.user();
    const answer = await user.client.get('/openapi.json');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(answer.body).toEqual(document);
  });

  it('is the one that the command prints', async () => {
    expect(JSON.parse(JSON.stringify(await openApiDocument()))).toEqual(document);
  });

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect([validator.version, document.openapi]).toEqual(['3.1', '3.1.0']);
  });

  it('has nothing of the manner of 3.0', () => {
    const old = [...objects(document)].filter(([path, value]) => !path.endsWith('/properties') && 'nullable' in value);
    expect(old.map(([path]) => path)).toEqual([]);
    const exclusive = [...objects(document)].filter(([, value]) => typeof value['exclusiveMinimum'] === 'boolean');
    expect(exclusive).toEqual([]);
  });

  it('has no alternatives of which one takes everything: then none would fit alone', () => {
    const alternatives = [...objects(document)].filter(([, { oneOf }]) => Array.isArray(oneOf));
    expect(alternatives.filter(([, { oneOf }]) => !(oneOf as Json[]).every(says))).toEqual([]);
  });

  it('refers to nothing that is not there, and has no model that nobody refers to', () => {
    const references = new Set(
      [...objects(document)].map(([, value]) => value['$ref']).filter((ref) => ref !== undefined),
    );
    const models = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...references].filter((ref) => !models.includes(ref as string))).toEqual([]);
    expect(models.filter((name) => !references.has(name))).toEqual([]);
  });

  it('has every route of the application and no other', () => {
    expect([...operations().keys()].toSorted()).toEqual(
      routes()
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  it('names each operation once, says what it does, and in which section', () => {
    const ids = [...operations().values()].map(({ operationId }) => operationId);
    expect(ids.filter((id, index) => id === undefined || ids.indexOf(id) !== index)).toEqual([]);
    const silent = [...operations()].filter(([, { summary, tags }]) => !summary || !tags || tags.length === 0);
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  it('declares each parameter of a path, and no parameter twice', () => {
    for (const [name, { parameters = [] }] of operations()) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name);
      expect([name, inPath.toSorted()]).toEqual([
        name,
        [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => parameter).toSorted(),
      ]);
      const all = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      expect([name, all.filter((one, index) => all.indexOf(one) !== index)]).toEqual([name, []]);
    }
  });

  it('has a model of each body that is read', () => {
    const found = operations();
    const lacking = routes()
      .filter(({ reads }) => reads !== 'none')
      .filter(({ name }) => {
        const contents = Object.values(found.get(name)?.requestBody?.content ?? {});
        return contents.length === 0 || !contents.every(({ schema }) => says(schema));
      });
    expect(lacking).toEqual([]);
  });

  it('has a model of each answer', () => {
    const lacking = [...operations()].flatMap(([name, { responses }]) => {
      const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      return good
        .filter(([status]) => status !== '204')
        .filter(([, { content = {} }]) => {
          const schemas = Object.values(content).map(({ schema }) => schema);
          return schemas.length === 0 || !schemas.every(says);
        })
        .map(([status]) => `${name} ${status}`);
    });
    expect(lacking).toEqual([]);
  });

  it('has a success of each operation, but of those that are never offered on a single machine', () => {
    const without = [...operations()].filter(
      ([, { responses }]) => !Object.keys(responses).some((key) => key.startsWith('2')),
    );
    expect(without.map(([name]) => name).toSorted()).toEqual([
      'DELETE /api/v3.1/brokers/{name}',
      'DELETE /api/v3.1/managers/{hostname}',
      'POST /api/v3.1/brokers',
      'POST /api/v3.1/contacts',
      'POST /api/v3.1/db-nodes',
      'POST /api/v3.1/maintenance/{action}',
      'POST /api/v3.1/managers',
      'PUT /api/v3.1/brokers/{name}',
      'PUT /api/v3.1/managers/{hostname}',
    ]);
    for (const [, { responses }] of without) expect(Object.keys(responses)).toContain('401');
  });

  it('has a model of each refusal', () => {
    const lacking = [...operations()].flatMap(([name, { responses }]) =>
      Object.entries(responses)
        .filter(([status]) => /^[45]/.test(status))
        .filter(([, { content }]) => !says(content?.['application/json']?.schema))
        .map(([status]) => `${name} ${status}`),
    );
    expect(lacking).toEqual([]);
  });

  it('leaves open what is open, and closes the rest', () => {
    const open = [...operations()].filter(([, { security }]) => security?.length === 0).map(([name]) => name);
    expect(open.toSorted()).toEqual([
      'GET /api/v3.1/ok',
      'GET /api/v3.1/snapshot-status',
      'GET /api/v3.1/version',
      'GET /api/version',
    ]);
  });
});

describe('the answers of the application', () => {
  it.each([
    '/user',
    '/user?_get_data=true',
    '/users',
    '/users?_get_data=true',
    '/users/admin',
    '/user-groups',
    '/tenants',
    '/tenants?_get_data=true',
    '/tenants/default_tenant',
    '/permissions',
    '/permissions/viewer',
    '/tokens',
    '/secrets',
    '/secrets/of_the_document',
    '/blueprints',
    '/executions',
    '/events',
    '/status',
    '/version',
    '/ok',
    '/snapshot-status',
    '/config',
    '/audit?kind=all',
    '/license',
    '/license-check',
    '/managers',
    '/brokers',
    '/db-nodes',
    '/cluster-status',
    '/idp',
    '/ldap',
    '/maintenance',
    '/nothing/at/all',
    '/users?_size=x',
  ])('fit the document: GET %s', async (path) => {
    await test.admin.put('/secrets/of_the_document', { value: 'x', update_if_exists: true });
    const answer = await test.admin.get(path);
    const name = `/api/v3.1${path.split('?', 1)[0]}`;
    const shape = Object.keys(document.paths).find((known) =>
      new RegExp(`^${known.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(name),
    );
    const operation = document.paths[document.paths[name] ? name : (shape ?? '')]?.['get'];
    const schema = operation
      ? operation.responses[String(answer.status)]?.content?.['application/json']?.schema
      : document.components.schemas['CodelessError'];
    expect(fits(schema, answer.body, `${answer.status}`)).toEqual([]);
  });
});
