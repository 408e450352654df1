import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';

/**
 * Prepared statements on the serving pool, for the few paths that every request takes: one round trip, no transaction
 * block. A statement that reads tenant rows must set row-level security itself, in a SECURITY INVOKER function.
 */
@Injectable()
export class HotQueries {
  constructor(private readonly dataSource: DataSource) {}

  /** @param name identifies the statement on each connection; one name, one text */
  async query<Row extends object>(name: string, text: string, parameters: readonly unknown[]): Promise<Row[]> {
    const result = await this.pool.query<Row>({ name, text, values: [...parameters] });
    return result.rows;
  }

  private get pool(): Pool {
    // TypeORM's PostgreSQL driver keeps its pool here; its types do not say so.
    return (this.dataSource.driver as unknown as { readonly master: Pool }).master;
  }
}
