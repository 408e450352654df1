import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Events can be followed and grow old. `tx` is the transaction that wrote an event: numbers of rows are given before the
 * commit, so a reader that goes by them would miss what commits late; one that remembers a snapshot asks instead which
 * transactions it had not seen. What was written before this column is never new to anybody.
 */
export class FollowEvents1764001000030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE event ADD COLUMN tx xid8 NOT NULL DEFAULT '0';
      ALTER TABLE event ALTER COLUMN tx SET DEFAULT pg_current_xact_id();
      CREATE INDEX event_tx_ix ON event (tx);
      -- A page in the order of time, and the exact count of what may be seen, without a look at the rows.
      CREATE INDEX event_timestamp_ix ON event (timestamp, storage_id) INCLUDE (tenant_id, creator_id, visibility);

      CREATE POLICY event_owner_delete ON event FOR DELETE TO CURRENT_USER USING (true);

      -- Whether anything was committed since, of whichever tenant, and what to ask with next.
      CREATE FUNCTION event_news(seen pg_snapshot) RETURNS TABLE (snapshot text, news boolean)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
          SELECT pg_current_snapshot()::text,
                 EXISTS (SELECT FROM event e WHERE e.tx >= pg_snapshot_xmin(seen) AND NOT pg_visible_in_snapshot(e.tx, seen))
        $$;
      REVOKE ALL ON FUNCTION event_news(pg_snapshot) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION event_news(pg_snapshot) TO holdfast_app;

      -- The number up to which events are too many, when so many are kept; null when they are not.
      CREATE FUNCTION event_surplus(keep bigint) RETURNS bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
          SELECT e.storage_id FROM event e ORDER BY e.storage_id DESC OFFSET keep LIMIT 1
        $$;
      REVOKE ALL ON FUNCTION event_surplus(bigint) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION event_surplus(bigint) TO holdfast_app;

      -- Removes at most so many old events, of all tenants; answers how many those were.
      CREATE FUNCTION remove_old_events(before timestamptz, up_to bigint, most int) RETURNS int
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
          WITH aged AS (
            SELECT e.storage_id FROM event e WHERE e.timestamp < before ORDER BY e.timestamp, e.storage_id LIMIT most
          ), surplus AS (
            SELECT e.storage_id FROM event e WHERE e.storage_id <= up_to ORDER BY e.storage_id LIMIT most
          ), removed AS (
            DELETE FROM event e
             WHERE e.storage_id = ANY (ARRAY(SELECT a.storage_id FROM aged a UNION SELECT s.storage_id FROM surplus s LIMIT most))
            RETURNING 1
          )
          SELECT count(*)::int FROM removed
        $$;
      REVOKE ALL ON FUNCTION remove_old_events(timestamptz, bigint, int) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION remove_old_events(timestamptz, bigint, int) TO holdfast_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION remove_old_events(timestamptz, bigint, int);
      DROP FUNCTION event_surplus(bigint);
      DROP FUNCTION event_news(pg_snapshot);
      DROP POLICY event_owner_delete ON event;
      DROP INDEX event_timestamp_ix;
      DROP INDEX event_tx_ix;
      ALTER TABLE event DROP COLUMN tx;
    `);
  }
}
