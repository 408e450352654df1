import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Ctx } from '../../platform/context/ctx.js';
import { execute } from '../../platform/database/tx.js';

export interface SignOfLife {
  readonly id: string;
  readonly hostname: string;
  readonly roles: readonly string[];
}

/** Three beats and a little: then a process counts as gone. */
const MISSED_AFTER_SECONDS = 35;

/** Ages are told by the database's clock, which all processes share; their own may differ. */
@Injectable()
export class ProcessRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Also forgets processes that were killed and never came back. */
  async beat(ctx: Ctx, { id, hostname, roles }: SignOfLife): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO manager_process (id, hostname, roles) VALUES ($1, $2, $3)
       ON CONFLICT (id) DO UPDATE SET seen_at = now()`,
      [id, hostname, roles],
    );
    await execute(ctx, `DELETE FROM manager_process WHERE seen_at < now() - interval '1 day'`);
  }

  async forget(ctx: Ctx, id: string): Promise<void> {
    await execute(ctx, 'DELETE FROM manager_process WHERE id = $1', [id]);
  }

  /** The roles that some process plays at the moment. One statement without a transaction: strangers may cause it. */
  async rolesAlive(): Promise<ReadonlySet<string>> {
    const rows: { role: string }[] = await this.dataSource.query(
      `SELECT DISTINCT role FROM manager_process, unnest(roles) AS role
        WHERE seen_at > now() - make_interval(secs => ${MISSED_AFTER_SECONDS})`,
    );
    return new Set(rows.map(({ role }) => role));
  }
}
