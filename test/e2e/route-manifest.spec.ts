import { Controller, Get, HttpCode, Module } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownPermissions } from '../../src/bootstrap/known-permissions.js';
import { assertEveryRouteHasARule, printRule, routeRules } from '../../src/bootstrap/route-rules.js';
import { Allow, Public } from '../../src/platform/access/decorators.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { registeredRoutes } from '../support/registered-routes.js';

type Manifest = Readonly<Record<string, string>>;

const MANIFEST = join(import.meta.dirname, 'routes.manifest.json');
const CONTRACT = join(import.meta.dirname, '../support/contract-access.json');

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp();
});
afterAll(() => test?.close());

/** `METHOD path` → who may enter, of the running application. */
function manifest(): Manifest {
  return Object.fromEntries(
    routeRules(test.app).map(({ method, path, rule }) => [`${method} ${path}`, printRule(rule)]),
  );
}

const read = (file: string): Manifest => JSON.parse(readFileSync(file, 'utf8')) as Manifest;

/** Names of parameters are ours; their places are the contract's. */
const shapeOf = (path: string): string => path.replaceAll(/\{[^}]+\}|:[a-z_]+/gi, '{}');

describe('the manifest of routes', () => {
  it('is what the application has (npm run routes:update rewrites it; read the difference before you commit it)', () => {
    if (process.env['HOLDFAST_UPDATE_ROUTES'] === '1')
      writeFileSync(MANIFEST, `${JSON.stringify(manifest(), null, 2)}\n`);
    expect(manifest()).toEqual(read(MANIFEST));
  });

  it('names every route that the server answers, so that nothing is served behind the back of the guards', () => {
    expect(registeredRoutes(test.app)).toEqual(Object.keys(manifest()).map(normalised).toSorted());
  });

  it('gives each route of the contract the permission and the tenant of the contract', () => {
    const ours = new Map(Object.entries(manifest()).map(([route, rule]) => [shapeOf(route), rule]));
    const differences = Object.entries(read(CONTRACT)).flatMap(([row, expected]) => {
      const [, route = ''] = /^P\d (.*)$/.exec(row) ?? [];
      const actual = ours.get(shapeOf(route))?.replace(/ all=\w+/, '');
      return actual === undefined || actual === expected ? [] : [{ route, expected, actual }];
    });
    expect(differences).toEqual([]);
  });

  it('has all of the security core', () => {
    const ours = new Set(Object.keys(manifest()).map(shapeOf));
    const missing = Object.keys(read(CONTRACT))
      .filter((row) => row.startsWith('P0 '))
      .map((row) => row.slice(3))
      .filter((route) => !ours.has(shapeOf(route)));
    expect(missing).toEqual([]);
  });

  it('opens nothing without credentials but what the contract leaves open', () => {
    const open = Object.entries(manifest()).filter(([, rule]) => rule === 'public');
    expect(open.map(([route]) => route)).toEqual([
      'GET /api/v3.1/ok',
      'GET /api/v3.1/snapshot-status',
      'GET /api/v3.1/version',
      'GET /api/version',
    ]);
  });
});

describe('a route', () => {
  @Controller('bare')
  class WithoutRule {
    @Get()
    @HttpCode(200)
    get(): string {
      return 'open to all?';
    }
  }

  @Controller('odd')
  class WithUnknownPermission {
    @Get()
    @HttpCode(200)
    @Allow('secret_peek', { tenant: 'required', allTenants: 'secret_glance' })
    get(): string {
      return 'who may?';
    }
  }

  @Controller('good')
  class WithRules {
    @Get()
    @HttpCode(200)
    @Allow('secret_get', { tenant: 'required' })
    get(): string {
      return 'known';
    }

    @Get('open')
    @HttpCode(200)
    @Public()
    open(): string {
      return 'open';
    }
  }

  it('without a rule keeps the manager from starting', async () => {
    await expect(start(WithRules, WithoutRule)).rejects.toThrow('GET /api/v3.1/bare has no access rule');
  });

  it('that asks for permissions which the seed does not know keeps it from starting, and each is named', async () => {
    await expect(start(WithRules, WithUnknownPermission)).rejects.toThrow(
      /GET \/api\/v3\.1\/odd asks for the unknown permission secret_peek\n.*unknown permission secret_glance/,
    );
  });

  it('with a rule of the seed lets it start', async () => {
    await expect(start(WithRules)).resolves.toBeUndefined();
  });
});

function normalised(route: string): string {
  return route.replaceAll(/\*\w*/g, '*');
}

/** A small program with these controllers, up to the check of the rules. */
async function start(...controllers: (new () => object)[]): Promise<void> {
  @Module({ imports: [DiscoveryModule], controllers })
  class Small {}
  const app = await NestFactory.createApplicationContext(Small, { logger: false });
  try {
    assertEveryRouteHasARule(app, await knownPermissions());
  } finally {
    await app.close();
  }
}
