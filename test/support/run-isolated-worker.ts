/**
 * A worker for tests that are not its user: runs the operations of its second argument, all at the same time, with a
 * database's socket where the manager would have it, and prints their lines, their results and its own log.
 */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { AppConfig } from '../../src/platform/config/config.js';
import { socketFolderOf } from '../../src/platform/database/embedded-postgres-identity.js';
import type { OperationsSettings } from '../../src/platform/operations/operations-settings.js';
import { OperationsWorld, type OperationWish } from '../integration/operations-world.js';

const [base = '', text = '{}'] = process.argv.slice(2);
const data = join(base, 'data');
const socket = socketFolderOf(data);
const given = text.replaceAll('@WORKER@', String(process.pid)).replaceAll('@SOCKET@', socket);
const { wishes, config, tuned } = JSON.parse(given) as {
  readonly wishes: readonly OperationWish[];
  readonly config: Partial<AppConfig>;
  readonly tuned: Partial<OperationsSettings>;
};
mkdirSync(socket, { recursive: true, mode: 0o700 });
const server = createServer().listen(join(socket, '.s.PGSQL.5432'));
const settings = { dataDir: data, operationsFolder: join(base, 'operations'), ...config };
const world = await OperationsWorld.open(settings, undefined, tuned);
world.host.folder = join(data, 'deployment');
world.host.resources.set('resource.txt', 'of the blueprint');
world.host.beforeLine = (line): void => console.log(line);
const results = await Promise.all(wishes.map((wish) => world.run(wish)));
console.log(`results ${JSON.stringify(results)}`);
console.log(`log ${JSON.stringify(world.captured.lines)}`);
await world.close();
server.close();
