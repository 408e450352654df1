import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdfast, type Finished } from '../support/manager-process.js';

/* `holdfast run`: the shop of examples/, without a server, as a new user would. */

const SHOP = join(import.meta.dirname, '../../examples/shop/blueprint.yaml');
const SECRET = 'swordfish-of-the-command-line';
const RUN_MS = 120_000;

let folder: string;
let target: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-run-spec-'));
  target = await mkdtemp(join(tmpdir(), 'holdfast-run-target-'));
  await chmod(target, 0o777);
  await writeFile(join(folder, 'inputs.yaml'), `target: ${target}\n`);
  await writeFile(join(folder, 'secrets.yaml'), `shop_database_password: ${SECRET}\n`);
});
afterAll(async () => {
  for (const each of [folder, target]) await rm(each, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<Finished> => holdfast(['run', SHOP, ...args]);
const inputs = (): string[] => ['--inputs', join(folder, 'inputs.yaml'), '--secrets', join(folder, 'secrets.yaml')];

describe('holdfast run', () => {
  it(
    'installs a blueprint and uninstalls it in another run with the same data',
    async () => {
      const data = ['--data', join(folder, 'data')];
      const outputs = join(folder, 'outputs.json');
      const installed = await run(...inputs(), ...data, '--outputs', outputs);
      expect(installed).toMatchObject({ code: 0, stderr: '' });
      expect(installed.stdout).toContain(`'install' workflow execution succeeded`);
      expect(JSON.parse(await readFile(outputs, 'utf8'))).toMatchObject({ capabilities: { database_port: 5432 } });
      expect((await readFile(join(target, 'ledger'), 'utf8')).split('\n')).toContainEqual(
        expect.stringMatching(/^start shop_/),
      );
      expect(installed.stdout + installed.stderr).not.toContain(SECRET);

      const removed = await run(...data, '--workflow', 'uninstall', '--format', 'json');
      expect(removed).toMatchObject({ code: 0 });
      const lines = removed.stdout.trimEnd().split('\n');
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ outcome: { status: 'terminated' } });
    },
    RUN_MS,
  );

  it(
    'says what is missing, names every input, and leaves nothing behind',
    async () => {
      const refused = await run('--secrets', join(folder, 'secrets.yaml'));
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('target') });
      const unknown = await run(...inputs(), '--workflow', 'nonsense');
      expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('nonsense') });
    },
    RUN_MS,
  );

  it(
    'answers 1 when the workflow fails',
    async () => {
      await rm(join(target, 'ledger'), { force: true });
      await chmod(target, 0o555);
      const failed = await run(...inputs(), '--format', 'plain');
      await chmod(target, 0o777);
      expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('the workflow has failed: ') });
      expect(failed.stderr).toContain('script_runner.tasks.run');
    },
    RUN_MS,
  );
});
