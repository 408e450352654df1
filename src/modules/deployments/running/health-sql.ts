/** Python's truth of a JSON value: a drift check found something (orchestration §10). */
const truthy = (sql: string): string =>
  `(${sql} IS NOT NULL AND ${sql} NOT IN ('null', 'false', '0', '""', '{}', '[]'))`;

const anyTruthy = (properties: string, key: string): string => `EXISTS (
  SELECT FROM jsonb_each(CASE WHEN jsonb_typeof(${properties} -> '${key}') = 'object' THEN ${properties} -> '${key}' ELSE '{}' END) AS each (id, found)
   WHERE ${truthy(`each.found -> 'result'`)})`;

/** The flags of a node instance, from its system properties as jsonb (orchestration §6). */
export const isStatusOkSql = (properties: string): string =>
  `(COALESCE(${properties} -> 'status' -> 'ok', 'true') <> 'false')`;

export const hasDriftSql = (
  properties: string,
): string => `(${truthy(`${properties} -> 'configuration_drift' -> 'result'`)}
  OR ${anyTruthy(properties, 'source_relationships_configuration_drift')}
  OR ${anyTruthy(properties, 'target_relationships_configuration_drift')})`;

/** What an update of instances `i` from their former state `o` hands on: joined again, many of them would take long. */
export const FLAGS_BEFORE_AND_AFTER = `
  i.has_configuration_drift::int - o.has_configuration_drift::int AS drifted,
  o.is_status_check_ok::int - i.is_status_check_ok::int AS unavailable`;

/**
 * The end of a statement whose `new` has what `FLAGS_BEFORE_AND_AFTER` returns: the counters of the instances' deployment
 * follow.
 * @param deployment an expression
 */
export const countFlagsSql = (deployment: string): string => `
  UPDATE deployment d SET drifted_instances = d.drifted_instances + f.drifted,
         unavailable_instances = d.unavailable_instances + f.unavailable
    FROM (SELECT COALESCE(sum(n.drifted), 0)::int AS drifted, COALESCE(sum(n.unavailable), 0)::int AS unavailable
            FROM new n) AS f
   WHERE d.storage_id = ${deployment} AND (f.drifted <> 0 OR f.unavailable <> 0)`;
