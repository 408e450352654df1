import { Client } from 'pg';
import type { Checkpoint } from '../../src/core/audit/checkpoint.js';
import { AuditCheckpointRepository } from '../../src/modules/audit/sealing/audit-checkpoint.repository.js';
import { actorCtx, AuditWorld, event, type AuditProcess } from './audit-world.js';
import { isLongRun } from '../support/random.js';

describe('the audit log for the serving role', () => {
  let world: AuditWorld;

  beforeAll(async () => {
    world = await AuditWorld.create();
    const one = await world.process();
    await one.sink.record(actorCtx('ada'), event());
    await one.worker.round();
  });

  afterAll(async () => {
    await world.close();
  });

  it.each([
    ['change a record', `UPDATE audit_log SET creator_name = 'bob'`],
    ['delete a record', 'DELETE FROM audit_log'],
    ['empty the log', 'TRUNCATE audit_log'],
    [
      'choose the number of a record',
      `INSERT INTO audit_log (id, created_at, action, operation, outcome) OVERRIDING SYSTEM VALUE VALUES (1, now(), 'x', 'other', 'success')`,
    ],
    [
      'backdate the transaction of a record',
      `INSERT INTO audit_log (created_at, action, operation, outcome, written_in) VALUES (now(), 'x', 'other', 'success', '1')`,
    ],
    ['change an entry', `UPDATE audit_chain SET digest = ''`],
    ['delete an entry', 'DELETE FROM audit_chain'],
    ['empty the chain', 'TRUNCATE audit_chain CASCADE'],
    ['change a checkpoint', `UPDATE audit_checkpoint SET hash = ''`],
    ['delete a checkpoint', 'DELETE FROM audit_checkpoint'],
    ['swap the signing key', `UPDATE audit_signing_key SET public_key = ''`],
    ['note a removal', `INSERT INTO audit_removal VALUES (gen_random_uuid(), now(), 'x', '{}', 0, '', 'k', '')`],
    ['excuse an entry', `INSERT INTO audit_removed VALUES (1, gen_random_uuid())`],
    [
      'replace the removal function',
      `CREATE OR REPLACE FUNCTION audit_remove() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    ],
    ['stop the triggers and constraints', `SET session_replication_role = replica`],
  ])('is no way to %s', async (_what, statement) => {
    await expect(world.asApp(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('lets nobody else remove records', async () => {
    await world.asSuperuser(`CREATE ROLE hf_outsider_${world.database.name} LOGIN`);
    const [row] = await world.asSuperuser<{ may: boolean }>(
      `SELECT has_function_privilege($1, 'audit_remove(uuid, timestamptz, text, text, bigint, bytea, text, bytea)', 'EXECUTE') AS may`,
      [`hf_outsider_${world.database.name}`],
    );
    expect(row).toEqual({ may: false });
    await world.asSuperuser(`DROP ROLE hf_outsider_${world.database.name}`);
  });
});

describe('the audit log', () => {
  let world: AuditWorld;
  let one: AuditProcess;

  beforeEach(async () => {
    world = await AuditWorld.create();
    one = await world.process();
  });

  afterEach(async () => {
    await world.close();
  });

  const count = async (table: string): Promise<number> => {
    const [row] = await world.asOwner<{ n: string }>(`SELECT count(*) AS n FROM ${table}`);
    return Number(row?.n);
  };

  describe('recording', () => {
    it('writes who, how, from where and what, and keeps times to the millisecond', async () => {
      await one.sink.record(
        actorCtx('ada', { executionId: 'run-1' }),
        event({ details: { before: { role: 'user' }, after: { role: 'viewer' } } }),
      );
      const [row] = await world.asOwner('SELECT * FROM audit_log');
      expect(row).toMatchObject({
        action: 'secret.create',
        operation: 'create',
        outcome: 'success',
        ref_table: 'secrets',
        ref_id: '1',
        ref_identifier: { tenant_id: 3, id: 'db_password' },
        creator_name: 'ada',
        actor_id: 7,
        identity_source: 'local',
        auth_method: 'token',
        source_address: '192.0.2.1',
        tenant_id: 3,
        tenant_name: 'blue',
        execution_id: 'run-1',
        request_id: 'request-1',
        details: { before: { role: 'user' }, after: { role: 'viewer' } },
      });
    });

    it('commits with the change it belongs to, or not at all', async () => {
      await expect(
        one.unitOfWork.run(actorCtx('ada'), async (ctx) => {
          await one.sink.record(ctx, event());
          throw new Error('the change failed');
        }),
      ).rejects.toThrow('the change failed');
      expect(await count('audit_log')).toBe(0);
      await one.unitOfWork.run(actorCtx('ada'), (ctx) => one.sink.record(ctx, event()));
      expect(await count('audit_log')).toBe(1);
    });

    it('takes NUL, lone surrogates and nonsense from strangers without harm to those who share the commit', async () => {
      const nasty = ['\0', '\ud800', 'x'.repeat(100_000), '{"a":1}', `'; DROP TABLE audit_log; --`, '\u2028'];
      await Promise.all([
        ...nasty.map((text) =>
          one.sink.record(actorCtx(text, { executionId: text }), event({ details: { [text]: text, deep: nest(40) } })),
        ),
        ...Array.from({ length: 20 }, () => one.sink.record(actorCtx('ada'), event())),
      ]);
      expect(await count('audit_log')).toBe(26);
      await one.worker.round();
      expect((await one.verify()).report).toMatchObject({ isIntact: true, entries: 26 });
    });

    it('refuses one record that the table refuses, and writes the others of its batch', async () => {
      const results = await Promise.allSettled([
        ...Array.from({ length: 5 }, () => one.sink.record(actorCtx('ada'), event())),
        one.sink.record(actorCtx('bob'), event({ operation: 'nonsense' as never })),
        ...Array.from({ length: 5 }, () => one.sink.record(actorCtx('ada'), event())),
      ]);
      expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
      expect(results[5]?.status).toBe('rejected');
      expect(await count('audit_log')).toBe(10);
    });

    it('refuses when the record cannot be committed, counts it and says so once', async () => {
      await world.asOwner('REVOKE INSERT ON audit_log FROM holdfast_app');
      await world.asOwner(`REVOKE INSERT (action) ON audit_log FROM holdfast_app`);
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, () => one.sink.record(actorCtx('ada'), event())),
      );
      for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { status: 503 } });
      expect(one.health.figures().recordsFailed).toBe(20);
      expect(one.log.at('error')).toHaveLength(1);
      await expect(one.unitOfWork.run(actorCtx('ada'), (ctx) => one.sink.record(ctx, event()))).rejects.toThrow(
        /permission denied/,
      );
    });
  });

  describe('sealing', () => {
    it('chains every record of parallel writers, and those that commit late', async () => {
      const other = await world.process();
      const late = new Client(world.database.app);
      await late.connect();
      await late.query('BEGIN');
      await late.query(
        `INSERT INTO audit_log (created_at, action, operation, outcome) VALUES (now(), 'late', 'other', 'success')`,
      );
      await Promise.all([one.recordMany(150, () => ({})), other.recordMany(150, () => ({}))]);
      await one.worker.round();
      expect((await one.verify()).report).toMatchObject({ isIntact: true, entries: 300, pending: 0 });

      await one.recordMany(10, () => ({}));
      await one.worker.round(); // the old transaction is still open: nobody waits for it
      expect((await one.verify()).report.entries).toBe(310);
      await late.query('COMMIT');
      await late.end();
      expect((await one.verify()).report).toMatchObject({ isIntact: true, pending: 1 });
      await one.worker.round();
      expect((await one.verify()).report).toMatchObject({ isIntact: true, entries: 311, pending: 0 });
    });

    it('makes one chain while several processes seal and write at the same time', async () => {
      const others = await Promise.all([world.process(), world.process()]);
      const everyone = [one, ...others];
      await Promise.all(
        everyone.flatMap((member) => [
          member.recordMany(200, () => ({}), 4),
          (async () => {
            for (let turn = 0; turn < 10; turn += 1) await member.sealer.sealAll();
          })(),
        ]),
      );
      await one.sealer.sealAll();
      expect((await one.verify()).report).toMatchObject({ isIntact: true, entries: 600, pending: 0 });
    });

    it('works off a backlog in batches, with transactions that end meanwhile', async () => {
      await one.recordMany(1300, () => ({}), 64);
      let during = 0;
      await one.sealer.sealAll(async () => {
        during += 1;
        await one.sink.record(actorCtx('ada'), event());
      });
      expect(during).toBeGreaterThan(5);
      await one.sealer.sealAll();
      expect((await one.verify()).report).toMatchObject({ isIntact: true, entries: 1300 + during, pending: 0 });
    });

    it('goes on after data came from a server whose transactions had higher numbers', async () => {
      await one.recordMany(5, () => ({}));
      await one.sealer.sealAll();
      await one.recordMany(600, () => ({}), 64);
      await world.asSuperuser(
        `UPDATE audit_log SET written_in = (written_in::text::bigint + 1000000000)::text::xid8 WHERE id > 5`,
      );
      await world.asSuperuser(
        `UPDATE audit_seal_state SET sealed_snapshot = '900000000:900000000:', target_snapshot = '950000000:950000000:',
                after_written_in = '900000100', after_id = 300`,
      );
      const late = new Client(world.database.app);
      await late.connect();
      await late.query('BEGIN');
      await late.query(
        `INSERT INTO audit_log (created_at, action, operation, outcome) VALUES (now(), 'late', 'other', 'success')`,
      );
      await one.recordMany(5, () => ({}));
      let isCommitted = false;
      await one.sealer.sealAll(async () => {
        if (!isCommitted) await late.query('COMMIT'); // in the middle of the sweep
        isCommitted = true;
      });
      await late.end();
      await one.recordMany(5, () => ({}));
      await one.sealer.sealAll();
      expect((await one.verify()).report).toMatchObject({ isIntact: true, entries: 616, pending: 0 });
    });

    it('is done by one elected process, and by the next when that one is gone', async () => {
      const other = await world.process();
      await one.worker.round();
      await other.worker.round();
      await other.sink.record(actorCtx('ada'), event());
      await other.worker.round();
      expect(await count('audit_chain')).toBe(0);
      await world.asSuperuser(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = $1)`,
        [world.database.name],
      );
      await other.worker.round();
      expect(await count('audit_chain')).toBe(1);
      await one.worker.round(); // notices that it is no longer elected, and leaves the work to the other
      await one.sink.record(actorCtx('ada'), event());
      await one.worker.round();
      expect(await count('audit_chain')).toBe(1);
    });

    it('signs the head at once, then every 1,000 entries or 60 s, and only when something is new', async () => {
      const seqs = async (): Promise<number[]> =>
        (await world.asOwner<{ seq: string }>('SELECT seq FROM audit_checkpoint ORDER BY seq')).map(({ seq }) =>
          Number(seq),
        );
      await one.recordMany(3, () => ({}));
      await one.worker.round();
      expect(await seqs()).toEqual([3]);
      await one.recordMany(3, () => ({}));
      await one.worker.round();
      expect(await seqs()).toEqual([3]);
      world.clock.advance(60_000);
      await one.worker.round();
      await one.worker.round();
      expect(await seqs()).toEqual([3, 6]);
      world.clock.advance(60_000);
      await one.worker.round();
      expect(await seqs()).toEqual([3, 6]);
      await one.recordMany(1100, () => ({}), 64);
      await one.worker.round();
      expect((await seqs()).length).toBe(3);
      expect((await one.verify()).report).toMatchObject({ isIntact: true, checkpoints: 3 });
    });

    it('seals and signs what is left when the process stops', async () => {
      await one.worker.round();
      await one.recordMany(3, () => ({}));
      await one.worker.stop();
      const other = await world.process();
      expect((await other.verify()).report).toMatchObject({ isIntact: true, entries: 3, signedUpTo: 3, pending: 0 });
    });
  });

  describe('tampering by somebody who may do everything in the database', () => {
    beforeEach(async () => {
      await one.recordMany(isLongRun ? 2000 : 40, (index) => ({ refId: index }));
      await one.worker.round();
    });

    it.each([
      ['an edit', `UPDATE audit_log SET creator_name = 'mallory' WHERE id = 7`, 'edit', '7'],
      [
        'an edit of one digit beyond the precision of a double',
        `UPDATE audit_log SET ref_id = 9007199254740993 WHERE id = 7`,
        'edit',
        '7',
      ],
      [
        'an edit of a time by a millisecond',
        `UPDATE audit_log SET created_at = created_at + interval '1 ms' WHERE id = 7`,
        'edit',
        '7',
      ],
      ['an edit of details', `UPDATE audit_log SET details = '{"a": 1}' WHERE id = 7`, 'edit', '7'],
      ['a deletion', 'DELETE FROM audit_log WHERE id = 7', 'deletion', '7'],
      [
        'a swap of two records',
        `ALTER TABLE audit_chain DROP CONSTRAINT audit_chain_audit_id_uq; UPDATE audit_chain c SET audit_id = o.audit_id FROM audit_chain o WHERE (c.seq, o.seq) IN ((7, 9), (9, 7))`,
        'reorder',
        '9', // what entry 7 points to now
      ],
      [
        'a swap of two entries',
        'UPDATE audit_chain SET seq = -seq WHERE seq IN (7, 9); UPDATE audit_chain SET seq = CASE seq WHEN -7 THEN 9 ELSE 7 END WHERE seq < 0',
        'reorder',
        null,
      ],
      [
        'a record with an old transaction',
        `INSERT INTO audit_log (created_at, action, operation, outcome, written_in) VALUES (now(), 'x', 'other', 'success', '3')`,
        'insertion',
        '41',
      ],
      [
        'a record of a transaction that has not begun',
        `INSERT INTO audit_log (created_at, action, operation, outcome, written_in) VALUES (now(), 'x', 'other', 'success', '99999999999')`,
        'insertion',
        '41',
      ],
      ['a gap', 'DELETE FROM audit_chain WHERE seq BETWEEN 7 AND 9', 'gap', null],
      [
        'a checkpoint that was changed',
        `UPDATE audit_checkpoint SET signed_at = signed_at + interval '1 s'`,
        'wrong_signature',
        null,
      ],
    ])('%s is named', async (_what, statement, kind, auditId) => {
      for (const part of statement.split('; ')) {
        if (isLongRun && auditId === '41') return;
        await world.asSuperuser(part);
      }
      const { report, faults } = await one.verify();
      expect(report.isIntact).toBe(false);
      expect(faults).toContainEqual(expect.objectContaining({ kind, auditId }));
    });

    it('a tail that is cut is named against a checkpoint held elsewhere, and a chain that went on after it too', async () => {
      const held = [...(await checkpointsOf(one))];
      await world.asSuperuser('DELETE FROM audit_checkpoint');
      await world.asSuperuser('DELETE FROM audit_log WHERE id > 20');
      await world.asSuperuser('DELETE FROM audit_chain WHERE seq > 20');
      await world.asSuperuser(
        `UPDATE audit_seal_state SET seq = 20, hash = (SELECT hash FROM audit_chain WHERE seq = 20)`,
      );
      expect((await one.verify()).report.isIntact).toBe(true); // that is why checkpoints are kept outside
      expect((await one.verify(held)).faults.map(({ kind }) => kind)).toEqual(['cut_tail']);
      await one.recordMany(isLongRun ? 2100 : 60, () => ({}));
      await one.sealer.sealAll();
      expect((await one.verify()).report.isIntact).toBe(true);
      // One for each checkpoint that is held elsewhere and not found here.
      expect(new Set((await one.verify(held)).faults.map(({ kind }) => kind))).toEqual(new Set(['cut_tail']));
    });

    it('a chain that is cut without its state is named without any outside help', async () => {
      await world.asSuperuser('DELETE FROM audit_checkpoint');
      await world.asSuperuser('DELETE FROM audit_chain WHERE seq > 20');
      await one.recordMany(3, () => ({}));
      await one.sealer.sealAll();
      expect((await one.verify()).faults.map(({ kind }) => kind)).toContain('gap');
    });

    it('a removal without a signature of ours excuses nothing', async () => {
      await world.asApp(`INSERT INTO audit_signing_key VALUES ('mine', 'x', now())`);
      await world.asApp(
        `SELECT audit_remove(gen_random_uuid(), now(), 'admin', '{"up_to": 5, "before": "2999-01-01T00:00:00Z"}', 5, '', 'mine', '')`,
      );
      const { faults } = await one.verify();
      expect(faults.filter(({ kind }) => kind === 'wrong_signature')).toHaveLength(1);
      expect(faults.filter(({ kind }) => kind === 'deletion')).toHaveLength(5);
    });
  });

  describe('DELETE /audit', () => {
    const everything = { before: new Date('2999-01-01'), creatorName: null, executionId: null };

    it('removes what was selected, and the chain still verifies', async () => {
      await one.recordMany(30, () => ({}));
      await one.recordMany(5, () => ({ operation: 'login', action: 'login.basic' }));
      await one.sink.record(actorCtx('bob'), event());
      await one.worker.round();
      expect(await one.removals.remove(actorCtx('admin'), { ...everything, creatorName: 'bob' })).toBe(1);
      await one.worker.round();
      expect(await one.removals.remove(actorCtx('admin'), { ...everything, creatorName: 'bob' })).toBe(0);
      await one.worker.round();
      expect(await one.removals.remove(actorCtx('admin'), everything)).toBe(37); // every kind; the records of removals as well
      await one.worker.round();
      const { report, faults } = await one.verify();
      expect(faults).toEqual([]);
      expect(report).toMatchObject({ isIntact: true, entries: 39, removed: 38, records: 1 });
    });

    it('keeps what is not yet in the audit file, and removes it when it is', async () => {
      await one.worker.round();
      await one.recordMany(4, () => ({}));
      const clockRuns = setInterval(() => world.clock.advance(1_000), 20); // nobody writes the file: patience runs out
      const removed = await one.removals.remove(actorCtx('admin'), everything);
      clearInterval(clockRuns);
      expect(removed).toBe(0);
      await one.worker.round();
      expect(await one.removals.remove(actorCtx('admin'), everything)).toBe(5);
    });

    it('leaves nothing when it fails in the middle', async () => {
      await one.recordMany(4, () => ({}));
      await one.worker.round();
      await world.asOwner('REVOKE INSERT (action) ON audit_log FROM holdfast_app');
      await expect(one.removals.remove(actorCtx('admin'), everything)).rejects.toThrow(/permission denied/);
      expect(await count('audit_log')).toBe(4);
      expect(await count('audit_removal')).toBe(0);
    });

    it('goes through twice at the same time without counting a record twice', async () => {
      await one.recordMany(20, () => ({}));
      await one.worker.round();
      const counts = await Promise.all([
        one.removals.remove(actorCtx('admin'), everything),
        one.removals.remove(actorCtx('admin'), everything),
      ]);
      expect(counts.toSorted((left, right) => left - right)).toEqual([0, 20]);
      await one.worker.round();
      expect((await one.verify()).report.isIntact).toBe(true);
    });

    it('lets a record that comes back be found', async () => {
      await one.recordMany(3, () => ({}));
      await one.worker.round();
      await world.asSuperuser('CREATE TABLE keep AS SELECT * FROM audit_log');
      await one.removals.remove(actorCtx('admin'), everything);
      await world.asSuperuser('INSERT INTO audit_log OVERRIDING SYSTEM VALUE SELECT * FROM keep WHERE id = 2');
      expect((await one.verify()).faults.map(({ kind }) => kind)).toContain('insertion');
    });
  });

  it('rolls back with the statement around it when the sealer fails half way', async () => {
    await one.recordMany(3, () => ({}));
    await world.asOwner('REVOKE UPDATE ON audit_seal_state FROM holdfast_app');
    await expect(one.sealer.sealAll()).rejects.toThrow(/permission denied/);
    expect(await count('audit_chain')).toBe(0);
    await world.asOwner('GRANT UPDATE ON audit_seal_state TO holdfast_app');
    await one.sealer.sealAll();
    expect((await one.verify()).report).toMatchObject({ isIntact: true, entries: 3 });
  });

  it('does not mistake what happens during a verification for tampering', async () => {
    await one.recordMany(200, () => ({}), 64);
    await one.worker.round();
    const verifying = one.verify();
    await one.recordMany(50, () => ({}));
    await one.sealer.sealAll();
    expect((await verifying).faults).toEqual([]);
  });
});

function nest(depth: number): unknown {
  return depth === 0 ? 1 : { nested: nest(depth - 1) };
}

function checkpointsOf(one: AuditProcess): Promise<Checkpoint[]> {
  return one.unitOfWork.run(actorCtx('admin'), (ctx) => new AuditCheckpointRepository().between(ctx, 0, 1_000_000));
}
