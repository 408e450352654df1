import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isLongRun, seedOfRun } from '../support/random.js';

const COUNT = isLongRun ? 200_000 : 1_500;
const LIMIT_MS = isLongRun ? 3 * 3_600_000 : 120_000;
/** Ordinary runs are the same every time; long ones look further. */
const SEED = isLongRun ? seedOfRun() : 20_261_122;

describe('mutated blueprints', () => {
  it(
    'crash nothing, take less than a second each, and leave no memory behind',
    async () => {
      const hooks = join(import.meta.dirname, '../support/typescript-hooks.mjs');
      const main = join(import.meta.dirname, 'main.ts');
      const args = ['--expose-gc', '--import', hooks, main, '--count', String(COUNT), '--seed', String(SEED)];
      // What it finds is in its output; it ends with 1 then.
      const { stdout } = await promisify(execFile)(process.execPath, args).catch((error: unknown) => error as Output);
      expect(stdout).toMatch(/^\d+ inputs of seed \d+ in .*, 0 faults\n$/);
    },
    LIMIT_MS,
  );
});

interface Output {
  readonly stdout: string;
}
