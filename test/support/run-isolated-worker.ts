/**
 * A worker for tests that are not its user: runs each script of its second argument as an operation, all at the same time,
 * and prints what they print, with the number of the script, their results and the worker's own log.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AppConfig } from '../../src/platform/config/config.js';
import type { OperationsSettings } from '../../src/platform/operations/operations-settings.js';
import { OperationsWorld, type OperationWish } from '../integration/operations-world.js';

const [base = '', given = '{}'] = process.argv.slice(2);
const { wishes, config, tuned } = JSON.parse(given) as {
  readonly wishes: readonly OperationWish[];
  readonly config: Partial<AppConfig>;
  readonly tuned: Partial<OperationsSettings>;
};
mkdirSync(join(base, 'operations'), { recursive: true });
const world = await OperationsWorld.open(
  { dataDir: join(base, 'data'), operationsFolder: join(base, 'operations'), ...config },
  undefined,
  tuned,
);
world.host.folder = join(base, 'data', 'deployment');
world.host.resources.set('resource.txt', 'of the blueprint');
world.host.beforeLine = (line): void => console.log(line);
const results = [];
for (const wish of wishes) results.push(await world.run(wish));
console.log(`results ${JSON.stringify(results)}`);
console.log(`log ${JSON.stringify([...world.captured.at('warn'), ...world.captured.at('info')])}`);
await world.close();
