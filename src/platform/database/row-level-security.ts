import type { QueryRunner } from 'typeorm';

/**
 * The second wall (security-design §5). Every tenant-owned table has `tenant_id`, `creator_id` and `visibility` and gets
 * these policies; migrations call this right after CREATE TABLE.
 *
 * Reading and writing differ: SELECT lets global rows of other tenants through, INSERT, UPDATE and DELETE never leave
 * the tenant, and their WITH CHECK equals their USING, so that a global row of another tenant can be neither changed nor
 * planted. The `hf_…()` functions stand in sub-selects so that they run once for a statement, not once for a row.
 */
const VISIBLE_ROW = `(
  (tenant_id = ANY ((SELECT hf_tenants())::int[]) AND (
     visibility <> 'private' OR creator_id = (SELECT hf_user()) OR tenant_id = ANY ((SELECT hf_administered())::int[])))
  OR (visibility = 'global' AND (SELECT hf_tenants()) IS NOT NULL)
)`;

const WRITABLE_ROW = `(
  tenant_id = (SELECT hf_tenant()) AND (
    visibility <> 'private' OR creator_id = (SELECT hf_user()) OR tenant_id = ANY ((SELECT hf_administered())::int[]))
)`;

export async function enableRowSecurity(
  runner: QueryRunner,
  table: string,
  predicates: { readonly visible: string; readonly writable: string } = {
    visible: VISIBLE_ROW,
    writable: WRITABLE_ROW,
  },
): Promise<void> {
  await runner.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
  await runner.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
  await runner.query(`CREATE POLICY ${table}_select ON ${table} FOR SELECT USING ${predicates.visible}`);
  await runner.query(`CREATE POLICY ${table}_insert ON ${table} FOR INSERT WITH CHECK ${predicates.writable}`);
  await runner.query(
    `CREATE POLICY ${table}_update ON ${table} FOR UPDATE USING ${predicates.writable} WITH CHECK ${predicates.writable}`,
  );
  await runner.query(`CREATE POLICY ${table}_delete ON ${table} FOR DELETE USING ${predicates.writable}`);
  // FORCE binds the owner too; its definer functions (is this id taken in any tenant?) need to look over the wall.
  await runner.query(`CREATE POLICY ${table}_owner ON ${table} FOR SELECT TO CURRENT_USER USING (true)`);
  await runner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO holdfast_app`);
}
