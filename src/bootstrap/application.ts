import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../app.module.js';
import { OpenApiDocument } from '../platform/http/openapi-document.js';
import { createAdapter, prepareServer } from '../platform/http/server.js';
import type { PlatformParts } from '../platform/platform.module.js';
import { knownPermissions } from './known-permissions.js';
import { buildOpenApi } from './openapi-document.js';
import { assertEveryRouteHasARule } from './route-rules.js';

/** Puts the application together; nothing is opened or started. */
export async function assembleApplication(parts: PlatformParts): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), createAdapter(), {
    bodyParser: false,
    logger: parts.log,
    abortOnError: false,
  });
  prepareServer(app);
  app.get(OpenApiDocument).provide(() => buildOpenApi(app));
  return app;
}

/**
 * The whole application, initialised and not yet listening.
 * @throws Error when a route has no access rule, or one that the seed does not know
 */
export async function createApplication(parts: PlatformParts): Promise<NestFastifyApplication> {
  const app = await assembleApplication(parts);
  assertEveryRouteHasARule(app, await knownPermissions());
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
