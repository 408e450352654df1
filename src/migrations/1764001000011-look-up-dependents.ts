import type { MigrationInterface, QueryRunner } from 'typeorm';

const SEEN = `(s.visibility = 'global' OR s.tenant_id = ANY (hf_tenants())
  AND (s.visibility <> 'private' OR s.creator_id = hf_user() OR s.tenant_id = ANY (hf_administered())))`;

const RIGHTS = (signature: string): string => `
  REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION ${signature} TO holdfast_app;`;

/**
 * What depends on a deployment keeps it from being taken away, also where the caller may not see it: these functions
 * look over the wall, from a deployment of the tenant, and tell names of what may be seen only.
 */
export class LookUpDependents1764001000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION deployment_dependents(root bigint, through_children boolean)
        RETURNS TABLE (deployment text, tenant text, creator text, is_active boolean, is_child boolean)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
          WITH RECURSIVE tree (storage_id, id, tenant_id) AS (
            SELECT d.storage_id, d.id, d.tenant_id FROM deployment d WHERE d.storage_id = root AND d.tenant_id = hf_tenant()
             UNION
            SELECT c.storage_id, c.id, c.tenant_id FROM tree p
              JOIN deployment_label l ON l.key = 'csys-obj-parent' AND l.value = p.id
              JOIN deployment c ON c.storage_id = l.deployment_id AND c.tenant_id = p.tenant_id
          ), targets AS (
            SELECT storage_id FROM tree WHERE through_children OR storage_id = root
          )
          SELECT CASE WHEN ${SEEN} THEN s.id END, CASE WHEN ${SEEN} THEN t.name END, i.dependency_creator,
                 s.installation_status = 'active', false
            FROM targets g
            JOIN inter_deployment_dependency i ON i.target_deployment_id = g.storage_id
            JOIN deployment s ON s.storage_id = i.source_deployment_id
            JOIN tenant t ON t.id = s.tenant_id
           WHERE s.storage_id NOT IN (SELECT storage_id FROM targets)
           UNION ALL
          SELECT i.external_source->>'deployment', i.external_source->>'tenant', i.dependency_creator, true, false
            FROM targets g JOIN inter_deployment_dependency i ON i.target_deployment_id = g.storage_id
           WHERE i.source_deployment_id IS NULL AND i.external_source IS NOT NULL
           UNION ALL
          SELECT CASE WHEN ${SEEN} THEN s.id END, CASE WHEN ${SEEN} THEN t.name END, '', s.installation_status = 'active', true
            FROM tree s0 JOIN deployment s ON s.storage_id = s0.storage_id JOIN tenant t ON t.id = s.tenant_id
           WHERE s.storage_id <> root
        $$;
      ${RIGHTS('deployment_dependents(bigint, boolean)')}

      -- Those of the targets that depend on the source, directly or through others, or are it.
      CREATE FUNCTION deployments_depending_on(source bigint, targets bigint[]) RETURNS SETOF bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
          WITH RECURSIVE dependents (storage_id) AS (
            SELECT d.storage_id FROM deployment d WHERE d.storage_id = source AND d.tenant_id = hf_tenant()
             UNION
            SELECT i.source_deployment_id FROM dependents d
              JOIN inter_deployment_dependency i ON i.target_deployment_id = d.storage_id
             WHERE i.source_deployment_id IS NOT NULL
          )
          SELECT storage_id FROM dependents WHERE storage_id = ANY (targets)
        $$;
      ${RIGHTS('deployments_depending_on(bigint, bigint[])')}
      CREATE INDEX deployment_label_parent_ix ON deployment_label (value) WHERE key = 'csys-obj-parent';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX deployment_label_parent_ix;
      DROP FUNCTION deployments_depending_on(bigint, bigint[]);
      DROP FUNCTION deployment_dependents(bigint, boolean);
    `);
  }
}
