import { Injectable } from '@nestjs/common';
import type { ExecutionStatus } from '../../core/executions/transitions.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { GatheredQuery } from '../../platform/database/gathered-query.js';
import { HotQueries } from '../../platform/database/hot-queries.js';
import { execute, queryRows } from '../../platform/database/tx.js';

/** The state of the system and the account behind a credential, as one statement read them. */
export interface SignInRow {
  readonly access_version: string;
  readonly settings_version: string;
  readonly maintenance_status: 'deactivated' | 'activating' | 'activated';
  /** Null when the credential points to nobody. */
  readonly user_id: number | null;
  readonly username: string;
  readonly username_key: string;
  readonly identity_source: string;
  readonly role: string;
  readonly role_id: number;
  readonly is_active: boolean;
  readonly show_getting_started: boolean;
  readonly created_at: string;
  readonly first_login_at: string | null;
  readonly last_login_at: string | null;
  readonly token_epoch: number;
  readonly failures: number | null;
  readonly last_failed_at: string | null;
}

export interface TokenRow extends SignInRow {
  readonly token_id: string | null;
  /** The versions of the rows: changes with any of them. */
  readonly stamp: string;
  readonly mac: Buffer;
  readonly mac_epoch: number;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

export interface ExecutionTokenRow extends SignInRow {
  /** Null when there is no such token. */
  readonly execution_storage_id: string | null;
  readonly execution_id: string;
  readonly tenant_id: number;
  readonly mac: Buffer;
  readonly mac_epoch: number;
  readonly mac_run: number;
  readonly status: ExecutionStatus;
  /** The execution is in a state in which it may call (rest-api §1.4), in the run that the token was made for. */
  readonly is_alive: boolean;
}

export interface PasswordRow extends SignInRow {
  readonly password_sealed: Buffer | null;
  readonly password_version: number;
  readonly is_known_address: boolean;
  readonly own_failures: number | null;
  readonly own_last_failed_at: string | null;
  readonly address_failures: number | null;
  readonly address_window_started_at: string | null;
}

interface AskedName {
  readonly usernameKey: string;
  readonly address: string;
  readonly knownSince: Date;
}

const STATE = 's.access_version::text, s.settings_version::text, s.maintenance_status';
const ACCOUNT = `u.id AS user_id, u.username, u.username_key, u.identity_source, o.name AS role, u.role_id, u.is_active,
  u.show_getting_started, u.created_at, u.first_login_at, u.last_login_at, u.token_epoch, f.failures, f.last_failed_at`;
const ACCOUNT_JOINS = `LEFT JOIN role o ON o.id = u.role_id
  LEFT JOIN login_failure f ON f.username_key = u.username_key AND f.source = '*'`;

/** What signing in reads and writes. The look-ups are prepared statements: every request makes one of them. */
@Injectable()
export class SignInRepository {
  private readonly names: GatheredQuery<AskedName, PasswordRow>;

  constructor(private readonly hot: HotQueries) {
    this.names = new GatheredQuery(
      ({ usernameKey, address }) => `${usernameKey}\n${address}`,
      (asked) => this.byNames(asked),
    );
  }

  async state(): Promise<Pick<SignInRow, 'access_version' | 'settings_version' | 'maintenance_status'>> {
    const [row] = await this.hot.query<SignInRow>('hf_state', `SELECT ${STATE} FROM system_state s`, []);
    if (!row) throw new Error('system_state has no row: the database is not an installation of ours.');
    return row;
  }

  async byToken(id: string): Promise<TokenRow> {
    const [row] = await this.hot.query<TokenRow>(
      'hf_sign_in_by_token',
      `SELECT ${STATE}, ${ACCOUNT}, k.id AS token_id, k.mac, k.token_epoch AS mac_epoch, k.expires_at, k.last_used_at,
              concat_ws(' ', k.ctid, k.xmin, u.ctid, u.xmin, f.ctid, f.xmin) AS stamp
         FROM system_state s LEFT JOIN access_token k ON k.id = $1 LEFT JOIN user_account u ON u.id = k.user_id ${ACCOUNT_JOINS}`,
      [id],
    );
    return row as TokenRow;
  }

  async byExecutionToken(lookup: Buffer): Promise<ExecutionTokenRow> {
    const [row] = await this.hot.query<ExecutionTokenRow>(
      'hf_sign_in_by_execution_token',
      `SELECT ${STATE}, ${ACCOUNT}, k.execution_storage_id::text, k.execution_id, k.tenant_id, k.mac, k.mac_epoch, k.mac_run,
              k.status, k.is_alive
         FROM system_state s LEFT JOIN LATERAL execution_behind_token($1) k ON true
         LEFT JOIN user_account u ON u.id = k.user_id ${ACCOUNT_JOINS}`,
      [lookup],
    );
    return row as ExecutionTokenRow;
  }

  /** What is known of the name and of its failures from that address. */
  byName(usernameKey: string, address: string, knownSince: Date): Promise<PasswordRow> {
    return this.names.ask({ usernameKey, address, knownSince });
  }

  private byNames(asked: readonly AskedName[]): Promise<readonly PasswordRow[]> {
    return this.hot.query<PasswordRow>(
      'hf_sign_in_by_names',
      `SELECT ${STATE}, ${ACCOUNT}, u.password_sealed, u.password_version, (a.user_id IS NOT NULL) AS is_known_address,
              w.failures AS own_failures, w.last_failed_at AS own_last_failed_at,
              b.failures AS address_failures, b.window_started_at AS address_window_started_at
         FROM system_state s
         CROSS JOIN unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS q (name, address, known_since, n)
         LEFT JOIN user_account u ON u.username_key = q.name ${ACCOUNT_JOINS}
         LEFT JOIN known_address a ON a.user_id = u.id AND a.address = q.address AND a.last_login_at > q.known_since
         LEFT JOIN login_failure w ON w.username_key = q.name AND w.source = q.address
         LEFT JOIN address_failure b ON b.address = q.address
        ORDER BY q.n`,
      [
        asked.map(({ usernameKey }) => usernameKey),
        asked.map(({ address }) => address),
        asked.map(({ knownSince }) => knownSince),
      ],
    );
  }

  /**
   * Counts a failure before it is known to be one and answers the new count; an expired lock starts over at one. One
   * statement, so that parallel guesses are all counted.
   */
  async reserveFailure(
    usernameKey: string,
    source: string,
    now: Date,
    limit: number,
    lockedSince: Date,
  ): Promise<number> {
    const [row] = await this.hot.query<{ failures: number }>(
      'hf_reserve_failure',
      `INSERT INTO login_failure AS f (username_key, source, failures, last_failed_at) VALUES ($1, $2, 1, $3)
         ON CONFLICT (username_key, source) DO UPDATE SET
           failures = CASE WHEN f.failures > $4 AND f.last_failed_at <= $5 THEN 1 ELSE f.failures + 1 END,
           last_failed_at = $3
         RETURNING failures`,
      [usernameKey, source, now, limit, lockedSince],
    );
    return row?.failures ?? 1;
  }

  async addFailures(ctx: Ctx, usernameKey: string, source: string, count: number): Promise<void> {
    await execute(ctx, 'UPDATE login_failure SET failures = failures + $3 WHERE username_key = $1 AND source = $2', [
      usernameKey,
      source,
      count,
    ]);
  }

  async resetFailures(ctx: Ctx, usernameKey: string, source: string): Promise<void> {
    await execute(ctx, 'DELETE FROM login_failure WHERE username_key = $1 AND source = $2', [usernameKey, source]);
  }

  /** Counts a failure of a source address over all names; a window that has passed starts over. */
  async countAddressFailure(ctx: Ctx, address: string, count: number, now: Date, windowStart: Date): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO address_failure AS b (address, failures, window_started_at) VALUES ($1, $2, $3)
         ON CONFLICT (address) DO UPDATE SET
           failures = CASE WHEN b.window_started_at <= $4 THEN $2 ELSE b.failures + $2 END,
           window_started_at = CASE WHEN b.window_started_at <= $4 THEN $3 ELSE b.window_started_at END`,
      [address, count, now, windowStart],
    );
  }

  async noteLogin(ctx: Ctx, userId: number, address: string, now: Date): Promise<void> {
    await execute(
      ctx,
      'UPDATE user_account SET last_login_at = $2, first_login_at = COALESCE(first_login_at, $2) WHERE id = $1',
      [userId, now],
    );
    await execute(
      ctx,
      `INSERT INTO known_address (user_id, address, last_login_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, address) DO UPDATE SET last_login_at = $3`,
      [userId, address, now],
    );
  }

  /** Replaces an old hash by one of today's form, unless the password was changed meanwhile. */
  async upgradeHash(ctx: Ctx, userId: number, fromVersion: number, sealed: Buffer): Promise<void> {
    await execute(
      ctx,
      'UPDATE user_account SET password_sealed = $3, password_version = $2 + 1 WHERE id = $1 AND password_version = $2',
      [userId, fromVersion, sealed],
    );
  }

  /** From wherever they came: an account that is locked at a known address alone can be unlocked, too. */
  async lockCounts(
    ctx: Ctx,
    usernameKeys: readonly string[],
  ): Promise<{ username_key: string; failures: number; last_failed_at: string }[]> {
    return queryRows(
      ctx,
      'SELECT username_key, failures, last_failed_at FROM login_failure WHERE username_key = ANY ($1::text[])',
      [usernameKeys],
    );
  }

  async forgetFailures(ctx: Ctx, usernameKey: string): Promise<void> {
    await execute(ctx, 'DELETE FROM login_failure WHERE username_key = $1', [usernameKey]);
  }

  /** Old counts and addresses go; of the rest only the newest are kept, so that guessed names cannot fill the table. */
  async sweep(ctx: Ctx, olderThan: Date, addressesOlderThan: Date, keep: number): Promise<void> {
    await execute(ctx, 'DELETE FROM login_failure WHERE last_failed_at < $1', [olderThan]);
    await execute(
      ctx,
      `DELETE FROM login_failure f WHERE NOT EXISTS (SELECT 1 FROM user_account u WHERE u.username_key = f.username_key)
         AND f.last_failed_at < (SELECT last_failed_at FROM login_failure ORDER BY last_failed_at DESC OFFSET $1 LIMIT 1)`,
      [keep],
    );
    await execute(ctx, 'DELETE FROM address_failure WHERE window_started_at < $1', [olderThan]);
    await execute(ctx, 'DELETE FROM known_address WHERE last_login_at < $1', [addressesOlderThan]);
  }
}
