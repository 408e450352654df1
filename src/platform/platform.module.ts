import { Global, Module, type DynamicModule, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { ActorFactory } from './access/actor-factory.js';
import { AuthenticationGuard } from './access/authentication.guard.js';
import { MaintenanceGuard } from './access/maintenance.guard.js';
import { PermissionGuard } from './access/permission.guard.js';
import { AccessRules } from './access/rules.js';
import { TenantGuard } from './access/tenant.guard.js';
import { AuditInterceptor } from './audit/audit.interceptor.js';
import { DenialRecorder } from './audit/denial-recorder.js';
import { Clock } from './clock/clock.js';
import { AppConfig } from './config/config.js';
import { HotQueries } from './database/hot-queries.js';
import { UnitOfWork } from './database/unit-of-work.js';
import { BodyReader } from './http/body-reader.js';
import { ErrorFilter } from './http/error.filter.js';
import { KnownPaths } from './http/known-paths.js';
import { ResponseInterceptor } from './http/response.interceptor.js';
import { ShapeInterceptor } from './http/shape.interceptor.js';
import { ListQueries } from './listing/list-queries.js';
import { Log } from './logging/log.js';
import { ServerIdentity } from './tls/server-identity.js';

/** What the program hands over when it starts: made before Nest, since Nest's modules are built on it. */
export interface PlatformParts {
  readonly config: AppConfig;
  readonly dataSource: DataSource;
  readonly log: Log;
  readonly clock: Clock;
  readonly identity: ServerIdentity;
}

/** Order matters: the guards are the chain of rest-api §1.3, and interceptors run from the outside in. */
const CHAIN: Provider[] = [
  { provide: APP_GUARD, useClass: MaintenanceGuard },
  { provide: APP_GUARD, useClass: AuthenticationGuard },
  { provide: APP_GUARD, useClass: TenantGuard },
  { provide: APP_GUARD, useClass: PermissionGuard },
  { provide: APP_INTERCEPTOR, useClass: ResponseInterceptor },
  { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
  { provide: APP_INTERCEPTOR, useClass: ShapeInterceptor },
  { provide: APP_FILTER, useClass: ErrorFilter },
];

const SERVICES = [AccessRules, ActorFactory, BodyReader, DenialRecorder, HotQueries, KnownPaths, ListQueries, UnitOfWork];

@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  static with(parts: PlatformParts): DynamicModule {
    const given: Provider[] = [
      { provide: AppConfig, useValue: parts.config },
      { provide: DataSource, useValue: parts.dataSource },
      { provide: Log, useValue: parts.log },
      { provide: Clock, useValue: parts.clock },
      { provide: ServerIdentity, useValue: parts.identity },
    ];
    return {
      module: PlatformModule,
      providers: [...given, ...SERVICES, ...CHAIN],
      exports: [AppConfig, DataSource, Log, Clock, ServerIdentity, ...SERVICES],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
