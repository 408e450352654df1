import { Global, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ServingDataSource } from './data-source.js';
import { HotQueries } from './hot-queries.js';
import { UnitOfWork } from './unit-of-work.js';

/** The connection pool of the serving role, and the ways to use it. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  static with(dataSource: ServingDataSource): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [{ provide: DataSource, useValue: dataSource }, HotQueries, UnitOfWork],
      exports: [DataSource, HotQueries, UnitOfWork],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
