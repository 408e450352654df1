import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AccessChain } from './access/access-chain.js';
import { ActorFactory } from './access/actor-factory.js';
import { AuthenticationGuard } from './access/authentication.guard.js';
import { MaintenanceGuard } from './access/maintenance.guard.js';
import { PermissionGuard } from './access/permission.guard.js';
import { AccessRules } from './access/rules.js';
import { TenantGuard } from './access/tenant.guard.js';
import { DenialRecorder } from './audit/denial-recorder.js';
import { FailureRecorder } from './audit/failure-recorder.js';
import { Clock } from './clock/clock.js';
import { AppConfig } from './config/config.js';
import type { ServingDataSource } from './database/data-source.js';
import { DatabaseModule } from './database/database.module.js';
import { BodyReader } from './http/body-reader.js';
import { ErrorFilter } from './http/error.filter.js';
import { KnownPaths } from './http/known-paths.js';
import { OpenApiController } from './http/openapi.controller.js';
import { OpenApiDocument } from './http/openapi-document.js';
import { RequestInterceptor } from './http/request.interceptor.js';
import { RequestShape } from './http/request-shape.js';
import { ListQueries } from './listing/list-queries.js';
import { Log } from './logging/log.js';
import { ServerIdentity } from './tls/server-identity.js';

/** What the program hands over when it starts: made before Nest, since Nest's modules are built on it. */
export interface PlatformParts {
  readonly config: AppConfig;
  readonly dataSource: ServingDataSource;
  readonly log: Log;
  readonly clock: Clock;
  readonly identity: ServerIdentity;
}

const CHAIN: Provider[] = [
  { provide: APP_GUARD, useExisting: AccessChain },
  { provide: APP_INTERCEPTOR, useClass: RequestInterceptor },
  { provide: APP_FILTER, useClass: ErrorFilter },
];

const GUARDS = [MaintenanceGuard, AuthenticationGuard, TenantGuard, PermissionGuard];
const SERVICES = [
  AccessChain,
  AccessRules,
  ActorFactory,
  BodyReader,
  DenialRecorder,
  FailureRecorder,
  KnownPaths,
  ListQueries,
  OpenApiDocument,
  RequestShape,
];

@Global()
@Module({ controllers: [OpenApiController] })
export class PlatformModule {
  static with(parts: PlatformParts): DynamicModule {
    const given: Provider[] = [
      { provide: AppConfig, useValue: parts.config },
      { provide: Log, useValue: parts.log },
      { provide: Clock, useValue: parts.clock },
      { provide: ServerIdentity, useValue: parts.identity },
    ];
    return {
      module: PlatformModule,
      imports: [DatabaseModule.with(parts.dataSource)],
      providers: [...given, ...SERVICES, ...GUARDS, ...CHAIN],
      exports: [AppConfig, Log, Clock, ServerIdentity, ...SERVICES],
    };
  }
}
