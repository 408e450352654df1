import { rm } from 'node:fs/promises';
import path from 'node:path';
import { basicHeader } from '../support/client.js';
import { databaseProcessesOf, holdfast, ManagerProcess, newDataDir } from '../support/manager-process.js';
import { isLongRun, Random, seedOfRun } from '../support/random.js';
import { WriteLoad } from '../support/write-load.js';

/* kill -9 at random moments under write load: nothing acknowledged is lost, and nothing is half done. */

const KILLS = isLongRun ? 200 : 10;
const SEED = seedOfRun();
const LONGEST_LOAD_MS = 1_500;

let dataDir: string;
let manager: ManagerProcess | undefined;
beforeAll(async () => {
  dataDir = await newDataDir();
});
afterAll(async () => {
  await manager?.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

/** It may have noticed by itself that its manager is gone. */
function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // Errors of the system are not made by the Error of a test's own world.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function verifyAudit(): Promise<string> {
  const checkpoints = path.join(dataDir, 'log', 'rest-security-audit.log');
  const { code, stdout, stderr } = await holdfast(['audit', 'verify', '--data', dataDir, '--checkpoints', checkpoints]);
  return code === 0 ? 'intact' : `${stdout}${stderr}`;
}

it(
  `survives ${KILLS} kills under write load (seed ${SEED}; HOLDFAST_TEST_SEED repeats one)`,
  async () => {
    const random = new Random(SEED);
    manager = await ManagerProcess.start(dataDir);
    const basic = basicHeader('admin', await manager.adminPassword());
    const made = await manager.request('/api/v3.1/tokens', {
      method: 'POST',
      headers: { authorization: basic },
      body: {},
    });
    // The token itself is one of the things that must not be lost.
    const headers = { 'authentication-token': made.body.value as string, tenant: 'default_tenant' };
    const load = new WriteLoad(random, headers);
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const writing = load.run(manager);
      await new Promise((resolve) => setTimeout(resolve, random.below(LONGEST_LOAD_MS)));
      load.end();
      // Sometimes as a power cut does it: the database dies with the manager.
      const dying = random.chance(0.3) ? databaseProcessesOf(dataDir) : [];
      await manager.kill();
      for (const pid of dying) killIfAlive(pid);
      await writing;
      manager = await ManagerProcess.start(dataDir);
      const wrong = await load.check(manager, { settle: kill === KILLS });
      const audit = kill % 10 === 0 ? await verifyAudit() : 'intact';
      expect({ kill, wrong, audit }).toEqual({ kill, wrong: [], audit: 'intact' });
    }
    expect(load.acknowledged).toBeGreaterThan(KILLS);
    const audit = await manager.request('/api/v3.1/audit?size=1', { headers });
    // Every acknowledged change has its record; some that were not acknowledged have theirs, too.
    expect(audit.body.metadata.pagination.total).toBeGreaterThanOrEqual(load.acknowledged);
    expect(await manager.stop()).toBe(0);
    manager = undefined;
    expect(databaseProcessesOf(dataDir)).toEqual([]);
  },
  KILLS * 30_000,
);
