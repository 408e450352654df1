import fc from 'fast-check';
import type { Fault, FaultKind } from '../../src/core/audit/fault.js';
import { AuditWorld, type AuditProcess } from './audit-world.js';
import { isLongRun } from '../support/random.js';

/** Tamperings made to one copy; 10,000 with HOLDFAST_TEST_LONG=1. */
const TAMPERINGS = isLongRun ? 10_000 : 300;
/** Entries between two tamperings, so that each stands for itself. */
const SPACING = 4;

const KINDS = ['edit', 'deletion', 'insertion', 'reorder', 'gap'] as const;
type Kind = (typeof KINDS)[number];

interface Target {
  readonly kind: Kind;
  readonly seq: number;
  readonly auditId: number;
}

/** What somebody with every right in the database does to many places at once. */
const STATEMENTS: Readonly<Record<Kind, readonly string[]>> = {
  edit: [
    `UPDATE audit_log SET creator_name = CASE id % 3 WHEN 0 THEN 'mallory' ELSE creator_name END,
            outcome = CASE id % 3 WHEN 1 THEN 'failure' ELSE outcome END,
            details = CASE id % 3 WHEN 2 THEN '{"a":1}'::jsonb ELSE details END WHERE id = ANY ($1::bigint[])`,
  ],
  deletion: ['DELETE FROM audit_log WHERE id = ANY ($1::bigint[])'],
  insertion: [
    `INSERT INTO audit_log (id, created_at, action, operation, outcome, written_in) OVERRIDING SYSTEM VALUE
     SELECT -id, now(), 'forged', 'other', 'success', '5' FROM unnest($1::bigint[]) AS id`,
  ],
  reorder: [
    'UPDATE audit_chain SET seq = -seq WHERE audit_id = ANY ($1::bigint[])',
    `UPDATE audit_chain SET seq = seq - 1 WHERE seq - 1 IN (SELECT -seq FROM audit_chain WHERE seq < 0)`,
    'UPDATE audit_chain SET seq = -seq + 1 WHERE seq < 0',
  ],
  gap: [
    'DELETE FROM audit_chain WHERE audit_id = ANY ($1::bigint[])',
    'DELETE FROM audit_log WHERE id = ANY ($1::bigint[])',
  ],
};

describe('audit verify', () => {
  let world: AuditWorld;
  let one: AuditProcess;

  beforeAll(async () => {
    world = await AuditWorld.create();
    one = await world.process();
    await one.recordMany(TAMPERINGS * SPACING + SPACING, (refId) => ({ refId, details: { refId } }), 64);
    await one.worker.round();
  }, 300_000);

  afterAll(async () => {
    await world.close();
  });

  it(`names each of ${TAMPERINGS} random tamperings made to one copy`, async () => {
    expect((await one.verify()).report.isIntact).toBe(true);
    const kinds = fc.sample(fc.constantFrom(...KINDS), { numRuns: TAMPERINGS, seed: 77 });
    const ids = new Map(
      (await world.asOwner<{ seq: string; id: string }>('SELECT seq, audit_id AS id FROM audit_chain')).map(
        ({ seq, id }) => [Number(seq), Number(id)],
      ),
    );
    const targets = kinds.map((kind, index): Target => {
      const seq = index * SPACING + 2;
      return { kind, seq, auditId: ids.get(seq) ?? 0 };
    });
    for (const [kind, chosen] of Map.groupBy(targets, (target) => target.kind)) {
      for (const statement of STATEMENTS[kind]) {
        await world.asSuperuser(statement, statement.includes('$1') ? [chosen.map(({ auditId }) => auditId)] : []);
      }
    }
    const { faults } = await one.verify();
    const found = new Set(faults.flatMap(placesOf));
    expect(targets.filter((target) => !found.has(placeOf(target)))).toEqual([]);
    // And nothing that was left alone is accused: each fault stands where something was done.
    const touched = new Set(targets.flatMap(({ seq }) => [seq, seq + 1, seq + 2]));
    expect(faults.filter(({ seq }) => seq !== null && !touched.has(seq))).toEqual([]);
  }, 300_000);
});

function placeOf({ kind, seq, auditId }: Target): string {
  return kind === 'insertion' ? `insertion of ${-auditId}` : `${kind} at ${seq}`;
}

function placesOf(fault: Fault): string[] {
  const kind: FaultKind = fault.kind;
  return fault.seq === null ? [`${kind} of ${fault.auditId}`] : [`${kind} at ${fault.seq}`];
}
