import { Injectable } from '@nestjs/common';
import { LruMap } from '../../core/collections/lru-map.js';
import { GatheredQuery } from '../../platform/database/gathered-query.js';
import { HotQueries } from '../../platform/database/hot-queries.js';
import { SignInRepository, type TokenRow } from './sign-in.repository.js';

const REMEMBERED_TOKENS = 10_000;

interface Stamped {
  readonly access_version: string;
  readonly settings_version: string;
  readonly maintenance_status: TokenRow['maintenance_status'];
  /** Null when there is no such token. */
  readonly stamp: string | null;
}

/**
 * The rows behind a token, for the look that every request takes. The database is asked each time, but only for the
 * versions of the rows: where they are what they were, the rows themselves need not be written, sent and read again.
 * A version is PostgreSQL's own: the place of the row and the transaction that wrote it.
 */
@Injectable()
export class TokenRows {
  private readonly remembered = new LruMap<string, { readonly stamp: string; readonly row: TokenRow }>(
    REMEMBERED_TOKENS,
  );

  private readonly stamps: GatheredQuery<string, Stamped>;

  constructor(
    hot: HotQueries,
    private readonly repository: SignInRepository,
  ) {
    this.stamps = new GatheredQuery(
      (id) => id,
      (ids) =>
        hot.query<Stamped>(
          'hf_token_stamps',
          `SELECT s.access_version::text, s.settings_version::text, s.maintenance_status,
                  concat_ws(' ', k.ctid, k.xmin, u.ctid, u.xmin, f.ctid, f.xmin) AS stamp
             FROM system_state s CROSS JOIN unnest($1::text[]) WITH ORDINALITY AS q (id, n)
             LEFT JOIN access_token k ON k.id = q.id LEFT JOIN user_account u ON u.id = k.user_id
             LEFT JOIN login_failure f ON f.username_key = u.username_key AND f.source = '*'
            ORDER BY q.n`,
          [ids],
        ),
    );
  }

  async find(id: string): Promise<TokenRow> {
    const known = this.remembered.get(id);
    if (known === undefined) return this.read(id);
    const state = await this.stamps.ask(id);
    if (state.stamp !== known.stamp) return this.read(id);
    const { access_version, settings_version, maintenance_status } = state;
    return { ...known.row, access_version, settings_version, maintenance_status };
  }

  private async read(id: string): Promise<TokenRow> {
    const row = await this.repository.byToken(id);
    if (row.token_id !== null) this.remembered.set(id, { stamp: row.stamp, row });
    return row;
  }
}
