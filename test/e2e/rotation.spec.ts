import { KeyRotation } from '../../src/platform/vault/key-rotation.js';
import type { ColumnStatus, KeyStatus } from '../../src/platform/vault/key-status.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { expectError } from '../support/expect-error.js';
import { holdfast, startHoldfast } from '../support/manager-process.js';
import { isLongRun, Random, seedOfRun } from '../support/random.js';
import { allRows } from '../support/superuser.js';
import type { TestTenant } from '../support/world.js';

/* Keys are replaced while people read and write (security-design §4). */

const SECRETS = isLongRun ? 20_000 : 500;
const BATCH = 2_000;
const LIMIT_MS = isLongRun ? 900_000 : 90_000;

let test: TestApp;
let tenants: TestTenant[];
/** What each secret of the crowd should hold, by tenant and key. */
const values = new Map<string, string>();

beforeAll(async () => {
  test = await createTestApp();
  tenants = [await test.world.tenant(), await test.world.tenant()];
  for (const { name, asAdmin } of tenants) await fill(asAdmin, name, SECRETS / tenants.length);
}, LIMIT_MS);
afterAll(() => test?.close());

async function fill(client: Client, tenant: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += BATCH) {
    const secrets = Array.from({ length: Math.min(BATCH, count - first) }, (_, index) => ({
      key: `k${first + index}`,
      tenant_name: tenant,
      visibility: 'tenant',
      is_hidden_value: false,
      encrypted: false,
      value: `value ${first + index} of ${tenant}`,
    }));
    const answer = await client.post('/secrets/share/import', { secrets_list: secrets, override_collisions: false });
    if (answer.status !== 200 || Object.keys(answer.body.secrets_errors as object).length > 0)
      throw new Error(answer.text);
    for (const { key, value } of secrets) values.set(`${tenant}/${key}`, value);
  }
}

async function statusNow(): Promise<KeyStatus & { readonly secrets: ColumnStatus }> {
  const status = await test.app.get(KeyRotation).status();
  const secrets = status.columns.find(({ column }) => column === 'secret.value_sealed');
  if (!secrets) throw new Error('The values of secrets are not among the sealed columns.');
  return { ...status, secrets };
}

async function wrongValues(): Promise<string[]> {
  const wrong: string[] = [];
  for (const { name, asAdmin } of tenants) {
    const { body } = await asAdmin.get('/secrets/share/export');
    const found = new Map(
      (body as { key: string; tenant_name: string; value: string }[]).map((entry) => [
        `${entry.tenant_name}/${entry.key}`,
        entry.value,
      ]),
    );
    for (const [place, value] of values)
      if (place.startsWith(`${name}/`) && found.get(place) !== value)
        wrong.push(`${place} is ${String(found.get(place))}`);
  }
  return wrong;
}

/** Reads and writes until it is told to stop; every answer that is no success is kept. */
class Traffic {
  readonly failed: Answer[] = [];
  reads = 0;
  writes = 0;
  private isOver = false;
  private readonly random = new Random(seedOfRun());
  private readonly work: Promise<unknown>;

  constructor() {
    const readers = Array.from({ length: 3 }, () => this.reader());
    const writers = Array.from({ length: 3 }, (_, index) => this.writer(index));
    this.work = Promise.all([...readers, ...writers]);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.work;
  }

  private async reader(): Promise<void> {
    while (!this.isOver) {
      const { asAdmin } = this.random.pick(tenants);
      this.note(await asAdmin.get(`/secrets/k${this.random.below(SECRETS / tenants.length)}`));
      this.reads += 1;
    }
  }

  /** Each writer has keys of its own, so that what they hold in the end is known. */
  private async writer(index: number): Promise<void> {
    while (!this.isOver) {
      const { name, asAdmin } = this.random.pick(tenants);
      const key = `k${this.random.below(50) * 3 + index}`;
      const value = unique('written');
      const body = { value };
      this.note(
        this.random.chance(0.5)
          ? await asAdmin.patch(`/secrets/${key}`, body)
          : await asAdmin.put(`/secrets/${key}`, { ...body, update_if_exists: true }),
      );
      values.set(`${name}/${key}`, value);
      const passing = unique('passing');
      this.note(await asAdmin.put(`/secrets/${passing}`, body));
      this.note(await asAdmin.delete(`/secrets/${passing}`));
      this.writes += 3;
    }
  }

  private note(answer: Answer): void {
    if (answer.status >= 300) this.failed.push(answer);
  }
}

describe('a rotation of keys', () => {
  it(
    `of ${SECRETS} secrets fails no request, and leaves no row on the old key`,
    async () => {
      const before = await statusNow();
      const traffic = new Traffic();
      const begun = Date.now();
      const result = await test.app.get(KeyRotation).rotateTenantKeys();
      const ms = Date.now() - begun;
      await traffic.end();
      process.stderr.write(
        `rotation: ${result.rewrapped} rows in ${ms} ms, beside ${traffic.reads} reads and ${traffic.writes} writes\n`,
      );
      expect(traffic.failed.map(({ status, text }) => [status, text])).toEqual([]);
      expect(traffic.reads + traffic.writes).toBeGreaterThan(10);
      expect(result).toMatchObject({ unreadable: 0 });
      expect(result.rewrapped).toBeGreaterThanOrEqual(SECRETS * 0.5);

      const after = await statusNow();
      for (const column of after.columns) expect(column).toMatchObject({ old: 0, unreadable: 0 });
      expect(after.secrets).toMatchObject({ rows: SECRETS, current: SECRETS });
      const retired = new Set(after.keys.filter(({ state }) => state === 'retired').map(({ version }) => version));
      expect(before.keys.filter(({ version }) => !retired.has(version))).toEqual([]);
      expect(await wrongValues()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'that is killed in the middle is finished by the next, while requests go on',
    async () => {
      const env = { DATABASE_URL: test.database.ownerUrl, DATABASE_APP_URL: test.database.appUrl };
      const rotate = ['keys', 'rotate', '--data', test.dataDir];
      const traffic = new Traffic();
      let interrupted = false;
      // The moment is found by looking; a rotation that was faster than the look is followed by another.
      for (let attempt = 1; attempt <= 10 && !interrupted; attempt += 1) {
        const command = startHoldfast(rotate, { env });
        const state = { isOver: false };
        void command.ended.then(() => (state.isOver = true));
        while (!state.isOver) {
          const { secrets, rotation } = await statusNow();
          if (rotation?.finishedAt !== null || secrets.old === 0 || secrets.old === secrets.rows) continue;
          command.kill();
          break;
        }
        await command.ended;
        interrupted = (await statusNow()).rotation?.finishedAt === null;
      }
      expect(interrupted).toBe(true);
      const halfway = await statusNow();
      const keys = halfway.keys.length;

      const { code, stdout, stderr } = await holdfast(rotate, { env });
      await traffic.end();
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/rows are under new keys/);
      expect(traffic.failed.map(({ status, text }) => [status, text])).toEqual([]);
      const after = await statusNow();
      for (const column of after.columns) expect(column).toMatchObject({ old: 0, unreadable: 0 });
      // Resumed, not begun anew.
      expect(after.keys).toHaveLength(keys);
      expect(await wrongValues()).toEqual([]);
    },
    LIMIT_MS,
  );
});

const sql = (text: string, params: unknown[] = []): Promise<unknown[]> => allRows(test.database, text, params);

describe('a stored value', () => {
  it.each([
    [
      'with a flipped bit',
      `UPDATE secret SET value_sealed = set_bit(value_sealed, 8 * length(value_sealed) - 20, 1 - get_bit(value_sealed, 8 * length(value_sealed) - 20)) WHERE key = $1`,
    ],
    [
      'cut short',
      'UPDATE secret SET value_sealed = substring(value_sealed FROM 1 FOR length(value_sealed) - 1) WHERE key = $1',
    ],
    [
      'of another row of the tenant',
      `UPDATE secret s SET value_sealed = o.value_sealed, record_version = o.record_version FROM secret o WHERE s.key = $1 AND o.key = 'k1' AND o.tenant_id = s.tenant_id`,
    ],
    [
      'of another tenant',
      `UPDATE secret s SET value_sealed = o.value_sealed, record_version = o.record_version FROM secret o WHERE s.key = $1 AND o.key = 'k1' AND o.tenant_id <> s.tenant_id`,
    ],
    ['under another version', 'UPDATE secret SET record_version = record_version + 1 WHERE key = $1'],
  ])('%s is refused, loudly and on record; its neighbours open', async (_, tamper) => {
    const [{ asAdmin }] = tenants as [TestTenant, TestTenant];
    const key = unique('tampered');
    await asAdmin.put(`/secrets/${key}`, { value: 'not yours' });
    const errors = test.log.at('error').length;
    await sql(tamper, [key]);
    const refused = await asAdmin.get(`/secrets/${key}`);
    expect([refused.status, refused.body.error_code]).toEqual([500, 'invalid_fernet_token_format_error']);
    expect(refused.text).not.toContain('not yours');
    expect((await asAdmin.get('/secrets/k1')).status).toBe(200);
    expect(test.log.at('error').length).toBeGreaterThan(errors);
    const records = await sql(
      `SELECT 1 FROM audit_log a JOIN secret s ON a.ref_identifier ->> 'id' = s.id::text
        WHERE s.key = $1 AND a.action = 'vault.integrity_failure'`,
      [key],
    );
    expect(records.length).toBeGreaterThan(0);
    expectError(await asAdmin.put(`/secrets/${key}`, { value: 'anew' }), 409, 'conflict_error');
    expect((await asAdmin.put(`/secrets/${key}`, { value: 'anew', update_if_exists: true })).status).toBe(200);
    expect((await asAdmin.get(`/secrets/${key}`)).body.value).toBe('anew');
    await asAdmin.delete(`/secrets/${key}`);
  });
});
