import type { INestApplication, Type } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { READS, type BodyKind } from '../platform/http/body.decorator.js';
import { LISTS, SHOWS } from '../platform/listing/listing.decorator.js';
import type { ListSource } from '../platform/listing/list-source.js';
import { VERSION } from '../platform/version.js';
import { inOpenApi31 } from './openapi-31.js';
import { printRule, routeRules, type RouteRule } from './route-rules.js';

type Json = Record<string, unknown>;

const ERROR = { $ref: '#/components/schemas/Error' };
const CODELESS = { $ref: '#/components/schemas/CodelessError' };

/** The REST API as OpenAPI 3.1, from the code: routes, their rules, what lists take, and the models of the controllers. */
export function buildOpenApi(app: INestApplication): Json {
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Holdfast Manager')
    .setDescription("Wire-compatible with Cloudify Manager's REST API v3.1.")
    .setVersion(VERSION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBasicAuth(undefined, 'basic')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'Authentication-Token' }, 'token')
    .build();
  const document = SwaggerModule.createDocument(app, base, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  }) as unknown as Json;
  for (const route of routeRules(app)) describe(document, route);
  addCommonSchemas(document);
  return inOpenApi31(document);
}

function describe(document: Json, route: RouteRule): void {
  const paths = document['paths'] as Record<string, Record<string, Json>>;
  const path = route.path
    .replace(/:(\w+)/g, '{$1}')
    .replace(/\*(\w*)/g, (_star, name: string) => `{${name || 'path'}}`);
  const operation = paths[path]?.[route.method.toLowerCase()];
  if (!operation) return;
  const handler = (route.handler.controller as Type<Record<string, () => unknown>>).prototype[
    route.handler.name
  ] as () => unknown;
  const source = Reflect.getMetadata(LISTS, handler) as ListSource | undefined;
  const parameters = ((operation['parameters'] as Json[] | undefined) ?? []).filter(
    (parameter) => parameter['name'] !== undefined,
  );
  operation['parameters'] = [
    ...pathParameters(path, parameters),
    ...parameters,
    ...tenantParameter(route),
    ...listParameters(source),
    ...includeParameter(handler),
  ];
  operation['x-access-rule'] = printRule(route.rule);
  operation['security'] = route.rule?.kind === 'public' ? [] : [{ basic: [] }, { token: [] }];
  addResponses(operation, route, handler, source);
}

/** Those of the path that no handler asks for: a guard or nobody reads them. */
function pathParameters(path: string, declared: readonly Json[]): Json[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return names
    .filter((name) => !declared.some((parameter) => parameter['in'] === 'path' && parameter['name'] === name))
    .map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function tenantParameter({ rule }: RouteRule): Json[] {
  if (!rule || rule.kind === 'public' || (rule.options.tenant !== 'required' && rule.options.tenant !== 'optional'))
    return [];
  return [
    {
      name: 'Tenant',
      in: 'header',
      required: rule.options.tenant === 'required' && rule.options.allTenants === undefined,
      schema: { type: 'string' },
    },
  ];
}

function listParameters(source: ListSource | undefined): Json[] {
  if (!source) return [];
  const query = (name: string, schema: Json, description: string): Json => ({
    name,
    in: 'query',
    required: false,
    schema,
    description,
  });
  const texts = { type: 'array', items: { type: 'string' } };
  const filters = Object.entries(source.fields).filter(([, field]) => field.filter ?? field.kind !== 'json');
  return [
    query('_size', { type: 'integer', minimum: 0 }, 'Page size'),
    query('_offset', { type: 'integer', minimum: 0 }, 'Items to pass over'),
    query('_sort', texts, 'Field, or -field for descending; repeatable'),
    ...(source.search ? [query('_search', { type: 'string' }, 'Text that the name contains, in any casing')] : []),
    ...(source.getAllResults ? [query('_get_all_results', { type: 'boolean' }, 'Ignore size and offset')] : []),
    ...(source.scoped ? [query('_all_tenants', { type: 'boolean' }, 'Every tenant that you may list')] : []),
    ...filters.map(([name]) => query(name, texts, 'Equality filter; repeated values are OR-ed')),
  ];
}

function includeParameter(handler: () => unknown): Json[] {
  const shown = (Reflect.getMetadata(LISTS, handler) ?? Reflect.getMetadata(SHOWS, handler)) as
    Pick<ListSource, 'fields'> | undefined;
  if (!shown) return [];
  return [
    {
      name: '_include',
      in: 'query',
      required: false,
      schema: { type: 'string' },
      description: 'Fields of the answer, separated by commas',
    },
  ];
}

function addResponses(operation: Json, route: RouteRule, handler: () => unknown, source: ListSource | undefined): void {
  const responses = (operation['responses'] ??= {}) as Record<string, Json>;
  const json = (description: string, schema: Json): Json => ({
    description,
    content: { 'application/json': { schema } },
  });
  if (source) responses['200'] = json('A page', envelopeOf(responses['200']));
  const add = (status: number, description: string, schema: Json = ERROR): void => {
    const declared = responses[String(status)];
    responses[String(status)] = declared ? { ...json(description, schema), ...declared } : json(description, schema);
  };
  const reads = (Reflect.getMetadata(READS, handler) as BodyKind | undefined) ?? 'none';
  add(400, 'Bad input');
  if (route.rule?.kind !== 'public') {
    add(401, 'Not signed in');
    add(403, 'Not permitted, or no such tenant');
    add(429, 'Too many logins', CODELESS);
  }
  if (route.path.includes(':')) add(404, 'Not there, or not visible');
  if (route.path.endsWith('*')) add(404, 'Not there, or not visible', CODELESS);
  if (reads !== 'none') {
    add(413, 'Too large', CODELESS);
    if (reads !== 'stream') add(415, 'Not application/json');
  }
  if (route.method !== 'GET') add(409, 'Taken, or in conflict with what is stored');
  add(503, 'Maintenance mode');
  for (const status of [404, 405]) if (responses[status]) add(status, 'Not offered here');
}

/** The model that a controller names for its items, inside the envelope of rest-api §1.11. */
function envelopeOf(response: Json | undefined): Json {
  const content = response?.['content'] as Record<string, { schema?: Json }> | undefined;
  const named = content?.['application/json']?.schema;
  if (named && named['type'] !== 'array') return named;
  return {
    type: 'object',
    required: ['items', 'metadata'],
    properties: {
      items: named ?? { type: 'array', items: { type: 'object' } },
      metadata: { $ref: '#/components/schemas/ListMetadata' },
    },
  };
}

function addCommonSchemas(document: Json): void {
  const components = (document['components'] ??= {}) as Json;
  const schemas = (components['schemas'] ??= {}) as Json;
  const integer = { type: 'integer', minimum: 0 };
  schemas['ListMetadata'] = {
    type: 'object',
    required: ['pagination'],
    properties: {
      pagination: {
        type: 'object',
        required: ['total', 'size', 'offset'],
        properties: { total: integer, size: integer, offset: integer },
      },
      filtered: { type: ['integer', 'null'] },
    },
  };
  schemas['Error'] = {
    type: 'object',
    required: ['message', 'error_code'],
    properties: {
      message: { type: 'string' },
      error_code: { type: 'string' },
      server_traceback: { type: ['string', 'null'] },
    },
  };
  schemas['CodelessError'] = {
    type: 'object',
    required: ['message'],
    properties: {
      message: { oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: { type: 'string' } }] },
    },
  };
}
